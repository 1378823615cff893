"""Follow a feed by serial: nothing is lost over a broken connection, and what is missing is said."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final, Protocol

from annex_cli.errors import AnswerNotUnderstood, InvalidUsage, PlatformRefused, PlatformUnreachable
from annex_cli.event_examples import PAYLOAD_OF, READABLE_FEEDS
from annex_cli.extension_requests import feed_page
from annex_cli.platform_client import PlatformClient
from annex_cli.retries import is_passing
from annex_shared.contracts.events import EXTENSION_EVENT, REGISTRY_FEED, CloudEvent
from annex_shared.contracts.feeds import FeedPage
from annex_shared.display_text import shown

_LONGEST_WAIT: Final = 25
_ATTEMPTS: Final = 20
_FIRST_PAUSE_SECONDS, _MAX_PAUSE_SECONDS = 0.5, 10.0
_POLL_SECONDS: Final = 2.0
_NO_MORE_WAITERS: Final = "TOO_MANY_FEED_WAITERS"


class TailWatch(Protocol):
    """Hears what happens to the connection and to the order of the feed."""

    def lost(self, failure: Exception) -> None: ...

    def reconnected(self, *, after: int, seconds: float) -> None: ...

    def gap(self, *, first: int, last: int) -> None: ...


@dataclass(slots=True)
class FeedTail:
    """A reader of one feed; ``after`` is the serial of the last event that was given out.

    In the registry's feed every serial is an event, so one that is not there is missing. A tenant's part of
    the feed of installs lacks the serials of others.
    """

    client: PlatformClient
    feed: str
    after: int
    watch: TailWatch
    follows: bool = True
    _failures: int = field(default=0)
    _was_connected: bool = field(default=False)
    _lost_at: float = field(default=0.0)
    _is_polling: bool = field(default=False)

    async def events(self) -> AsyncIterator[CloudEvent]:
        """Give out every event after ``after``; end at the end of the feed unless it is followed."""
        while True:
            page = await self._page()
            if page is None:
                continue
            for event in page.items:
                if event.serial <= self.after:
                    continue
                if self.feed == REGISTRY_FEED and event.serial > self.after + 1:
                    self.watch.gap(first=self.after + 1, last=event.serial - 1)
                self.after = event.serial
                yield event
            self.after = max(self.after, page.next_after)
            if not page.items and not self.follows:
                return
            if not page.items and self._is_polling:
                await asyncio.sleep(_POLL_SECONDS)

    async def _page(self) -> FeedPage | None:
        try:
            page = await feed_page(self.client, self.feed, after=self.after, wait=self._wait())
        except (PlatformUnreachable, PlatformRefused, AnswerNotUnderstood) as failure:
            await self._failed(failure)
            return None
        if self._failures:
            self.watch.reconnected(after=self.after, seconds=time.monotonic() - self._lost_at)
        self._failures, self._was_connected = 0, True
        return page

    async def _failed(self, failure: PlatformUnreachable | PlatformRefused | AnswerNotUnderstood) -> None:
        """Pause before the next attempt, or raise what another attempt will not change."""
        if isinstance(failure, PlatformRefused) and failure.code == _NO_MORE_WAITERS and not self._is_polling:
            self._is_polling = True
            return
        if not is_passing(failure) or not self._was_connected or self._failures >= _ATTEMPTS:
            raise failure
        if not self._failures:
            self._lost_at = time.monotonic()
            self.watch.lost(failure)
        self._failures += 1
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (self._failures - 1), _MAX_PAUSE_SECONDS)
        await asyncio.sleep(max(pause, failure.retry_after_seconds or 0))

    def _wait(self) -> int:
        """Wait for the next event as long as the platform does, and less than we wait for an answer."""
        if not self.follows or self._is_polling:
            return 0
        return max(0, min(_LONGEST_WAIT, int(self.client.timeout_seconds) - 5))


async def first_position(client: PlatformClient, feed: str, since: int | datetime | None) -> int:
    """Return the position before the first wanted event: a serial, a time, or the end of the feed."""
    if isinstance(since, int):
        return max(0, since - 1)
    end = (await feed_page(client, feed, after=0, limit=1)).as_of
    return end if since is None else await _position_before(client, feed, since, end)


async def _position_before(client: PlatformClient, feed: str, moment: datetime, end: int) -> int:
    """Search by halves: the times of a feed grow with its serials."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        page = await feed_page(client, feed, after=middle, limit=1)
        if page.items and page.items[0].time < moment:
            low = page.items[0].serial
        else:
            high = middle
    return low


def read_position(text: str | None) -> int | None:
    """Read a serial, None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 18 else None  # noqa: PLR2004 - digits of a serial


def feed_of(feed: str | None, pattern: str | None) -> str:
    """Choose the feed that the wanted types are in. Raises InvalidUsage."""
    if pattern is None:
        return feed or REGISTRY_FEED
    fitting = [payload for name, payload in PAYLOAD_OF.items() if fnmatchcase(name, pattern)]
    if not fitting:
        raise InvalidUsage(
            f'--type "{shown(pattern, limit=80)}" fits no event type; there are {", ".join(PAYLOAD_OF)}.'
        )
    feeds = {payload.feed for payload in fitting} & set(READABLE_FEEDS)
    if not feeds:
        raise InvalidUsage(
            f"{EXTENSION_EVENT} is in no feed that can be read: it goes to subscriptions. "
            "annex events deliveries shows what became of those."
        )
    if feed is not None:
        return feed
    if len(feeds) > 1:
        raise InvalidUsage(
            f'--type "{pattern}" is in the feeds {" and ".join(sorted(feeds))}; choose with --feed.'
        )
    return feeds.pop()
