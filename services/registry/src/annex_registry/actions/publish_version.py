"""Publish: one transaction that claims the number, keeps the blob and announces the version, or nothing."""

import structlog

from annex_registry.actions.guard_log import guard_log
from annex_registry.actions.log_facts import log_version, manifest_hash_of
from annex_registry.actions.settled_outcome import (
    log_refused_version,
    settled_outcome,
    upload_not_found,
)
from annex_registry.actions.spool import Spool
from annex_registry.domain.errors import (
    ExtensionNameTaken,
    TrustedPublishingRequired,
    VersionAlreadyExists,
)
from annex_registry.domain.membership import membership_required
from annex_registry.domain.ports import BundleStore, IdempotencyClaim, JsonObject, Records, Work
from annex_registry.domain.publication import (
    Candidate,
    FinalizeCommand,
    FinalizeOutcome,
    published_event,
    receipt,
)
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publisher import MemberRole
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.transparency import Publication
from annex_registry.domain.upload import UploadAttempt, UploadState
from annex_registry.domain.version import Extension, NewVersion, suggested_version, version_already_exists
from annex_shared.clock import Clock, NewId
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, VersionId
from annex_shared.transparency import LoggedBundle

log = structlog.get_logger()


async def publish_version(  # noqa: PLR0913 - one for each port and policy it works with
    candidate: Candidate,
    spool: Spool,
    command: FinalizeCommand,
    *,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    signed: SignedSize,
    clock: Clock,
    new_id: NewId,
) -> FinalizeOutcome:
    """Publish a candidate. Raises VersionAlreadyExists, also for whoever loses a race.

    Raises LogSigningRefused and LogNotChecked for a log that must not grow.

    Locks are taken in one order by everybody: idempotency key, upload, publisher, extension, number, blob,
    head, transparency log, feed.
    """
    manifest_hash = await manifest_hash_of(spool.reader(), policy.limits)
    async with records.work() as work:
        await guard_log(work.log, signed)
        claim = claim_of(candidate.attempt, command)
        replay = await _begin_attempt(candidate, command, claim, work=work, policy=policy, clock=clock)
        if replay is not None:
            return replay
        extension = await _claim_extension(candidate, work=work, clock=clock, new_id=new_id)
        version = candidate.to_version(extension, version_id=VersionId(new_id()), at=clock.now())
        if not await work.versions.claim(version):
            raise await _spent_number(version, candidate, command, work=work)
        # A blob without a row is harmless, a row without its blob is not: the blob is there before COMMIT.
        await work.versions.hold_blob(version.content_hash)
        await bundles.keep(version.content_hash, spool.reader(), size_bytes=version.size_bytes)
        await work.versions.add_bundle(version)
        log_index = await _place(version, manifest_hash, work=work)
        answer = receipt(version, candidate.attempt, log_index=log_index)
        outcome = FinalizeOutcome(answer, is_replay=False)
        await work.uploads.close(candidate.attempt.id, UploadState.PUBLISHED, outcome.answer)
        if claim is not None:
            await work.idempotency.finish(claim, outcome.answer)
    log.info(
        "version_published",
        extension_id=str(extension.id),
        extension=str(extension.ref),
        version=str(version.number),
        version_id=str(version.id),
        attempt=str(candidate.attempt.id),
        log_index=log_index,
    )
    return outcome


def claim_of(attempt: UploadAttempt, command: FinalizeCommand) -> IdempotencyClaim | None:
    return command.claim(attempt.uploader.principal, attempt.bundle.content_hash)


