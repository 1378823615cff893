"""Receive an archive: count, hash and judge it while it is ours alone, then put it into staging."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from annex_registry.actions.spool import Spool
from annex_registry.domain.authority import require
from annex_registry.domain.errors import HashMismatch, SizeMismatch
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.upload import StagedBundle, UploadAttempt, Uploader, UploadState
from annex_shared.bundle import HANDLER_PATH, BundleLimits, CheckedBundle, check_bundle
from annex_shared.bundle.errors import BundleTooLarge
from annex_shared.clock import Clock, NewId
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.strict_json import read_strict_json

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class UploadDeclaration:
    """What the sender says about the bytes before sending them; absent means not said."""

    filename: str
    size_bytes: int | None = None
    content_length: int | None = None
    content_hash: ContentHash | None = None


async def stage_upload(
    chunks: AsyncIterator[bytes],
    declared: UploadDeclaration,
    *,
    caller: Caller,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    clock: Clock,
    new_id: NewId,
) -> UploadAttempt:
    """Stage an archive that keeps every rule; of any other nothing remains."""
    require(caller, Permission.EXTENSION_PUBLISH)
    with Spool() as spool:
        limit = policy.limits.archive_bytes
        bundle = await receive_archive(chunks, declared, spool, limits=policy.limits, limit_bytes=limit)
        now = clock.now()
        attempt = received_whole(
            UploadId(new_id()), bundle, declared.filename, caller=caller, policy=policy, now=now
        )
        # The record comes first: were we to stop between the two, the sweeper knows what to look for.
        async with records.work() as work:
            await work.uploads.add(attempt, forget_at=now + policy.remembered_for)
        await bundles.stage(attempt.id, spool.reader(), size_bytes=spool.size_bytes)
    log.info("upload_staged", attempt=str(attempt.id), size_bytes=attempt.bundle.size_bytes)
    return attempt


async def receive_archive(
    chunks: AsyncIterator[bytes],
    declared: UploadDeclaration,
    spool: Spool,
    *,
    limits: BundleLimits,
    limit_bytes: int,
) -> StagedBundle:
    """Take an archive that keeps every rule into the spool; raise for any other."""
    if max(declared.content_length or 0, declared.size_bytes or 0) > limit_bytes:
        raise too_large(limit_bytes)
    if not await spool.fill(chunks, limit_bytes=limit_bytes):
        raise too_large(limit_bytes)
    refuse_difference(declared, spool)
    return await judge_archive(spool, limits=limits)


async def judge_archive(spool: Spool, *, limits: BundleLimits) -> StagedBundle:
    """Check what came against the rules of bundles, beside the loop."""
    checked = await asyncio.to_thread(check_bundle, spool.reader(), limits)
    return _staged_bundle(spool, checked)


def received_whole(
    upload_id: UploadId,
    bundle: StagedBundle,
    filename: str,
    *,
    caller: Caller,
    policy: PublishPolicy,
    now: datetime,
) -> UploadAttempt:
    return UploadAttempt(
        id=upload_id,
        uploader=Uploader(caller.principal, caller.tenant_id),
        filename=filename,
        bundle=bundle,
        state=UploadState.STAGED,
        outcome=None,
        created_at=now,
        expires_at=now + policy.staged_for,
        received_bytes=bundle.size_bytes,
    )


def refuse_difference(declared: UploadDeclaration, spool: Spool) -> None:
    """Raise SizeMismatch or HashMismatch when the bytes are not what was announced."""
    for size in (declared.content_length, declared.size_bytes):
        if size is not None and size != spool.size_bytes:
            raise size_mismatch(size, spool.size_bytes)
    found = spool.content_hash()
    if declared.content_hash is not None and declared.content_hash != found:
        raise hash_mismatch(declared.content_hash, found)


def hash_mismatch(declared: ContentHash, computed: ContentHash) -> HashMismatch:
    return HashMismatch(
        "The uploaded bytes differ from the declared hash, so nothing was stored. "
        f"Declared {declared.short}, received {computed.short}. Upload again; if it repeats, "
        "a proxy may be changing the file.",
        details={"declared": str(declared), "computed": str(computed)},
    )


def size_mismatch(declared: int, received: int) -> SizeMismatch:
    return SizeMismatch(
        f"{received:,} bytes were received where {declared:,} were declared, so nothing was stored. "
        "Upload again with the right size.",
        details={"declared": declared, "received": received},
    )


def too_large(limit_bytes: int) -> BundleTooLarge:
    return BundleTooLarge(
        f"The bundle is larger than {limit_bytes:,} bytes, so nothing was stored. Make it smaller.",
        details={"limit": "archive_bytes", "maximum": limit_bytes},
    )


def _staged_bundle(spool: Spool, checked: CheckedBundle) -> StagedBundle:
    document = read_strict_json(checked.manifest_bytes)
    assert isinstance(document, dict)  # noqa: S101 - check_bundle parsed the same bytes as an object
    return StagedBundle(
        content_hash=spool.content_hash(),
        size_bytes=spool.size_bytes,
        manifest=document,
        has_handler=any(entry.path == HANDLER_PATH for entry in checked.entries),
    )
