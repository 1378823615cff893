"""Append a chunk: exactly where the upload ends, whole or not at all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from annex_registry.actions.settled_outcome import upload_expired, upload_not_found
from annex_registry.actions.spool import Spool
from annex_registry.actions.stage_upload import hash_mismatch, size_mismatch
from annex_registry.domain.authority import require
from annex_registry.domain.errors import UploadChunkRefused, UploadClosed, UploadOffsetMismatch
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.upload import UploadAttempt, Uploader, UploadState
from annex_shared.clock import Clock, NewId
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# Bounds the number of parts; the last chunk of an upload may be smaller.
MIN_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ChunkDeclaration:
    """Where a chunk belongs and what it is, said before it comes."""

    upload_id: UploadId
    offset: int
    size_bytes: int
    content_hash: ContentHash | None


async def append_chunk(
    declared: ChunkDeclaration,
    chunks: AsyncIterator[bytes],
    *,
    caller: Caller,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    clock: Clock,
    new_id: NewId,
) -> int:
    """Store a chunk and return where the upload ends now. Of two at one offset, the first counts."""
    require(caller, Permission.EXTENSION_PUBLISH)
    uploader = Uploader(caller.principal, caller.tenant_id)
    async with records.work() as work:
        _refuse_misplaced(declared, await work.uploads.find(declared.upload_id, uploader), policy, clock)
    part = new_id()
    with Spool() as spool:
        is_within = await spool.fill(chunks, limit_bytes=declared.size_bytes)
        if not is_within or spool.size_bytes != declared.size_bytes:
            raise size_mismatch(declared.size_bytes, spool.size_bytes)
        if declared.content_hash is not None and declared.content_hash != spool.content_hash():
            raise hash_mismatch(declared.content_hash, spool.content_hash())
        await bundles.stage_part(declared.upload_id, part, spool.reader(), size_bytes=spool.size_bytes)
    try:
        await _count(declared, part, uploader, records=records, policy=policy, clock=clock)
    except (UploadOffsetMismatch, UploadClosed):
        # Another chunk was faster. After any other failure the part may count, so it stays until the sweep.
        await bundles.discard_part(declared.upload_id, part)
        raise
    return declared.offset + declared.size_bytes


async def _count(
    declared: ChunkDeclaration,
    part: UUID,
    uploader: Uploader,
    *,
    records: Records,
    policy: PublishPolicy,
    clock: Clock,
) -> None:
    async with records.work() as work:
        attempt = await work.uploads.find(declared.upload_id, uploader, for_change=True)
        _refuse_misplaced(declared, attempt, policy, clock)
        await work.uploads.add_part(declared.upload_id, part, size_bytes=declared.size_bytes)


def _refuse_misplaced(
    declared: ChunkDeclaration, attempt: UploadAttempt | None, policy: PublishPolicy, clock: Clock
) -> None:
    attempt = receiving(attempt, clock)
    if declared.offset != attempt.received_bytes:
        raise UploadOffsetMismatch(
            f"The chunk begins at {declared.offset:,} and the upload ends at {attempt.received_bytes:,}. "
            "Send what follows from there.",
            details={"offset": attempt.received_bytes, "sent_offset": declared.offset},
        )
    end, size = declared.offset + declared.size_bytes, attempt.bundle.size_bytes
    if end > size:
        raise size_mismatch(size, end)
    is_too_small = declared.size_bytes < MIN_CHUNK_BYTES and end != size
    if is_too_small or declared.size_bytes > policy.chunk_bytes or declared.size_bytes == 0:
        raise UploadChunkRefused(
            f"A chunk has {MIN_CHUNK_BYTES:,} to {policy.chunk_bytes:,} bytes, the last one may have fewer; "
            f"this one has {declared.size_bytes:,}.",
            details={"minimum": MIN_CHUNK_BYTES, "maximum": policy.chunk_bytes, "size": declared.size_bytes},
        )


def receiving(attempt: UploadAttempt | None, clock: Clock) -> UploadAttempt:
    """Return an upload that takes bytes; raise what became of any other."""
    if attempt is None or attempt.state is UploadState.ABORTED:
        raise upload_not_found()
    if attempt.state is UploadState.EXPIRED or (attempt.is_open and attempt.expires_at <= clock.now()):
        raise upload_expired()
    if attempt.state is not UploadState.RECEIVING:
        raise UploadClosed(
            f"This upload takes no more bytes: it is {attempt.state}. Read it for its outcome.",
            details={"state": attempt.state.value},
        )
    return attempt
