"""Bring the projections up to their owner every so often, whatever events were missed."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from annex_ui_host.domain.errors import ControlsUnavailable, RegistryUnavailable

_TIMEOUT_SECONDS = 120
_FIRST_RETRY_SECONDS = 1

log = structlog.get_logger()


async def keep_repaired(
    projection: str, repair: Callable[[], Awaitable[None]], *, interval_seconds: float
) -> None:
    """Repair at once and then for ever; an owner that is away is asked again sooner than usual."""
    while True:
        wait_seconds = interval_seconds
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await repair()
        except (RegistryUnavailable, ControlsUnavailable, TimeoutError) as error:
            log.warning("projection_repair_failed", projection=projection, error=type(error).__name__)
            wait_seconds = min(interval_seconds, _FIRST_RETRY_SECONDS)
        await asyncio.sleep(wait_seconds)
