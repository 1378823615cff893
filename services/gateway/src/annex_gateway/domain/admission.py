"""Who may go to the runner now, who waits and who is sent away: a limit that adapts, and fair turns.

Nothing here waits or asks for the time: every question carries its moment, and answers are tickets.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from annex_shared.ids import TenantId

# Of 12 turns that all could take: 8 for callers, 3 for events, 1 for schedules. Nobody starves.
_TURNS = {"http": 8, "event": 3, "schedule": 1}
_ROUND = 24


class Priority(IntEnum):
    """Somebody waits for the first; the others are tried again by themselves. Smaller goes first."""

    INTERACTIVE = 0
    EVENT = 1
    SCHEDULE = 2

    @classmethod
    def of(cls, trigger: Literal["http", "event", "schedule"]) -> "Priority":
        return {"http": cls.INTERACTIVE, "event": cls.EVENT, "schedule": cls.SCHEDULE}[trigger]


_STRIDES = tuple(_ROUND // _TURNS[trigger] for trigger in ("http", "event", "schedule"))


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """How many may be at the runner and how long others wait for their turn."""

    fewest: int = 4
    first: int = 100
    most: int = 500
    waiting: int = 1_000
    # Of the places, for one tenant while others wait.
    share: float = 0.6
    target_seconds: float = 0.1
    interval_seconds: float = 0.1
    # What is left of the limit after the runner said that it has too much to do.
    reduction: float = 0.9
    cooling_seconds: float = 0.1


@dataclass(slots=True)
class Limit:
    """Grows by one per success until the first overload, then by one per full round of successes."""

    policy: AdmissionPolicy
    _size: float = field(init=False)
    _is_cautious: bool = False
    _reduced_at: float = float("-inf")

    def __post_init__(self) -> None:
        self._size = float(max(self.policy.fewest, min(self.policy.first, self.policy.most)))

    @property
    def places(self) -> int:
        return int(self._size)

    def succeeded(self, *, taken: int) -> None:
        """Grow only where the limit is what holds calls back."""
        if taken * 2 >= self.places:
            grown = self._size + (1 / self._size if self._is_cautious else 1)
            self._size = min(grown, float(self.policy.most))

    def overloaded(self, now: float) -> None:
        """Shrink, once for all the calls that were under way together."""
        if now - self._reduced_at < self.policy.cooling_seconds:
            return
        self._reduced_at, self._is_cautious = now, True
        self._size = max(self._size * self.policy.reduction, float(self.policy.fewest))


@dataclass(eq=False, slots=True)
class Ticket:
    """One call's place: in the queue, at the runner, or nowhere any more."""

    tenant_id: TenantId
    priority: Priority
    arrived_at: float
    state: Literal["waiting", "admitted", "over"] = "waiting"


@dataclass(slots=True)
class _Lane:
    """The waiting calls of one priority: tenants take turns, each tenant's calls in their order."""

    tenants: OrderedDict[TenantId, deque[Ticket]] = field(default_factory=OrderedDict)
    turn: float = 0.0
    length: int = 0

    def add(self, ticket: Ticket) -> None:
        self.tenants.setdefault(ticket.tenant_id, deque()).append(ticket)
        self.length += 1

    def remove(self, ticket: Ticket) -> None:
        queue = self.tenants[ticket.tenant_id]
        queue.remove(ticket)
        self.length -= 1
        if not queue:
            del self.tenants[ticket.tenant_id]

    def take(self, tenant_id: TenantId) -> Ticket:
        """Take a tenant's oldest call; the tenant's next turn comes after all the others'."""
        ticket = self.tenants[tenant_id][0]
        self.remove(ticket)
        if tenant_id in self.tenants:
            self.tenants.move_to_end(tenant_id)
        return ticket

    def newest_of_the_longest(self) -> Ticket:
        return max(self.tenants.values(), key=len)[-1]


