"""Sweep extension storage on timers: the expired often, what uninstalled installs left now and then."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from annex_runner_proxy.actions.sweep_storage import purge_uninstalled, sweep_expired
from annex_runner_proxy.domain.errors import DatabaseUnavailable, RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_runner_proxy.domain.storage import StorageSweeps
from annex_shared.clock import Clock

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger()


async def sweep_storage_for_ever(
    *, sweeps: StorageSweeps, clock: Clock, every_seconds: float, sleep: Sleep = asyncio.sleep
) -> None:
    """Remove expired records, wait, repeat; a database that is away is tried again at the next turn."""
    while True:
        try:
            await sweep_expired(sweeps=sweeps, clock=clock)
        except DatabaseUnavailable as error:
            log.warning("storage_not_swept", reason=error.message)
        await sleep(every_seconds)


async def purge_storage_for_ever(
    *,
    sweeps: StorageSweeps,
    installs: InstallTable,
    records: InstallRecords,
    clock: Clock,
    grace: timedelta,
    every_seconds: float,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Look for installs that are gone, wait, repeat. While the registry is away nothing is purged."""
    while True:
        try:
            await purge_uninstalled(
                sweeps=sweeps, installs=installs, records=records, clock=clock, grace=grace
            )
        except (DatabaseUnavailable, RegistryUnavailable) as error:
            log.warning("storage_not_purged", reason=error.message)
        await sleep(every_seconds)
