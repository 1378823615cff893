"""Turn due schedules into runs: once each, never two of one schedule, none of a disabled install."""

from dataclasses import dataclass

import structlog

from annex_runner_proxy.actions.find_install import find_install
from annex_runner_proxy.actions.schedules import SchedulePorts, run_of
from annex_runner_proxy.domain.cron import LEAST_INTERVAL, NotACron, NotATimezone
from annex_runner_proxy.domain.errors import InstallNotFound, RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.kept import Dispatches
from annex_runner_proxy.domain.ports import InstallRecords
from annex_runner_proxy.domain.schedules import Schedule

_AT_ONCE = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PlanningPorts:
    """What planning needs around it."""

    keeping: SchedulePorts
    dispatches: Dispatches
    installs: InstallTable
    records: InstallRecords


async def plan_due_schedules(*, ports: PlanningPorts) -> int:
    """Plan what is due, and say how much was. Raises DatabaseUnavailable.

    What cannot be judged now stays due. However many times a schedule missed while nobody
    planned, it runs once and goes on from now.
    """
    due = await ports.keeping.schedules.due(ports.keeping.clock.now(), limit=_AT_ONCE)
    planned = 0
    for schedule in due:
        try:
            planned += await _plan(schedule, ports=ports)
        except RegistryUnavailable:
            log.warning("schedule_not_planned", schedule_id=str(schedule.id), reason="registry_unavailable")
    return planned


async def _plan(schedule: Schedule, *, ports: PlanningPorts) -> bool:
    keeping = ports.keeping
    now = keeping.clock.now()
    try:
        install = await find_install(
            schedule.install_id, schedule.tenant_id, installs=ports.installs, records=ports.records
        )
    except InstallNotFound:
        log.info("install_forgotten", install_id=str(schedule.install_id), reason="uninstalled")
        await ports.dispatches.forget_install(schedule.install_id)
        return False
    reason = schedule.missing_endpoint((await keeping.versions.contents(install)).endpoints)
    if reason is not None:
        await keeping.schedules.pause(schedule, reason, now=now)
        return False
    due_at = schedule.next_run_at or now
    try:
        next_run_at = schedule.cron.next_after(now, not_before=due_at + LEAST_INTERVAL)
    except (NotACron, NotATimezone) as error:
        # The time zone data of this machine knows the zone no more.
        await keeping.schedules.pause(schedule, str(error), now=now)
        return False
    run = run_of(schedule, due_at=due_at, now=now, cause="clock", run_id=keeping.new_id())
    return await keeping.schedules.plan(
        schedule, run if install.is_enabled else None, next_run_at=next_run_at
    )