@dataclass(slots=True)
class Admission:
    """The places at the runner and the queue in front of them.

    Every ticket that ``arrive`` hands out ends in ``leave`` or ``give_up``; both return whose turn it is.
    """

    policy: AdmissionPolicy
    limit: Limit = field(init=False)
    taken: int = 0
    waiting: int = 0
    _held: dict[TenantId, int] = field(default_factory=dict)
    _lanes: tuple[_Lane, ...] = field(default_factory=lambda: tuple(_Lane() for _ in Priority))
    _turn: float = 0.0
    # Since when the oldest call has waited longer than it should.
    _late_since: float | None = None

    def __post_init__(self) -> None:
        self.limit = Limit(self.policy)

    def has_room(self, tenant_id: TenantId, priority: Priority) -> bool:
        """Say whether a call that arrived now would at least wait; takes nothing."""
        return self.waiting < self.policy.waiting or self._victim(tenant_id, priority) is not None

    def arrive(self, tenant_id: TenantId, priority: Priority, now: float) -> tuple[Ticket, Ticket | None]:
        """Admit a call or let it wait; at a full queue somebody's ticket is over, perhaps this one's.

        Returns the call's ticket and the ticket of who was sent away for it.
        """
        ticket = Ticket(tenant_id, priority, now)
        if self.waiting == 0 and self.taken < self.limit.places:
            self._admit(ticket)
            return ticket, None
        sent_away = None
        if self.waiting >= self.policy.waiting:
            sent_away = self._victim(tenant_id, priority)
            if sent_away is None:
                ticket.state = "over"
                return ticket, ticket
            self._drop(sent_away)
        lane = self._lanes[priority]
        if lane.length == 0:
            # Who was away has no turns in hand.
            lane.turn = max(lane.turn, self._turn)
        lane.add(ticket)
        self.waiting += 1
        return ticket, sent_away

    def leave(self, ticket: Ticket, now: float, *, is_overload: bool | None) -> list[Ticket]:
        """Give a place back. ``is_overload``: what the runner's answer said; None if there was none."""
        ticket.state = "over"
        self.taken -= 1
        held = self._held[ticket.tenant_id] - 1
        if held:
            self._held[ticket.tenant_id] = held
        else:
            del self._held[ticket.tenant_id]
        if is_overload:
            self.limit.overloaded(now)
        elif is_overload is False:
            self.limit.succeeded(taken=self.taken + 1)
        return self._fill(now)

    def give_up(self, ticket: Ticket, now: float) -> list[Ticket]:
        """Take a ticket back, whatever became of it in the meantime."""
        if ticket.state == "admitted":
            return self.leave(ticket, now, is_overload=None)
        if ticket.state == "waiting":
            self._drop(ticket)
            self._note_delay(now)
        # Who waited behind a tenant over its share may go now that nobody else waits.
        return self._fill(now)

    def patience(self, ticket: Ticket, now: float) -> float:
        """Return how long a waiting call may still wait, as things are; 0 or less: send it away.

        Each may wait for the target. Once the queue has been late for an interval, nobody waits longer.
        """
        self._note_delay(now)
        until = ticket.arrived_at + self.policy.target_seconds
        if self._late_since is None:
            oldest = self._oldest()
            late_since = (ticket if oldest is None else oldest).arrived_at + self.policy.target_seconds
        else:
            late_since = self._late_since
        return max(until, late_since + self.policy.interval_seconds) - now

    def _fill(self, now: float) -> list[Ticket]:
        admitted: list[Ticket] = []
        while self.taken < self.limit.places and self.waiting:
            ticket = self._next()
            self._admit(ticket)
            admitted.append(ticket)
            self._note_delay(now)
        return admitted

    def _next(self) -> Ticket:
        """Take the next call of the priority whose turn it is, by a tenant within its share if there is one.

        Somebody waits.
        """
        most = max(1, int(self.limit.places * self.policy.share))
        waiting = [
            (lane.turn, priority, tenant_id)
            for priority, lane in zip(Priority, self._lanes, strict=True)
            for tenant_id in lane.tenants
        ]
        modest = [turn for turn in waiting if self._held.get(turn[2], 0) < most]
        # The first of the lowest: tenants stand in their lane in the order of their turns.
        self._turn, priority, tenant_id = min(modest or waiting, key=lambda turn: turn[:2])
        lane = self._lanes[priority]
        lane.turn += _STRIDES[priority]
        self.waiting -= 1
        return lane.take(tenant_id)

    def _admit(self, ticket: Ticket) -> None:
        ticket.state = "admitted"
        self.taken += 1
        self._held[ticket.tenant_id] = self._held.get(ticket.tenant_id, 0) + 1

    def _drop(self, ticket: Ticket) -> None:
        ticket.state = "over"
        self._lanes[ticket.priority].remove(ticket)
        self.waiting -= 1

    def _victim(self, tenant_id: TenantId, priority: Priority) -> Ticket | None:
        """Name who makes room: of less priority, or of the same and of a tenant that waits more often."""
        for lane in reversed(self._lanes[priority + 1 :]):
            if lane.length:
                return lane.newest_of_the_longest()
        lane = self._lanes[priority]
        if not lane.length:
            return None
        victim = lane.newest_of_the_longest()
        mine = len(lane.tenants.get(tenant_id, ()))
        return victim if len(lane.tenants[victim.tenant_id]) > mine + 1 else None

    def _oldest(self) -> Ticket | None:
        heads: Iterator[Ticket] = (queue[0] for lane in self._lanes for queue in lane.tenants.values())
        return min(heads, key=lambda ticket: ticket.arrived_at, default=None)

    def _note_delay(self, now: float) -> None:
        oldest = self._oldest()
        if oldest is None or now - oldest.arrived_at <= self.policy.target_seconds:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = oldest.arrived_at + self.policy.target_seconds
