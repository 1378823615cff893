"""Read everything again now and then, so that a missed event is a delay and not a mistake."""

import asyncio

import structlog

from annex_gateway.actions.projections import Projections
from annex_gateway.domain.errors import RegistryUnavailable

_FIRST_RETRY_SECONDS = 0.2

log = structlog.get_logger()


async def keep_repairing(projections: Projections, *, interval_seconds: float) -> None:
    """Repair for ever; while the registry is away the last known state stays, and asking slows down."""
    wait = _FIRST_RETRY_SECONDS
    while True:
        try:
            await projections.repair()
            wait = interval_seconds
        except RegistryUnavailable:
            log.warning("projection_repair_failed", is_filled=projections.is_filled)
            wait = min(wait * 2, interval_seconds)
        await asyncio.sleep(wait)
