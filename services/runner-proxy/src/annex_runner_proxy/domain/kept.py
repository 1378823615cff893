"""What is kept of schedules, dispatches and subscriptions, as the database offers it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from annex_runner_proxy.domain.dispatches import Attempted, AttemptOutcome, Dispatch, Kind, Lease, Verdict
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.schedules import Endpoint, Schedule
from annex_shared.contracts.schedules import DispatchView, SubscriptionView
from annex_shared.ids import ExtensionId, InstallId, TenantId


class ScheduleChanges(Protocol):
    """One change of an install's schedules; nobody else changes them meanwhile."""

    async def is_within_rate(self, subject: UUID, action: str, *, now: datetime, limit: int) -> bool:
        """Count one more in this minute, and say whether it is still within the limit."""
        ...

    async def count(self) -> int: ...

    async def find(self, schedule_id: UUID) -> Schedule | None: ...

    async def add(self, schedule: Schedule) -> None:
        """Add it. Raises ScheduleNameTaken."""
        ...

    async def save(self, schedule: Schedule) -> None:
        """Replace what a person chose. Raises ScheduleNameTaken."""
        ...

    async def delete(self, schedule_id: UUID, *, now: datetime) -> bool: ...

    async def add_run(self, run: Dispatch) -> bool:
        """Queue a run; say no while another run of the schedule has not ended."""
        ...


class Schedules(Protocol):
    """Every method raises DatabaseUnavailable."""

    async def of_install(self, install: Install) -> list[Schedule]: ...

    async def find(self, install: Install, schedule_id: UUID) -> Schedule | None: ...

    def changing(self, install: Install) -> AbstractAsyncContextManager[ScheduleChanges]: ...

    async def due(self, now: datetime, *, limit: int) -> list[Schedule]:
        """Return schedules of all tenants whose time has come, longest due first."""
        ...

    async def plan(self, schedule: Schedule, run: Dispatch | None, *, next_run_at: datetime) -> bool:
        """Move the schedule on and queue its run, or note that it was skipped; both or neither.

        Say no when another replica was faster. Without ``run`` the time passes unused.
        """
        ...

    async def pause(self, schedule: Schedule, reason: str, *, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue of the whole platform is; a kind of which nothing waits is not named."""

    oldest_due_seconds: Mapping[Kind, float]
    waiting: Mapping[Kind, int]
    dead_deliveries: int
    paused_schedules: int


class DispatchMeter(Protocol):
    """Hears what became of attempts, and how the queue is. It never waits or fails."""

    def attempted(self, kind: Kind, outcome: AttemptOutcome) -> None: ...

    def queue_is(self, state: QueueState) -> None: ...


class Dispatches(Protocol):
    """The queue of what is to be sent. Every method raises DatabaseUnavailable."""

    async def state(self, *, now: datetime) -> QueueState: ...

    async def claim(self, *, now: datetime, owner: UUID, until: datetime) -> Lease | None:
        """Lease the dispatch that has waited longest; one whose lease ran out counts as waiting."""
        ...

    async def settle(
        self, lease: Lease, attempted: Attempted, verdict: Verdict, *, now: datetime, pause_after: int
    ) -> bool:
        """Record how the attempt ended. Say no when the lease was lost meanwhile; nothing is written then."""
        ...

    async def history(
        self,
        install: Install,
        kind: Kind,
        *,
        lane: str | None,
        state: str | None,
        before: int | None,
        limit: int,
    ) -> list[DispatchView]: ...

    async def replay(self, install: Install, delivery_id: UUID, *, now: datetime) -> bool: ...

    async def forget_finished(self, before: datetime, *, sent_before: datetime) -> int: ...

    async def known_installs(self) -> list[tuple[TenantId, InstallId]]: ...

    async def forget_install(self, install_id: InstallId) -> None: ...


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event as subscriptions see it; the ids say whom it concerns, None is everybody."""

    topic: str
    event_id: str
    body: str
    tenant_id: TenantId | None = None
    install_id: InstallId | None = None
    extension_id: ExtensionId | None = None


class Subscriptions(Protocol):
    """Every method raises DatabaseUnavailable."""

    async def follow(self, install: Install, topics: Mapping[str, str], *, now: datetime) -> bool:
        """Replace an install's rows, unless those of this revision or of a newer one are there."""
        ...

    async def revisions(self) -> Mapping[InstallId, int]: ...

    async def of_install(self, install: Install) -> list[SubscriptionView]: ...

    async def deliver(self, occurrence: Occurrence, *, now: datetime) -> int:
        """Queue an event for every subscription it concerns; a repeat adds nothing."""
        ...

    async def emit(
        self,
        install: Install,
        topic: str,
        data: Mapping[str, Any],
        *,
        event_key: UUID,
        now: datetime,
        limit: int,
    ) -> str | None:
        """Keep an event and queue it in one transaction; return its id, or None over the rate."""
        ...


@dataclass(frozen=True, slots=True)
class VersionContents:
    """What a version's manifest declares that can be called, and what it subscribes to."""

    endpoints: Sequence[Endpoint]
    subscriptions: Mapping[str, str]


class Versions(Protocol):
    async def contents(self, install: Install) -> VersionContents:
        """Return what the installed version declares. Raises RegistryUnavailable."""
        ...


class Gateway(Protocol):
    async def send(self, lease: Lease) -> Attempted:
        """Have the gateway run it. Every end is an ``Attempted``; nothing is raised."""
        ...
