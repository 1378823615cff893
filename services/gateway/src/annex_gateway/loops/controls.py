"""Keep the copy of controls current: told of changes, and looking for them all the same."""

import asyncio

import structlog

from annex_gateway.actions.controls_projection import ControlsProjection
from annex_gateway.domain.errors import ControlsUnavailable
from annex_gateway.domain.ports import ControlsFeed

_FIRST_RETRY_SECONDS = 0.1

log = structlog.get_logger()


async def fill_once(projection: ControlsProjection, feed: ControlsFeed) -> None:
    """Fill the copy before the first call; without a database it stays empty, and nothing is run."""
    try:
        async with feed.opened() as reader:
            await projection.fill(reader)
    except ControlsUnavailable:
        log.warning("controls_not_read", is_filled=False)


async def keep_controls_current(
    projection: ControlsProjection, feed: ControlsFeed, *, poll_seconds: float
) -> None:
    """Follow for ever; while the database is away what was read last stays, for its time."""
    wait = _FIRST_RETRY_SECONDS
    while True:
        try:
            async with feed.opened() as reader:
                await projection.fill(reader)
                wait = _FIRST_RETRY_SECONDS
                while True:
                    await reader.wait(poll_seconds)
                    await projection.catch_up(reader)
        except ControlsUnavailable:
            log.warning("controls_not_read", age_seconds=round(projection.age_seconds, 1))
        await asyncio.sleep(wait)
        wait = min(wait * 2, poll_seconds)
