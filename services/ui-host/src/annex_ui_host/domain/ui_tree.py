"""The UI files of one verified bundle, held in memory; a request is a look-up here and never a file path."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from annex_ui_host.domain.errors import UiTooLarge
from annex_ui_host.domain.media_types import media_type_of

ROOT = "ui/"
# What a small file costs beside its bytes: path, ETag, media type, objects.
_COST_PER_FILE_BYTES = 512


class BundleFile(Protocol):
    """A file of a bundle that is read only when asked to."""

    @property
    def path(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    def read(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; the ETag is the hash of its own bytes."""

    body: bytes
    etag: str
    media_type: str

    @classmethod
    def of(cls, path: str, body: bytes) -> Self:
        return cls(body, f'"sha256-{hashlib.sha256(body).hexdigest()}"', media_type_of(path))


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
