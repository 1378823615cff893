"""Run the sweeps on their timers: stale uploads often, bytes that nothing refers to now and then."""

import asyncio

import structlog

from annex_registry.actions.forget_tokens import forget_tokens
from annex_registry.actions.sweep_orphans import sweep_orphans
from annex_registry.actions.sweep_uploads import sweep_uploads
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.publish_policy import PublishPolicy
from annex_shared.clock import Clock

log = structlog.get_logger()


async def sweep_for_ever(
    *, records: Records, bundles: BundleStore, clock: Clock, interval_seconds: float
) -> None:
    """Sweep, wait, repeat; a store that is away is tried again at the next turn."""
    while True:
        try:
            await sweep_uploads(records=records, bundles=bundles, clock=clock)
            await forget_tokens(records=records, clock=clock)
        except UnavailableError as error:
            log.warning("sweep_failed", reason=type(error).__name__)
        await asyncio.sleep(interval_seconds)


async def sweep_orphans_for_ever(
    *, records: Records, bundles: BundleStore, policy: PublishPolicy, clock: Clock, interval_seconds: float
) -> None:
    """Sweep orphans, wait, repeat; what could not be removed is found again."""
    while True:
        try:
            await sweep_orphans(records=records, bundles=bundles, policy=policy, clock=clock)
        except UnavailableError as error:
            log.warning("orphan_sweep_failed", reason=type(error).__name__)
        await asyncio.sleep(interval_seconds)
