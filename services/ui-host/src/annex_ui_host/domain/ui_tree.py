"""The UI files of one verified bundle, held in memory; a request is a look-up here and never a file path."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from annex_ui_host.domain.codings import Coding
from annex_ui_host.domain.errors import UiTooLarge
from annex_ui_host.domain.media_types import is_compressible, media_type_of
from annex_ui_host.domain.representations import (
    LEAST_NEGOTIABLE_BYTES,
    Representation,
    coded_representations,
)

ROOT = "ui/"
# What a small file costs beside its bytes: path, ETag, media type, objects, prepared heads.
_COST_PER_FILE_BYTES = 2048


class BundleFile(Protocol):
    """A file of a bundle that is read only when asked to."""

    @property
    def path(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    def read(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served, in every coding it is kept in; the plain ETag is the hash of its bytes."""

    plain: Representation
    media_type: str
    coded: Mapping[Coding, Representation] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str, body: bytes) -> Self:
        etag = f'"sha256-{hashlib.sha256(body).hexdigest()}"'
        return cls(Representation(Coding.IDENTITY, body, etag), media_type_of(path))

    @property
    def is_negotiable(self) -> bool:
        """Whether an answer may depend on `Accept-Encoding`: said from the start, before codings are made."""
        return len(self.plain.body) >= LEAST_NEGOTIABLE_BYTES and is_compressible(self.media_type)

    @property
    def codings(self) -> tuple[Coding, ...]:
        return (*self.coded, Coding.IDENTITY)

    def representation(self, coding: Coding) -> Representation:
        return self.plain if coding is Coding.IDENTITY else self.coded[coding]

    def with_coded(self, coded: Mapping[Coding, bytes]) -> Self:
        return replace(self, coded=coded_representations(self.plain, coded))

    @property
    def coded_bytes(self) -> int:
        return sum(len(representation.body) for representation in self.coded.values())


@dataclass(frozen=True, slots=True)
class UiTree:
    """Assets by their path below ``ui/``; ``size_bytes`` is what keeping them costs."""

    assets: Mapping[str, Asset]
    size_bytes: int

    @classmethod
    def of(cls, files: Iterable[BundleFile], *, max_bytes: int) -> Self:
        """Keep what lies below ``ui/``. Raises UiTooLarge as soon as it is more than ``max_bytes``.

        ``files`` is read to its end, because only an archive that ends well is a good one.
        """
        assets: dict[str, Asset] = {}
        size_bytes = 0
        for file in files:
            if not file.path.startswith(ROOT):
                continue
            size_bytes += file.size_bytes + _COST_PER_FILE_BYTES
            if size_bytes > max_bytes:
                raise UiTooLarge(
                    f"The UI files of this bundle take more than {max_bytes} bytes. Publish a smaller UI, or "
                    "raise MAX_UI_BYTES.",
                    details={"maximum": max_bytes},
                )
            name = file.path.removeprefix(ROOT)
            assets[name] = Asset.of(name, file.read())
        return cls(assets, size_bytes)

    def with_coded(self, coded: Mapping[str, Mapping[Coding, bytes]]) -> Self:
        """Return the tree with codings of some of its files, by path."""
        assets = {
            path: asset.with_coded(coded[path]) if path in coded else asset
            for path, asset in self.assets.items()
        }
        more = sum(asset.coded_bytes for asset in assets.values())
        return replace(self, assets=assets, size_bytes=self.size_bytes + more)