async def _begin_attempt(
    candidate: Candidate,
    command: FinalizeCommand,
    claim: IdempotencyClaim | None,
    *,
    work: Work,
    policy: PublishPolicy,
    clock: Clock,
) -> FinalizeOutcome | None:
    """Take the key and the upload for ourselves; whoever finished either meanwhile has the answer."""
    now = clock.now()
    forget_at = now + policy.remembered_for
    answer = None
    if claim is not None:
        answer = await work.idempotency.begin(claim, at=now, forget_at=forget_at)
    if candidate.is_direct:
        if answer is None:
            await work.uploads.add(candidate.attempt, forget_at=forget_at, may_have_object=False)
        return None if answer is None else FinalizeOutcome(answer, is_replay=True)
    attempt = await work.uploads.find(candidate.attempt.id, candidate.attempt.uploader, for_change=True)
    if attempt is None:
        raise upload_not_found()
    if answer is not None:
        return await replayed(answer, attempt, work=work)
    settled = settled_outcome(attempt, command)
    if settled is not None and claim is not None:
        await work.idempotency.finish(claim, settled.answer)
    return settled


async def replayed(answer: JsonObject, attempt: UploadAttempt, *, work: Work) -> FinalizeOutcome:
    """Answer an upload that repeats a published one under the same key; it is that attempt, so it ends."""
    if attempt.is_open:
        await work.uploads.close(attempt.id, UploadState.PUBLISHED, answer)
    return FinalizeOutcome(answer, is_replay=True)


async def _claim_extension(candidate: Candidate, *, work: Work, clock: Clock, new_id: NewId) -> Extension:
    principal, now = candidate.attempt.uploader.principal, clock.now()
    # Another first publish may have created the publisher meanwhile; then only its creator is a member.
    if candidate.is_new_publisher:
        if await work.publishers.add(candidate.publisher, by=principal, at=now):
            await work.publishers.set_member(candidate.publisher, principal, MemberRole.OWNER, at=now)
        elif await work.publishers.role_of(principal, candidate.publisher) is None:
            raise membership_required(candidate.publisher)
    extension = await work.extensions.claim(candidate.ref, new_id=ExtensionId(new_id()), at=now)
    if extension.ref != candidate.ref:
        raise ExtensionNameTaken(
            f'The name "{candidate.ref.name}" is the same as {extension.ref}, which exists: ".", "_" and "-" '
            f'count as one letter. Use "{extension.ref.name}", or choose another name.',
            details={"extension": str(candidate.ref), "existing": str(extension.ref)},
        )
    if candidate.trusted_actor is None and await work.trusted_publishing.is_trusted_only(extension.id):
        raise TrustedPublishingRequired(
            f"{extension.ref} is published by its trusted publishers only, so no API key may do it. Publish "
            "from the build that its owners configured, or ask one of them to switch this off.",
            details={"extension": str(extension.ref)},
        )
    return extension


async def _place(version: NewVersion, manifest_hash: ContentHash, *, work: Work) -> int:
    """Give the version its places: in its extension, in the transparency log and, last, in the feed."""
    ext_seq = await work.versions.lock_head(version.extension.id)
    publication = Publication(
        extension=version.extension,
        number=version.number,
        bundle=LoggedBundle(version.content_hash, version.size_bytes),
        manifest_hash=manifest_hash,
        signature=version.signature,
        at=version.published_at,
    )
    log_index = await log_version(publication, log=work.log)
    event = published_event(version, log_index=log_index)
    serial = await work.outbox.append(event, at=version.published_at)
    await work.versions.place(version, ext_seq=ext_seq, serial=serial, log_index=log_index)
    return log_index


async def _spent_number(
    version: NewVersion, candidate: Candidate, command: FinalizeCommand, *, work: Work
) -> VersionAlreadyExists:
    """Say who has the number. Its holder has committed: the claim waited for that."""
    existing = await work.versions.holder(version.extension.id, version.number)
    assert existing is not None  # noqa: S101 - a conflict on the number means that its row is visible now
    log_refused_version(
        str(version.extension.id),
        str(version.number),
        attempt_id=candidate.attempt.id,
        request_id=command.request_id,
    )
    highest = await work.versions.highest_patch(version.extension.id, version.number)
    return version_already_exists(
        candidate.ref,
        version.number,
        existing,
        content_hash=version.content_hash,
        suggested=suggested_version(version.number, highest),
    )
