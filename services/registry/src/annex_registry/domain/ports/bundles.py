"""Where the bytes of bundles are kept."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol
from uuid import UUID

from annex_registry.domain.ports.log import Fence
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class PresignedPut:
    """A request the uploader may send to the store itself: exactly these headers, before ``expires_at``."""

    url: str
    headers: Mapping[str, str]


class BundleStore(Protocol):
    """Bundle bytes: a staging area, and blobs that are created once and never replaced."""

    async def stage(self, upload_id: UploadId, source: BinaryIO, *, size_bytes: int) -> None:
        """Store an upload until it is finalized; it must not exist yet."""
        ...

    def staged(self, upload_id: UploadId) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream an upload. Raises BundleStoreCorrupt when it is not there."""
        ...

    async def stage_part(self, upload_id: UploadId, part: UUID, source: BinaryIO, *, size_bytes: int) -> None:
        """Store one part of an upload under a name never used before."""
        ...

    def staged_parts(
        self, upload_id: UploadId, parts: Sequence[UUID]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream parts as one. Raises BundleStoreCorrupt, perhaps half-way, when one is not there."""
        ...

    async def presign(
        self, upload_id: UploadId, content_hash: ContentHash, *, size_bytes: int, seconds: int
    ) -> PresignedPut | None:
        """Let the uploader write the staged object past us; None where the store has no address."""
        ...

    async def discard(self, upload_id: UploadId) -> None:
        """Remove a staged upload and all its parts; removing what is not there is fine."""
        ...

    async def discard_part(self, upload_id: UploadId, part: UUID) -> None: ...

    async def discard_leftovers(self, *, before: datetime) -> int:
        """Remove whatever lies outside the blobs since before then; count it."""
        ...

    async def keep(self, content_hash: ContentHash, source: BinaryIO, *, size_bytes: int) -> bool:
        """Create the blob; False when exactly these bytes were there already.

        Raises BundleStoreCorrupt when other bytes are stored under the hash.
        """
        ...

    def blob(
        self, content_hash: ContentHash, byte_range: ByteRange | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream a blob or a part of it. Raises BundleStoreCorrupt when it is not there."""
        ...

    def blobs(self, *, before: datetime) -> AsyncIterator[ContentHash]:
        """List the blobs that were created before then."""
        ...

    async def remove_blob(self, content_hash: ContentHash) -> bool:
        """Remove a blob that nobody refers to and nobody can begin to; see ``Versions.claim_orphan``.

        False when the store's own lock keeps it until its time is over.
        """
        ...

    async def ping(self) -> str: ...


class FencedBundleStore(BundleStore, Fence, Protocol):
    """A bundle store that also keeps the fence."""
