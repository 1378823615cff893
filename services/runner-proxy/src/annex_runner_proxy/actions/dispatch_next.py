"""Send the dispatch that has waited longest, and record what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from annex_runner_proxy.domain.dispatches import Attempted, AttemptOutcome, RetryPolicy, judge
from annex_runner_proxy.domain.kept import Dispatches, DispatchMeter, Gateway
from annex_shared.clock import Clock

_LOST = Attempted(
    is_success=False,
    is_final=True,
    is_charged=False,
    error_code="ATTEMPT_LOST",
    error="The process that sent it ended, more often than it may be tried again.",
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DispatchPorts:
    """What sending needs around it; ``owner`` is this process."""

    dispatches: Dispatches
    gateway: Gateway
    clock: Clock
    owner: UUID
    lease: timedelta
    policy: RetryPolicy
    meter: DispatchMeter


async def dispatch_next(*, ports: DispatchPorts) -> bool:
    """Send one dispatch; say no when none waits. Raises DatabaseUnavailable.

    Nothing is open in the database while the extension runs: the lease keeps others away, and its fence
    keeps a holder who was too slow from writing over a later one.
    """
    now = ports.clock.now()
    lease = await ports.dispatches.claim(now=now, owner=ports.owner, until=now + ports.lease)
    if lease is None:
        return False
    dispatch = lease.dispatch
    with bound_contextvars(
        dispatch_id=str(dispatch.id),
        tenant_id=str(dispatch.tenant_id),
        install_id=str(dispatch.install_id),
        kind=dispatch.kind.value,
        source=dispatch.lane,
    ):
        is_spent = lease.charged >= ports.policy.attempts(dispatch.kind)
        attempted = _LOST if is_spent else await ports.gateway.send(lease)
        ended = ports.clock.now()
        verdict = judge(lease, attempted, now=ended, policy=ports.policy)
        is_ours = await ports.dispatches.settle(
            lease, attempted, verdict, now=ended, pause_after=ports.policy.pause_after_failures
        )
        outcome = verdict.outcome if is_ours else AttemptOutcome.LEASE_LOST
        ports.meter.attempted(dispatch.kind, outcome)
        log.info(
            "dispatch_attempted",
            attempt=lease.attempt,
            state=verdict.state.value if is_ours else "lease_lost",
            status=attempted.status,
            code=attempted.error_code,
        )
    return True
