"""Open an upload: announce what will be sent in chunks, and hear early when it would be sent in vain."""

from dataclasses import dataclass

import structlog

from annex_registry.actions.settled_outcome import log_refused_version
from annex_registry.actions.stage_upload import too_large
from annex_registry.domain.authority import require
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.upload import StagedBundle, UploadAttempt, Uploader, UploadState
from annex_registry.domain.version import suggested_version, version_already_exists
from annex_shared.clock import Clock, NewId
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.names import ExtensionRef
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.version_number import VersionNumber

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class UploadIntent:
    """What will be sent; ``version`` is for the early refusal only and binds nobody."""

    size_bytes: int
    content_hash: ContentHash
    extension: ExtensionRef | None
    version: VersionNumber | None
    request_id: str


async def open_upload(
    intent: UploadIntent,
    *,
    caller: Caller,
    records: Records,
    policy: PublishPolicy,
    clock: Clock,
    new_id: NewId,
) -> UploadAttempt:
    """Record an upload that waits for its first byte."""
    require(caller, Permission.EXTENSION_PUBLISH)
    if intent.size_bytes > policy.limits.archive_bytes:
        raise too_large(policy.limits.archive_bytes)
    now = clock.now()
    attempt = UploadAttempt(
        id=UploadId(new_id()),
        uploader=Uploader(caller.principal, caller.tenant_id),
        filename="bundle.tar.zst",
        bundle=StagedBundle(intent.content_hash, intent.size_bytes, manifest={}, has_handler=False),
        state=UploadState.RECEIVING,
        outcome=None,
        created_at=now,
        expires_at=now + policy.staged_for,
        received_bytes=0,
    )
    async with records.work() as work:
        await _refuse_spent_number(intent, work=work)
        await work.uploads.add(attempt, forget_at=now + policy.remembered_for)
    log.info("upload_opened", attempt=str(attempt.id), size_bytes=intent.size_bytes)
    return attempt


async def _refuse_spent_number(intent: UploadIntent, *, work: Work) -> None:
    """Save the sender the way; whether a number is free is decided by the publish alone."""
    if intent.extension is None or intent.version is None:
        return
    extension = await work.extensions.by_ref(intent.extension)
    if extension is None:
        return
    existing = await work.versions.holder(extension.id, intent.version)
    if existing is None:
        return
    log_refused_version(str(extension.id), str(intent.version), attempt_id=None, request_id=intent.request_id)
    highest = await work.versions.highest_patch(extension.id, intent.version)
    raise version_already_exists(
        extension.ref,
        intent.version,
        existing,
        content_hash=intent.content_hash,
        suggested=suggested_version(intent.version, highest),
    )
