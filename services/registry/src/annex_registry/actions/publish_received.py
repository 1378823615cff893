"""From received bytes to a published version: examine them, count a new extension, publish."""

from annex_registry.actions.draw_from_rate import draw_from_rate
from annex_registry.actions.examine_upload import examine_upload
from annex_registry.actions.publish_version import publish_version
from annex_registry.actions.spool import Spool
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publish_rate import LimitedAction
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.upload import UploadAttempt
from annex_shared.clock import Clock, NewId
from annex_shared.service_tokens import Caller


async def publish_received(  # noqa: PLR0913 - the ports of publish_version, and what it publishes
    attempt: UploadAttempt,
    spool: Spool,
    command: FinalizeCommand,
    *,
    caller: Caller,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    signed: SignedSize,
    clock: Clock,
    new_id: NewId,
    is_direct: bool = False,
) -> FinalizeOutcome:
    """Raise whatever the bytes, the declaration, the signature or the caller are refused for."""
    async with records.work() as work:
        candidate = await examine_upload(
            command,
            attempt,
            caller=caller,
            publishers=work.publishers,
            policy=policy,
            at=clock.now(),
            is_direct=is_direct,
        )
        is_new = await work.extensions.by_ref(candidate.ref) is None
    if is_new:
        await draw_from_rate(
            caller.principal, LimitedAction.CREATE_EXTENSION, policy.extension_rate, records=records
        )
    with signed.approaching():
        return await publish_version(
            candidate,
            spool,
            command,
            records=records,
            bundles=bundles,
            policy=policy,
            signed=signed,
            clock=clock,
            new_id=new_id,
        )
