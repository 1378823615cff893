"""Finalize: publish what was staged, or say why not; repeating the winning attempt repeats its answer."""

from annex_registry.actions.discard_upload import discard_upload
from annex_registry.actions.draw_from_rate import draw_from_rate
from annex_registry.actions.examine_upload import examine_upload
from annex_registry.actions.publish_version import publish_version
from annex_registry.actions.settled_outcome import settled_outcome, upload_expired, upload_not_found
from annex_registry.actions.spool import Spool
from annex_registry.domain.authority import require
from annex_registry.domain.errors import (
    BundleStoreCorrupt,
    IdempotencyKeyReused,
    RateLimited,
    UnavailableError,
    VersionAlreadyExists,
)
from annex_registry.domain.ports import BundleStore, JsonObject, Records
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publish_rate import LimitedAction
from annex_registry.domain.upload import UploadAttempt, Uploader, UploadState
from annex_shared.clock import Clock, NewId
from annex_shared.errors import AnnexError
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# These decide nothing about the upload, so it stays as it is and the same request may be sent again.
_UNDECIDED = (UnavailableError, IdempotencyKeyReused, RateLimited)


async def finalize_upload(
    command: FinalizeCommand,
    *,
    caller: Caller,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    clock: Clock,
    new_id: NewId,
) -> FinalizeOutcome:
    """Publish a staged upload once. Every refusal ends the attempt and removes its bytes."""
    require(caller, Permission.EXTENSION_PUBLISH)
    uploader = Uploader(caller.principal, caller.tenant_id)
    found = await _open_attempt(command, uploader, records=records, clock=clock)
    if isinstance(found, FinalizeOutcome):
        return found
    try:
        await draw_from_rate(
            caller.principal, LimitedAction.PUBLISH_VERSION, policy.version_rate, records=records
        )
        async with records.work() as work:
            candidate = await examine_upload(
                command, found, caller=caller, publishers=work.publishers, policy=policy, at=clock.now()
            )
            is_new = await work.extensions.by_ref(candidate.ref) is None
        if is_new:
            await draw_from_rate(
                caller.principal, LimitedAction.CREATE_EXTENSION, policy.extension_rate, records=records
            )
        with Spool() as spool:
            await _fetch(found, spool, bundles=bundles)
            outcome = await publish_version(
                candidate,
                spool,
                command,
                records=records,
                bundles=bundles,
                policy=policy,
                clock=clock,
                new_id=new_id,
            )
    except BundleStoreCorrupt:
        # Whoever finished the upload meanwhile has removed its bytes; then there is an answer.
        again = await _open_attempt(command, uploader, records=records, clock=clock)
        if isinstance(again, FinalizeOutcome):
            return again
        raise
    except _UNDECIDED:
        raise
    except AnnexError as refusal:
        await _record_refusal(found, refusal, records=records, bundles=bundles)
        raise
    await discard_upload(found.id, records=records, bundles=bundles)
    return outcome


async def _open_attempt(
    command: FinalizeCommand, uploader: Uploader, *, records: Records, clock: Clock
) -> UploadAttempt | FinalizeOutcome:
    """Find the upload, or the answer this request got before."""
    async with records.work() as work:
        if command.idempotency is not None:
            answer = await work.idempotency.answer(command.idempotency)
            if answer is not None:
                return FinalizeOutcome(answer, is_replay=True)
        attempt = await work.uploads.find(command.upload_id, uploader)
    if attempt is None:
        raise upload_not_found()
    settled = settled_outcome(attempt, command)
    if settled is not None:
        return settled
    if attempt.expires_at <= clock.now():
        raise upload_expired()
    return attempt


async def _fetch(attempt: UploadAttempt, spool: Spool, *, bundles: BundleStore) -> None:
    """Read the staged bytes and make sure they are the ones that were judged."""
    async with bundles.staged(attempt.id) as chunks:
        is_whole = await spool.fill(chunks, limit_bytes=attempt.bundle.size_bytes)
    if not is_whole or spool.content_hash() != attempt.bundle.content_hash:
        raise BundleStoreCorrupt(
            "The staged bytes are not the ones that were uploaded. Upload the bundle again."
        )


async def _record_refusal(
    attempt: UploadAttempt, refusal: AnnexError, *, records: Records, bundles: BundleStore
) -> None:
    """Keep what was decided, so that a repeat hears the same, and remove the bytes."""
    outcome: JsonObject = {
        "refusal": type(refusal).__name__,
        "message": refusal.message,
        "details": refusal.details,
    }
    if isinstance(refusal, VersionAlreadyExists):
        outcome["extension_id"] = refusal.extension_id
    async with records.work() as work:
        current = await work.uploads.find(attempt.id, attempt.uploader, for_change=True)
        if current is None or current.state is not UploadState.STAGED:
            return
        await work.uploads.close(attempt.id, UploadState.REFUSED, outcome)
    await discard_upload(attempt.id, records=records, bundles=bundles)
