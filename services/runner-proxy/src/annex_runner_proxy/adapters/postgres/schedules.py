"""Schedules in PostgreSQL: one tenant's for people and guests, every tenant's for the planner."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg import Connection, Record

from annex_runner_proxy.adapters.postgres.database import Database
from annex_runner_proxy.adapters.postgres.statements import DISPATCHES, SCHEDULES
from annex_runner_proxy.domain.cron import Cron
from annex_runner_proxy.domain.dispatches import Dispatch
from annex_runner_proxy.domain.errors import ScheduleNameTaken
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.schedules import Endpoint, Schedule
from annex_shared.clock import NewId
from annex_shared.ids import InstallId, TenantId


@dataclass(frozen=True, slots=True)
class PostgresScheduleChanges:
    """Meets ``ScheduleChanges`` inside one transaction."""

    connection: Connection
    install: Install

    async def is_within_rate(self, subject: UUID, action: str, *, now: datetime, limit: int) -> bool:
        return await is_within_rate(self.connection, self.install.tenant_id, subject, action, now, limit)

    async def count(self) -> int:
        count: int = await self.connection.fetchval(
            SCHEDULES["count_schedules"], self.install.tenant_id, self.install.install_id
        )
        return count

    async def find(self, schedule_id: UUID) -> Schedule | None:
        return await _find(self.connection, self.install, schedule_id)

    async def add(self, schedule: Schedule) -> None:
        added = await self.connection.fetchval(
            SCHEDULES["add_schedule"],
            schedule.tenant_id,
            schedule.id,
            schedule.install_id,
            schedule.endpoint.method,
            schedule.endpoint.path,
            schedule.name,
            schedule.cron.text,
            schedule.cron.timezone,
            schedule.is_enabled,
            schedule.payload,
            schedule.next_run_at,
            schedule.created_at,
        )
        if added is None:
            raise _name_taken(schedule)

    async def save(self, schedule: Schedule) -> None:
        try:
            await self.connection.execute(
                SCHEDULES["save_schedule"],
                schedule.tenant_id,
                schedule.id,
                schedule.endpoint.method,
                schedule.endpoint.path,
                schedule.name,
                schedule.cron.text,
                schedule.cron.timezone,
                schedule.is_enabled,
                schedule.payload,
                schedule.next_run_at,
                schedule.updated_at,
            )
        except asyncpg.UniqueViolationError:
            raise _name_taken(schedule) from None

    async def delete(self, schedule_id: UUID, *, now: datetime) -> bool:
        tenant_id, install_id = self.install.tenant_id, self.install.install_id
        deleted = await self.connection.fetchval(
            SCHEDULES["delete_schedule"], tenant_id, install_id, schedule_id
        )
        if deleted is None:
            return False
        await self.connection.execute(
            SCHEDULES["cancel_waiting_runs"], tenant_id, install_id, str(schedule_id), now
        )
        return True

    async def add_run(self, run: Dispatch) -> bool:
        return await add_run(self.connection, run)


@dataclass(frozen=True, slots=True)
class PostgresSchedules:
    """Meets ``Schedules``."""

    database: Database
    new_id: NewId

    async def of_install(self, install: Install) -> list[Schedule]:
        async with self.database.of_tenant(install.tenant_id) as connection:
            rows = await connection.fetch(SCHEDULES["schedules"], install.tenant_id, install.install_id, None)
        return [_to_schedule(row) for row in rows]

    async def find(self, install: Install, schedule_id: UUID) -> Schedule | None:
        async with self.database.of_tenant(install.tenant_id) as connection:
            return await _find(connection, install, schedule_id)

    @asynccontextmanager
    async def changing(self, install: Install) -> AsyncIterator[PostgresScheduleChanges]:
        async with self.database.of_tenant(install.tenant_id) as connection:
            await connection.execute(SCHEDULES["change_one_at_a_time"], install.install_id)
            yield PostgresScheduleChanges(connection, install)

    async def due(self, now: datetime, *, limit: int) -> list[Schedule]:
        async with self.database.of_platform() as connection:
            rows = await connection.fetch(SCHEDULES["due_schedules"], now, limit)
        return [_to_schedule(row) for row in rows]

    async def plan(self, schedule: Schedule, run: Dispatch | None, *, next_run_at: datetime) -> bool:
        async with self.database.of_platform() as connection:
            moved = await connection.fetchval(
                SCHEDULES["advance_schedule"],
                schedule.tenant_id,
                schedule.id,
                schedule.next_run_at,
                next_run_at,
            )
            if moved is None:
                return False
            if run is not None and not await add_run(connection, run):
                await connection.execute(
                    DISPATCHES["add_skipped_run"],
                    run.tenant_id,
                    self.new_id(),
                    run.install_id,
                    run.lane,
                    run.method,
                    run.path,
                    run.due_at,
                    run.created_at,
                )
            return True

    async def pause(self, schedule: Schedule, reason: str, *, now: datetime) -> None:
        async with self.database.of_platform() as connection:
            await connection.execute(
                SCHEDULES["pause_schedule"], schedule.tenant_id, schedule.id, reason, now
            )


async def is_within_rate(
    connection: Connection, tenant_id: TenantId, subject: UUID, action: str, now: datetime, limit: int
) -> bool:
    used = await connection.fetchval(SCHEDULES["draw_from_rate"], tenant_id, subject, action, now, limit)
    return used is not None


async def add_run(connection: Connection, run: Dispatch) -> bool:
    added = await connection.fetchval(
        DISPATCHES["add_run"],
        run.tenant_id,
        run.id,
        run.install_id,
        run.lane,
        run.cause,
        run.method,
        run.path,
        run.body,
        run.due_at,
        run.created_at,
    )
    return added is not None


async def _find(connection: Connection, install: Install, schedule_id: UUID) -> Schedule | None:
    row = await connection.fetchrow(
        SCHEDULES["schedules"], install.tenant_id, install.install_id, schedule_id
    )
    return None if row is None else _to_schedule(row)


def _name_taken(schedule: Schedule) -> ScheduleNameTaken:
    return ScheduleNameTaken(
        f'Another schedule of this install is called "{schedule.name}". Choose another name.',
        details={"fields": {"name": "Another schedule has this name."}},
    )


def _to_schedule(row: Record) -> Schedule:
    return Schedule(
        id=row["id"],
        tenant_id=TenantId(row["tenant_id"]),
        install_id=InstallId(row["install_id"]),
        endpoint=Endpoint(row["method"], row["path"]),
        # Checked when it was written.
        cron=Cron(row["cron"], row["timezone"]),
        is_enabled=row["is_enabled"],
        name=row["name"],
        payload=row["payload"],
        next_run_at=row["next_run_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        paused_reason=row["paused_reason"],
        failures_in_a_row=row["failures_in_a_row"],
        last_run_at=row["last_run_at"],
        last_run_status=row["last_run_status"],
        last_error=row["last_error"],
    )
