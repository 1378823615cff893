"""The entrance to the runner: wait for a place, or be told soon that there will be none."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from annex_gateway.domain.admission import Admission, Priority, Ticket
from annex_gateway.domain.deadlines import Deadline, Monotonic
from annex_gateway.domain.errors import AdmissionRefused, DeadlineExceeded
from annex_gateway.domain.retries import Random
from annex_shared.ids import TenantId

_SHORTEST_RETRY_AFTER, _RETRY_AFTER_SPREAD = 1, 3


@dataclass(slots=True)
class Place:
    """A place at the runner; whoever got it gives it back once."""

    entrance: "Entrance"
    ticket: Ticket
    is_overload: bool | None = None
    waited_seconds: float = 0.0

    def leave(self) -> None:
        self.entrance.leave(self)


@dataclass(slots=True)
class Entrance:
    """Wakes whose turn it is. A call that finds a place never waits, not even for the event loop."""

    admission: Admission
    monotonic: Monotonic
    random: Random
    _waiting: dict[Ticket, asyncio.Future[None]] = field(default_factory=dict)

    def require_room(self, tenant_id: TenantId, priority: Priority) -> None:
        """Refuse what could not even wait, before its body is read. Raises AdmissionRefused."""
        if not self.admission.has_room(tenant_id, priority):
            raise self._refused()

    async def enter(self, tenant_id: TenantId, priority: Priority, *, deadline: Deadline) -> Place:
        """Wait for a place. Raises AdmissionRefused, DeadlineExceeded."""
        arrived = self.monotonic()
        ticket, sent_away = self.admission.arrive(tenant_id, priority, arrived)
        if sent_away is ticket:
            raise self._refused()
        if sent_away is not None:
            self._wake([sent_away])
        if ticket.state == "waiting":
            await self._turn_of(ticket, deadline)
        return Place(self, ticket, waited_seconds=self.monotonic() - arrived)

    def leave(self, place: Place) -> None:
        self._wake(self.admission.leave(place.ticket, self.monotonic(), is_overload=place.is_overload))

    async def _turn_of(self, ticket: Ticket, deadline: Deadline) -> None:
        turn = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        try:
            while ticket.state == "waiting":
                patience = min(
                    self.admission.patience(ticket, self.monotonic()), deadline.remaining_seconds()
                )
                if patience <= 0:
                    break
                await asyncio.wait((turn,), timeout=patience)
        except asyncio.CancelledError:
            # Its turn may have come at the very moment its caller left.
            self._wake(self.admission.give_up(ticket, self.monotonic()))
            raise
        finally:
            del self._waiting[ticket]
        if ticket.state == "admitted":
            return
        self._wake(self.admission.give_up(ticket, self.monotonic()))
        if deadline.remaining_seconds() <= 0:
            raise DeadlineExceeded("The time of this request was used up before the extension ran.")
        raise self._refused()

    def _wake(self, tickets: Iterable[Ticket]) -> None:
        for ticket in tickets:
            turn = self._waiting.get(ticket)
            if turn is not None and not turn.done():
                turn.set_result(None)

    def _refused(self) -> AdmissionRefused:
        return AdmissionRefused(
            "More calls wait for the runner than can be served soon, so this one was sent away; the fault is "
            "ours. Nothing was run. Try again later.",
            # Spread, so that those who were sent away together do not come back together.
            retry_after_seconds=_SHORTEST_RETRY_AFTER + int(self.random() * _RETRY_AFTER_SPREAD),
        )
