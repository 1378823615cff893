"""Feeds: what a page of one is, and who waits for the next event."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from annex_registry.domain.errors import TooManyFeedWaiters
from annex_shared.contracts.events import INSTALLS_FEED, REGISTRY_FEED, CloudEvent
from annex_shared.ids import TenantId

FEEDS = (REGISTRY_FEED, INSTALLS_FEED)
_RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events of a feed in order; a reader goes on after ``next_after``. ``as_of`` is the feed's end.

    ``is_known``: the caller holds this page already, so its events were not read.
    """

    events: Sequence[CloudEvent]
    next_after: int
    as_of: int
    tag: str
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """A serial that a feed has reached, and the one tenant it concerns, if it concerns one only."""

    serial: int
    tenant_id: TenantId | None


# eq=False: two readers are never the same one.
@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """A reader at the end of a feed; ``tenant_id`` None hears of every tenant's events."""

    feed: str
    tenant_id: TenantId | None
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def is_concerned(self, feed: str, arrival: Arrival) -> bool:
        is_of_all = self.tenant_id is None or arrival.tenant_id is None
        return feed == self.feed and (is_of_all or arrival.tenant_id == self.tenant_id)


class FeedWatch:
    """The readers who wait in this process: so many in all, and so many for one tenant or service."""

    def __init__(self, *, max_waiters: int, max_waiters_per_caller: int) -> None:
        self.is_closed = False
        self._max_waiters = max_waiters
        self._max_per_caller = max_waiters_per_caller
        self._waiters: set[Waiter] = set()
        self._callers: Counter[str] = Counter()

    @contextmanager
    def waiting(self, feed: str, *, tenant_id: TenantId | None, caller: str) -> Iterator[Waiter]:
        """Hear of every event committed from now on. Raises TooManyFeedWaiters."""
        self._refuse_crowd(caller)
        waiter = Waiter(feed, tenant_id)
        self._waiters.add(waiter)
        self._callers[caller] += 1
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]

    def announce(self, feed: str, arrivals: Sequence[Arrival]) -> None:
        for waiter in self._waiters:
            if any(waiter.is_concerned(feed, arrival) for arrival in arrivals):
                waiter.woken.set()

    def close(self) -> None:
        """Let everybody go: the process is stopping."""
        self.is_closed = True
        for waiter in self._waiters:
            waiter.woken.set()

    def _refuse_crowd(self, caller: str) -> None:
        is_crowded = self._callers[caller] >= self._max_per_caller
        if is_crowded or len(self._waiters) >= self._max_waiters:
            whose = "of yours wait" if is_crowded else "wait"
            raise TooManyFeedWaiters(
                f"Too many requests {whose} for the next event already. Ask without wait, or wait in fewer "
                "places.",
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            )
