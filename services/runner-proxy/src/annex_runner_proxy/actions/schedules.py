"""Keep an install's schedules: the same rules for its guest and for the people who administer it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from annex_runner_proxy.domain.dispatches import Cause, Dispatch, Kind
from annex_runner_proxy.domain.errors import (
    ScheduleLimitReached,
    ScheduleNotFound,
    ScheduleRateLimited,
    ScheduleStillRunning,
)
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.kept import ScheduleChanges, Schedules, Versions
from annex_runner_proxy.domain.schedules import (
    MAX_SCHEDULES,
    MUTATIONS_PER_MINUTE,
    RUNS_NOW_PER_MINUTE,
    Endpoint,
    Schedule,
    ScheduleTerms,
    ScheduleWish,
    settle,
)
from annex_shared.clock import Clock, NewId

_CHANGE, _RUN_NOW = "schedule-change", "schedule-run-now"
_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SchedulePorts:
    """What keeping schedules needs around it."""

    schedules: Schedules
    versions: Versions
    clock: Clock
    new_id: NewId


async def endpoints_of(install: Install, *, ports: SchedulePorts) -> Sequence[Endpoint]:
    """Return the installed version's endpoints. Raises RegistryUnavailable."""
    return (await ports.versions.contents(install)).endpoints


async def create_schedule(wish: ScheduleWish, install: Install, *, ports: SchedulePorts) -> Schedule:
    """Add a schedule. Raises InvalidSchedule, ScheduleLimitReached, ScheduleNameTaken and others."""
    terms = settle(wish, await endpoints_of(install, ports=ports))
    now = ports.clock.now()
    schedule = Schedule(
        id=ports.new_id(),
        tenant_id=install.tenant_id,
        install_id=install.install_id,
        endpoint=terms.endpoint,
        cron=terms.cron,
        is_enabled=terms.is_enabled,
        name=terms.name,
        payload=terms.payload,
        next_run_at=_next_run(terms, now),
        created_at=now,
        updated_at=now,
    )
    async with ports.schedules.changing(install) as changes:
        await _draw_change(changes, install, now)
        if await changes.count() >= MAX_SCHEDULES:
            raise ScheduleLimitReached(
                f"An install may have {MAX_SCHEDULES} schedules. Delete one that is not needed any more.",
                details={"limit": MAX_SCHEDULES},
            )
        await changes.add(schedule)
    return schedule


async def change_schedule(
    schedule_id: UUID, wish: ScheduleWish, install: Install, *, ports: SchedulePorts
) -> Schedule:
    """Change the named fields. Raises as ``create_schedule``, and ScheduleNotFound."""
    endpoints = await endpoints_of(install, ports=ports)
    now = ports.clock.now()
    async with ports.schedules.changing(install) as changes:
        before = await changes.find(schedule_id)
        if before is None:
            raise _not_found(schedule_id)
        terms = settle(wish, endpoints, before=before)
        await _draw_change(changes, install, now)
        after = replace(
            before,
            endpoint=terms.endpoint,
            cron=terms.cron,
            is_enabled=terms.is_enabled,
            name=terms.name,
            payload=terms.payload,
            next_run_at=_next_run(terms, now),
            updated_at=now,
            paused_reason=None,
            failures_in_a_row=0,
        )
        await changes.save(after)
    return after


async def delete_schedule(schedule_id: UUID, install: Install, *, ports: SchedulePorts) -> None:
    """Delete a schedule; a run that waits is not begun. Raises ScheduleNotFound, ScheduleRateLimited."""
    now = ports.clock.now()
    async with ports.schedules.changing(install) as changes:
        await _draw_change(changes, install, now)
        if not await changes.delete(schedule_id, now=now):
            raise _not_found(schedule_id)


async def find_schedule(schedule_id: UUID, install: Install, *, ports: SchedulePorts) -> Schedule:
    """Return one schedule. Raises ScheduleNotFound."""
    schedule = await ports.schedules.find(install, schedule_id)
    if schedule is None:
        raise _not_found(schedule_id)
    return schedule


async def run_now(schedule_id: UUID, install: Install, *, ports: SchedulePorts) -> UUID:
    """Queue a run at once, beside the clock's. Raises ScheduleNotFound, ScheduleStillRunning and others."""
    now = ports.clock.now()
    async with ports.schedules.changing(install) as changes:
        schedule = await changes.find(schedule_id)
        if schedule is None:
            raise _not_found(schedule_id)
        # The second row of the window makes it once a minute for one schedule.
        if not (
            await changes.is_within_rate(install.tenant_id, _RUN_NOW, now=now, limit=RUNS_NOW_PER_MINUTE)
            and await changes.is_within_rate(schedule_id, _RUN_NOW, now=now, limit=1)
        ):
            raise ScheduleRateLimited(
                f"A tenant may run {RUNS_NOW_PER_MINUTE} schedules by hand each minute, and each schedule "
                "once. Wait a minute.",
                retry_after_seconds=_WAIT_SECONDS,
            )
        run = run_of(schedule, due_at=now, now=now, cause="manual", run_id=ports.new_id())
        if not await changes.add_run(run):
            raise ScheduleStillRunning(
                "A run of this schedule has not ended yet. Look at its runs, then try again."
            )
    return run.id


def run_of(schedule: Schedule, *, due_at: datetime, now: datetime, cause: Cause, run_id: UUID) -> Dispatch:
    """Make the run of a schedule; its id is the idempotency key of every attempt."""
    return Dispatch(
        id=run_id,
        tenant_id=schedule.tenant_id,
        install_id=schedule.install_id,
        kind=Kind.SCHEDULE,
        lane=str(schedule.id),
        cause=cause,
        method=schedule.endpoint.method,
        path=schedule.endpoint.path,
        body=_body(schedule),
        due_at=due_at,
        created_at=now,
    )


def _body(schedule: Schedule) -> str | None:
    if schedule.endpoint.method == "GET":
        return None
    return schedule.payload if schedule.payload is not None else "{}"


async def _draw_change(changes: ScheduleChanges, install: Install, now: datetime) -> None:
    if not await changes.is_within_rate(install.install_id, _CHANGE, now=now, limit=MUTATIONS_PER_MINUTE):
        raise ScheduleRateLimited(
            f"An install's schedules may be changed {MUTATIONS_PER_MINUTE} times a minute. Wait a minute.",
            retry_after_seconds=_WAIT_SECONDS,
        )


def _next_run(terms: ScheduleTerms, now: datetime) -> datetime | None:
    return terms.cron.next_after(now) if terms.is_enabled else None


def _not_found(schedule_id: UUID) -> ScheduleNotFound:
    return ScheduleNotFound(
        f"The install has no schedule {schedule_id}.", details={"schedule_id": str(schedule_id)}
    )
