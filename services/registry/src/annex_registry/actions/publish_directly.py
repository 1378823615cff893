"""Publish in one request: the archive is judged as it comes and stored only if it wins."""

from collections.abc import AsyncIterator

from annex_registry.actions.draw_from_rate import draw_from_rate
from annex_registry.actions.guard_log import await_log
from annex_registry.actions.publish_received import publish_received
from annex_registry.actions.publish_version import claim_of
from annex_registry.actions.spool import Spool
from annex_registry.actions.stage_upload import UploadDeclaration, receive_archive, received_whole
from annex_registry.domain.authority import require
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publish_rate import LimitedAction
from annex_registry.domain.signing_state import SignedSize
from annex_shared.clock import Clock, NewId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def publish_directly(  # noqa: PLR0913 - one for each port and policy it works with
    chunks: AsyncIterator[bytes],
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
    """Publish what comes, or leave nothing at all, not even the record of an attempt."""
    require(caller, Permission.EXTENSION_PUBLISH)
    declared = UploadDeclaration(
        "bundle.tar.zst", size_bytes=command.size_bytes, content_hash=command.content_hash
    )
    with Spool() as spool:
        bundle = await receive_archive(
            chunks, declared, spool, limits=policy.limits, limit_bytes=policy.one_shot_bytes
        )
        attempt = received_whole(
            command.upload_id, bundle, declared.filename, caller=caller, policy=policy, now=clock.now()
        )
        claim = claim_of(attempt, command)
        if claim is not None:
            async with records.work() as work:
                answer = await work.idempotency.answer(claim)
            if answer is not None:
                return FinalizeOutcome(answer, is_replay=True)
        await await_log(signed)
        await draw_from_rate(
            caller.principal, LimitedAction.PUBLISH_VERSION, policy.version_rate, records=records
        )
        return await publish_received(
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
            is_direct=True,
        )
