"""Finalize: publish what was uploaded, or say why not; repeating the winning attempt repeats its answer."""

from dataclasses import replace

from annex_registry.actions.discard_upload import discard_upload
from annex_registry.actions.draw_from_rate import draw_from_rate
from annex_registry.actions.guard_log import await_log
from annex_registry.actions.publish_received import publish_received
from annex_registry.actions.publish_version import claim_of, replayed
from annex_registry.actions.settled_outcome import settled_outcome, upload_expired, upload_not_found
from annex_registry.actions.spool import Spool
from annex_registry.actions.stage_upload import hash_mismatch, judge_archive, size_mismatch
from annex_registry.domain.authority import require
from annex_registry.domain.errors import (
    BundleStoreCorrupt,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    RateLimited,
    UnavailableError,
    UploadIncomplete,
    VersionAlreadyExists,
)
from annex_registry.domain.ports import BundleStore, JsonObject, Records
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publish_rate import LimitedAction
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.upload import UploadAttempt, Uploader, UploadState
from annex_shared.clock import Clock, NewId
from annex_shared.errors import AnnexError
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# These decide nothing about the upload, so it stays as it is and the same request may be sent again.
_UNDECIDED = (UnavailableError, IdempotencyKeyReused, IdempotencyInProgress, RateLimited)


async def finalize_upload(
    command: FinalizeCommand,
    *,
    caller: Caller,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    signed: SignedSize,
    clock: Clock,
    new_id: NewId,
) -> FinalizeOutcome:
    """Publish an upload once. Every refusal ends the attempt and removes its bytes."""
    require(caller, Permission.EXTENSION_PUBLISH)
    uploader = Uploader(caller.principal, caller.tenant_id)
    found, settled = await _open_attempt(command, uploader, records=records, clock=clock)
    if settled is not None:
        return settled
    await await_log(signed)
    try:
        await draw_from_rate(
            caller.principal, LimitedAction.PUBLISH_VERSION, policy.version_rate, records=records
        )
        with Spool() as spool:
            attempt = await _received(found, spool, bundles=bundles, policy=policy)
            outcome = await publish_received(
                attempt,
                spool,
                command,
                caller=caller,
                records=records,
                bundles=bundles,
                policy=policy,
                signed=signed,
                clock=clock,
                new_id=new_id,
            )
    except (BundleStoreCorrupt, UploadIncomplete):
        # Whoever finished the upload meanwhile has removed its bytes; then there is an answer.
        _, settled = await _open_attempt(command, uploader, records=records, clock=clock)
        if settled is not None:
            return settled
        raise
    except _UNDECIDED:
        raise
    except AnnexError as refusal:
        await _record_refusal(found, refusal, records=records, bundles=bundles, clock=clock)
        raise
    await discard_upload(found.id, records=records, bundles=bundles, clock=clock)
    return outcome


async def _open_attempt(
    command: FinalizeCommand, uploader: Uploader, *, records: Records, clock: Clock
) -> tuple[UploadAttempt, FinalizeOutcome | None]:
    """Find the upload, and the answer if this attempt has one already."""
    async with records.work() as work:
        attempt = await work.uploads.find(command.upload_id, uploader)
        if attempt is None:
            raise upload_not_found()
        claim = claim_of(attempt, command)
        answer = None if claim is None else await work.idempotency.answer(claim)
        if answer is not None:
            attempt = await work.uploads.find(command.upload_id, uploader, for_change=True) or attempt
            return attempt, await replayed(answer, attempt, work=work)
    settled = settled_outcome(attempt, command)
    if settled is None and attempt.expires_at <= clock.now():
        raise upload_expired()
    return attempt, settled


async def _received(
    attempt: UploadAttempt, spool: Spool, *, bundles: BundleStore, policy: PublishPolicy
) -> UploadAttempt:
    """Read the bytes we hold, make sure they are the ones announced, and judge them if nobody has."""
    is_staged = attempt.state is UploadState.STAGED
    is_whole = attempt.received_bytes == attempt.bundle.size_bytes
    if not is_whole and attempt.presigned_until is None:
        raise upload_incomplete(attempt)
    in_parts = is_whole and attempt.parts
    staged = bundles.staged_parts(attempt.id, attempt.parts) if in_parts else bundles.staged(attempt.id)
    try:
        async with staged as chunks:
            is_within = await spool.fill(chunks, limit_bytes=attempt.bundle.size_bytes)
    except BundleStoreCorrupt:
        if is_whole:
            raise
        raise upload_incomplete(attempt) from None
    is_same = is_within and spool.content_hash() == attempt.bundle.content_hash
    if is_staged and not is_same:
        raise BundleStoreCorrupt(
            "The staged bytes are not the ones that were uploaded. Upload the bundle again."
        )
    if is_staged:
        return attempt
    if not is_within or spool.size_bytes != attempt.bundle.size_bytes:
        raise size_mismatch(attempt.bundle.size_bytes, spool.size_bytes)
    if not is_same:
        raise hash_mismatch(attempt.bundle.content_hash, spool.content_hash())
    return replace(attempt, bundle=await judge_archive(spool, limits=policy.limits))


def upload_incomplete(attempt: UploadAttempt) -> UploadIncomplete:
    size, held = attempt.bundle.size_bytes, attempt.received_bytes
    return UploadIncomplete(
        f"Of {size:,} bytes {held:,} have come. Send the rest and finalize again.",
        details={"offset": held, "size_bytes": size},
    )


async def _record_refusal(
    attempt: UploadAttempt, refusal: AnnexError, *, records: Records, bundles: BundleStore, clock: Clock
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
        if current is None or not current.is_open:
            return
        await work.uploads.close(attempt.id, UploadState.REFUSED, outcome)
    await discard_upload(attempt.id, records=records, bundles=bundles, clock=clock)
