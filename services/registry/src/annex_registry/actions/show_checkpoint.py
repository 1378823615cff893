"""Show a signed tree once enough witnesses have cosigned it; before that nobody gets a proof of it."""

from annex_registry.domain.ports import Records
from annex_shared.clock import Clock
from annex_shared.transparency import LogPolicy
from annex_shared.transparency.errors import QuorumMissing


async def show_checkpoint(size: int, *, policy: LogPolicy | None, records: Records, clock: Clock) -> bool:
    """Show the tree if the policy's quorum is met, and tell whether it is. Without a policy it is."""
    async with records.work() as work:
        if policy is not None and policy.quorum is not None:
            checkpoint = await work.log.cosigned_checkpoint(size)
            if checkpoint is None:
                return False
            try:
                policy.accept(checkpoint.note.encode())
            except QuorumMissing:
                return False
        await work.log.show_checkpoint(size, at=clock.now())
        return True
