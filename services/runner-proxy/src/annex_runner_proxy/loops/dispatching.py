"""The loops behind schedules and deliveries: plan, send, follow subscriptions, announce, measure, forget."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from annex_runner_proxy.actions.dispatch_next import DispatchPorts, dispatch_next
from annex_runner_proxy.actions.plan_schedules import PlanningPorts, plan_due_schedules
from annex_runner_proxy.actions.subscriptions import SubscriptionPorts, follow_changed_subscriptions
from annex_runner_proxy.domain.errors import DatabaseUnavailable, RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.kept import Dispatches, DispatchMeter
from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.clock import Clock

_AWAY_SECONDS = 5.0
_SENT_KEPT = timedelta(days=1)

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger()


async def plan_for_ever(ports: PlanningPorts, *, poll_seconds: float, sleep: Sleep = asyncio.sleep) -> None:
    """Look for due schedules; as long as there are some, at once again."""

    async def step() -> bool:
        return ports.installs.is_filled and await plan_due_schedules(ports=ports) > 0

    await _repeat("planning", step, poll_seconds=poll_seconds, sleep=sleep)


async def dispatch_for_ever(
    ports: DispatchPorts, *, poll_seconds: float, sleep: Sleep = asyncio.sleep
) -> None:
    """Send what waits, one after the other; several of these run beside each other."""

    async def step() -> bool:
        return await dispatch_next(ports=ports)

    await _repeat("dispatching", step, poll_seconds=poll_seconds, sleep=sleep)


async def follow_for_ever(
    ports: SubscriptionPorts, installs: InstallTable, *, poll_seconds: float, sleep: Sleep = asyncio.sleep
) -> None:
    """Keep the subscriptions of every install we know at its revision, by looking at what changed."""

    async def step() -> bool:
        await follow_changed_subscriptions(installs, ports=ports)
        return False

    await _repeat("following", step, poll_seconds=poll_seconds, sleep=sleep)


async def relay_for_ever(
    relay: Callable[[], Awaitable[int]], *, poll_seconds: float, sleep: Sleep = asyncio.sleep
) -> None:
    """Announce what extensions emitted; as long as there is more, at once again."""

    async def step() -> bool:
        return await relay() > 0

    await _repeat("relaying", step, poll_seconds=poll_seconds, sleep=sleep)


async def measure_for_ever(
    dispatches: Dispatches,
    meter: DispatchMeter,
    *,
    clock: Clock,
    every_seconds: float,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Tell the meter from time to time how the queue is."""

    async def step() -> bool:
        meter.queue_is(await dispatches.state(now=clock.now()))
        return False

    await _repeat("measuring", step, poll_seconds=every_seconds, sleep=sleep)


async def forget_for_ever(
    dispatches: Dispatches,
    installs: InstallTable,
    records: InstallRecords,
    *,
    clock: Clock,
    keep: timedelta,
    every_seconds: float,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Forget what ended long ago, and everything of installs that are gone."""

    async def step() -> bool:
        now = clock.now()
        await forget_uninstalled(dispatches, installs, records)
        return await dispatches.forget_finished(now - keep, sent_before=now - _SENT_KEPT) > 0

    await _repeat("forgetting", step, poll_seconds=every_seconds, sleep=sleep)


async def forget_uninstalled(
    dispatches: Dispatches, installs: InstallTable, records: InstallRecords
) -> list[str]:
    """Remove what is kept for installs that the registry knows no more; whatever event was missed."""
    if not installs.is_filled:
        return []
    gone = []
    for _, install_id in await dispatches.known_installs():
        if installs.get(install_id) is None and await records.install(install_id) is None:
            await dispatches.forget_install(install_id)
            gone.append(str(install_id))
    if gone:
        log.info("installs_forgotten", installs=len(gone))
    return gone


async def _repeat(
    name: str, step: Callable[[], Awaitable[bool]], *, poll_seconds: float, sleep: Sleep
) -> None:
    """Do a step again and again; survive the loss of the database and of the registry."""
    while True:
        try:
            is_busy = await step()
        except (DatabaseUnavailable, RegistryUnavailable) as error:
            log.warning("loop_waits", loop=name, reason=type(error).__name__)
            await sleep(_AWAY_SECONDS)
            continue
        if not is_busy:
            await sleep(poll_seconds)
