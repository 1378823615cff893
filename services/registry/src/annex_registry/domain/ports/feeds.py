"""Events on their way out: appended, followed and relayed."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from annex_registry.domain.feed import Arrival
from annex_shared.contracts.events import CloudEvent, EventPayload
from annex_shared.ids import TenantId


class Outbox(Protocol):
    """Events to be announced, written with the change they tell of."""

    async def append(self, payload: EventPayload, *, at: datetime) -> int:
        """Take the next serial of the payload's feed; the last lock of a transaction."""
        ...

    async def events(
        self, feed: str, *, after: int, limit: int, tenant_id: TenantId | None = None
    ) -> list[CloudEvent]:
        """Read on in a feed, announced or not; with a tenant, only its part of the installs feed."""
        ...

    async def serial(self, feed: str) -> int: ...


class FeedTail(Protocol):
    """The end of every feed as one listening connection sees it. Everything raises RegistryBusy."""

    async def serial(self, feed: str) -> int: ...

    async def arrivals(self, feed: str, *, after: int, limit: int) -> list[Arrival]:
        """Return what was committed after a serial, in feed order."""
        ...

    async def wait(self, timeout_seconds: float) -> None:
        """Return when something may have been committed, or when the time is over."""
        ...


class FeedTails(Protocol):
    """Opens the end of the feeds, anew after every loss."""

    def connected(self) -> AbstractAsyncContextManager[FeedTail]: ...


class OutboxQueue(Protocol):
    """What is still to be announced, as its one leader sees it. Everything raises RegistryBusy."""

    async def become_leader(self) -> bool:
        """Tell whether this connection leads; the lead ends with it."""
        ...

    async def pending(self, feed: str, *, limit: int) -> list[CloudEvent]:
        """Return the oldest events not announced yet, in feed order."""
        ...

    async def forget(self, feed: str, serials: Sequence[int]) -> None: ...

    async def wait(self, timeout_seconds: float) -> None:
        """Return when something may have been written to the outbox, or when the time is over."""
        ...


class OutboxQueues(Protocol):
    """Opens the outbox, anew after every loss."""

    def connected(self) -> AbstractAsyncContextManager[OutboxQueue]: ...
