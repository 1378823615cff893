"""Tell those who wait for the next event that it is there; one connection listens for all of them."""

import structlog

from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.feed import FEEDS, FeedWatch
from annex_registry.domain.ports import FeedTail, FeedTails
from annex_registry.loops.relay import Pause

_BATCH = 1000

log = structlog.get_logger()


async def watch_for_ever(
    tails: FeedTails, watch: FeedWatch, *, poll_seconds: float = 1.0, pause: Pause | None = None
) -> None:
    """Listen, and go on after a lost connection where it was lost, so that nobody misses anything."""
    pause = pause or Pause()
    reached: dict[str, int] = {}
    try:
        while True:
            try:
                async with tails.connected() as tail:
                    pause.reset()
                    await _listen(tail, watch, reached, poll_seconds=poll_seconds)
            except UnavailableError as error:
                log.warning("feed_watch_disconnected", reason=type(error).__name__)
                await pause.rest()
    finally:
        watch.close()


async def _listen(tail: FeedTail, watch: FeedWatch, reached: dict[str, int], *, poll_seconds: float) -> None:
    for feed in FEEDS:
        # Before the first reading nobody can be waiting for anything older.
        reached.setdefault(feed, await tail.serial(feed))
    while True:
        for feed in FEEDS:
            await announce_arrivals(tail, watch, feed, reached)
        await tail.wait(poll_seconds)


async def announce_arrivals(tail: FeedTail, watch: FeedWatch, feed: str, reached: dict[str, int]) -> None:
    while arrivals := await tail.arrivals(feed, after=reached[feed], limit=_BATCH):
        watch.announce(feed, arrivals)
        reached[feed] = arrivals[-1].serial
