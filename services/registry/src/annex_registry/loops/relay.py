"""Announce what the outbox holds: one leader, in feed order, removed only after the bus vouched for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.feed import FEEDS
from annex_registry.domain.ports import OutboxQueue, OutboxQueues
from annex_shared.errors import AnnexError
from annex_shared.messaging.port import Bus, PublishUnconfirmed

_BATCH = 100
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0

log = structlog.get_logger()


class OutboxGap(AnnexError):
    """Serials in the outbox do not follow each other, which the schema promises; nothing is skipped."""


@dataclass(slots=True)
class Pause:
    """Waits longer after every failure in a row, up to half a minute."""

    first_seconds: float = _FIRST_PAUSE_SECONDS
    longest_seconds: float = _LONGEST_PAUSE_SECONDS
    _next: float = field(init=False)

    def __post_init__(self) -> None:
        self._next = self.first_seconds

    async def rest(self) -> None:
        seconds, self._next = self._next, min(self._next * 2, self.longest_seconds)
        await asyncio.sleep(seconds)

    def reset(self) -> None:
        self._next = self.first_seconds


async def relay_for_ever(
    outboxes: OutboxQueues, bus: Bus, *, poll_seconds: float = 1.0, pause: Pause | None = None
) -> None:
    """Lead while we can, try to otherwise; survives the loss of the database and of the bus."""
    pause = pause or Pause()
    while True:
        try:
            async with outboxes.connected() as queue:
                await _lead(queue, bus, poll_seconds=poll_seconds, pause=pause)
        except UnavailableError as error:
            log.warning("relay_disconnected", reason=type(error).__name__)
            await pause.rest()


async def _lead(queue: OutboxQueue, bus: Bus, *, poll_seconds: float, pause: Pause) -> None:
    while not await queue.become_leader():
        await queue.wait(poll_seconds)
    log.info("relay_leads")
    while True:
        try:
            is_empty = not any([await relay_feed(queue, bus, feed) for feed in FEEDS])
        except (PublishUnconfirmed, OutboxGap) as error:
            log.warning("relay_paused", reason=error.message)
            await pause.rest()
            continue
        pause.reset()
        if is_empty:
            await queue.wait(poll_seconds)


async def relay_feed(queue: OutboxQueue, bus: Bus, feed: str) -> int:
    """Announce one batch of a feed and count it.

    Events go one after the other. When one is not vouched for, those before it are forgotten and it is the
    first of the next batch: it may arrive twice, never late behind a later one.
    """
    events = await queue.pending(feed, limit=_BATCH)
    _refuse_gap(feed, [event.serial for event in events])
    done: list[int] = []
    try:
        for event in events:
            await bus.publish(event)
            done.append(event.serial)
    finally:
        if done:
            await queue.forget(feed, done)
    return len(done)


def _refuse_gap(feed: str, serials: Sequence[int]) -> None:
    if serials and list(serials) != list(range(serials[0], serials[0] + len(serials))):
        raise OutboxGap(f"The outbox of feed {feed} has a gap after serial {serials[0]}.")
