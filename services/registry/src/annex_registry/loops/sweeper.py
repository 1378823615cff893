"""Run the sweep of stale uploads on a timer."""

import asyncio

import structlog

from annex_registry.actions.sweep_uploads import sweep_uploads
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.ports import BundleStore, Records
from annex_shared.clock import Clock

log = structlog.get_logger()


async def sweep_for_ever(
    *, records: Records, bundles: BundleStore, clock: Clock, interval_seconds: float
) -> None:
    """Sweep, wait, repeat; a store that is away is tried again at the next turn."""
    while True:
        try:
            await sweep_uploads(records=records, bundles=bundles, clock=clock)
        except UnavailableError as error:
            log.warning("sweep_failed", reason=type(error).__name__)
        await asyncio.sleep(interval_seconds)
