"""Hand one delivery to its handler: a time limit, a budget of attempts, one log line each."""

import asyncio
from dataclasses import dataclass

import structlog
from structlog.contextvars import bound_contextvars

from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.port import Handler
from annex_shared.observability.trace_context import TraceContext, in_trace

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How patient subscriptions are; the waits between attempts double up to the maximum."""

    follow_attempts: int = 3
    first_retry_delay_seconds: float = 0.2
    max_retry_delay_seconds: float = 5.0
    handler_timeout_seconds: float = 30.0
    repair_timeout_seconds: float = 300.0
    drain_timeout_seconds: float = 10.0
    prefetch: int = 32

    def delay_after(self, failures: int) -> float:
        """Say how long to wait after so many failures in a row (at least one)."""
        doublings = min(failures - 1, 16)
        return min(self.first_retry_delay_seconds * 2.0**doublings, self.max_retry_delay_seconds)


def cancelled_from_outside() -> bool:
    """Tell our own cancellation from a CancelledError that something we awaited brought along."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def handle_once(
    event: CloudEvent, handler: Handler, *, subscription: str, attempt: int, policy: DeliveryPolicy
) -> bool:
    """Run the handler and say whether it succeeded; nothing it raises passes, only our cancellation."""
    clock = asyncio.get_running_loop().time
    started = clock()
    context = {"subscription": subscription, "event_id": event.id, "event_type": event.type}
    with in_trace(TraceContext.continued(event.traceparent)), bound_contextvars(**context):
        try:
            async with asyncio.timeout(policy.handler_timeout_seconds):
                await handler(event)
        except asyncio.CancelledError:
            if cancelled_from_outside():
                raise
            log.warning("delivery_failed", attempt=attempt, error="CancelledError")
            return False
        except Exception as error:
            log.warning("delivery_failed", attempt=attempt, error=type(error).__name__, exc_info=error)
            return False
        log.info("delivery_handled", attempt=attempt, duration_ms=round((clock() - started) * 1000, 1))
        return True


async def handle_or_drop(
    event: CloudEvent, handler: Handler, *, subscription: str, policy: DeliveryPolicy
) -> None:
    """Attempt a follower's delivery within its budget; what is dropped is repaired from the owner."""
    for attempt in range(1, policy.follow_attempts + 1):
        if await handle_once(event, handler, subscription=subscription, attempt=attempt, policy=policy):
            return
        if attempt < policy.follow_attempts:
            await asyncio.sleep(policy.delay_after(attempt))
    log.error(
        "delivery_dropped", subscription=subscription, event_id=event.id, attempts=policy.follow_attempts
    )
