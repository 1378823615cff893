"""The bus as its users see it: publish, follow, work, and what became of dead letters."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

from annex_shared.contracts.events import CloudEvent, InvalidEvent
from annex_shared.errors import AnnexError

Handler = Callable[[CloudEvent], Awaitable[None]]
OnGap = Callable[[], Awaitable[None]]


class PublishUnconfirmed(AnnexError):
    """Nobody vouched for an event in time; it may or may not have arrived, so publish it again."""


class BusUnavailable(AnnexError):
    """The bus could not be asked, or nobody took what was given back; nothing is lost by asking again."""


class DeadReason(StrEnum):
    """Why a delivery was given up."""

    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that its group gave up; ``body`` is what was on the wire, event or not."""

    body: bytes
    reason: DeadReason

    @property
    def event(self) -> CloudEvent | None:
        try:
            return CloudEvent.parse(self.body)
        except InvalidEvent:
            return None


class Subscription(Protocol):
    """A follower, or one consumer of a group; it attaches in the background and again after every loss."""

    @property
    def is_attached(self) -> bool: ...

    async def attached(self) -> None:
        """Wait until events published from now on reach the handler; the caller sets the limit."""
        ...

    async def close(self) -> None:
        """Finish the delivery in hand within a limit, take no other, and detach."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc_info: object) -> None: ...


class Bus(Protocol):
    """Carries events at least once; consumers compare `sequence` with the last they saw.

    Events published one after the other by one publisher reach each subscription in that order, except for
    redeliveries. A subscription handles one delivery at a time. A handler must not wait for the bus to
    deliver something to its own subscription.
    """

    @property
    def is_connected(self) -> bool: ...

    async def publish(self, event: CloudEvent) -> None:
        """Return once the event is vouched for; raise PublishUnconfirmed within a limit otherwise.

        An event that no binding matches is vouched for too: nobody asked for it.
        """
        ...

    async def follow(
        self,
        *,
        bindings: Sequence[str],
        handler: Handler,
        name: str,
        on_gap: OnGap | None = None,
    ) -> Subscription:
        """Give this replica every matching event from now on; ``name`` is for logs and operators.

        ``on_gap`` runs after every attaching, the first included, before any delivery is handled: whatever
        happened while nobody listened is repaired from the owner's listing. A handler that keeps failing
        loses the delivery, with a log event; so does a delivery that is no event.
        """
        ...

    async def work(self, *, queue: str, bindings: Sequence[str], handler: Handler) -> Subscription:
        """Share ``queue`` with every process that works on it: each matching event is handled by one.

        A failed delivery is repeated up to `topology.WORK_ATTEMPTS` times in all and then becomes a dead
        letter of ``queue``. What nobody has taken yet stays.
        """
        ...

    async def dead_letters(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        """Look at dead letters of ``queue``, in no promised order, and leave them; raise BusUnavailable."""
        ...

    async def replay(self, queue: str, *, limit: int = 100) -> int:
        """Give dead letters back to the consumers of ``queue``, and to nobody else; say how many.

        Raise BusUnavailable when the bus cannot; those given back before that are handled all the same.
        """
        ...

    async def close(self) -> None: ...
