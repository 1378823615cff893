"""A predecessor's database and object store as they are read: nothing of it was judged yet."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from annex_shared.errors import AnnexError


class PredecessorUnavailable(AnnexError):
    """The predecessor's database or object store did not answer; what was imported stays imported."""


class NotThePredecessor(AnnexError):
    """The database has not the tables of an Alga v2 database."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the predecessor's rows ended."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class SourceExtension:
    """An entry of the predecessor's registry; names are as somebody once typed them."""

    id: UUID
    publisher: str
    name: str
    created_at: datetime

    @property
    def place(self) -> Place:
        return Place(self.created_at, self.id)


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """A version; ``capabilities`` is what the predecessor read from a manifest and granted by itself."""

    id: UUID
    number: str
    capabilities: tuple[str, ...]
    created_at: datetime

    @property
    def place(self) -> Place:
        return Place(self.created_at, self.id)


@dataclass(frozen=True, slots=True)
class SourceBundle:
    """One of a version's bundles; ``storage_url`` is where the predecessor thought it was."""

    content_hash: str
    storage_url: str
    has_signature: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SourceSecrets:
    """An install's secrets as they are kept: sealed by Vault, or not sealed at all."""

    algorithm: str
    ciphertext: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceInstall:
    """A tenant's install. The JSON documents are texts; None where they are larger than is read."""

    id: UUID
    tenant_id: str
    version_id: UUID
    is_enabled: bool
    status: str
    granted: str | None
    providers: str | None
    config: str | None = field(repr=False)
    secrets: SourceSecrets | None
    is_oversized: bool
    created_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether the predecessor let it run."""
        return self.is_enabled and self.status == "enabled"


class Predecessor(Protocol):
    """The predecessor's database at one moment, in pages. Everything raises PredecessorUnavailable."""

    async def extension_count(self) -> int: ...

    async def extensions(self, *, after: Place | None, limit: int) -> list[SourceExtension]: ...

    async def versions(
        self, extension_id: UUID, *, after: Place | None, limit: int
    ) -> list[SourceVersion]: ...

    async def bundles(self, version_id: UUID, *, limit: int) -> list[SourceBundle]: ...

    async def installs(
        self, extension_id: UUID, *, after: UUID | None, limit: int
    ) -> list[SourceInstall]: ...

    async def tenants(self, extension_id: UUID, *, limit: int) -> Sequence[str]:
        """List tenants that have the extension: its bundles lie under the name of one of them."""
        ...


class PredecessorStore(Protocol):
    """The predecessor's object store, read only."""

    def opened(self, key: str) -> AbstractAsyncContextManager[AsyncIterator[bytes] | None]:
        """Stream an object; None when there is none. Raises PredecessorUnavailable."""
        ...


def object_keys(
    bundle: SourceBundle, hex_digest: str, extension_id: UUID, tenants: Sequence[str]
) -> list[str]:
    """List the places in which a bundle may lie, the most likely first.

    The predecessor keeps bundles under the tenant that published them and records that tenant nowhere else.
    """
    archive = "bundle.tar.zst"
    return list(
        dict.fromkeys(
            [
                *_recorded_keys(bundle.storage_url),
                *(
                    f"tenants/{tenant}/extensions/{extension_id}/sha256/{hex_digest}/{archive}"
                    for tenant in tenants
                ),
                f"sha256/{hex_digest}/{archive}",
            ]
        )
    )


def _recorded_keys(storage_url: str) -> list[str]:
    """Read an address as a key: with a scheme, its first segment may be the host or bucket, or both."""
    _, has_scheme, rest = storage_url.partition("://")
    path = (rest if has_scheme else storage_url).partition("?")[0].strip("/")
    if not path:
        return []
    if not has_scheme:
        return [path]
    segments = path.split("/")
    return ["/".join(segments[first:]) for first in (1, 2) if segments[first:]]
