"""The queue of dispatches in PostgreSQL: leases with a fence, attempts, history."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg import Connection, Record

from annex_runner_proxy.adapters.postgres.database import Database
from annex_runner_proxy.adapters.postgres.statements import DISPATCHES, SCHEDULES
from annex_runner_proxy.domain.dispatches import Attempted, Dispatch, Kind, Lease, State, Verdict
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.kept import QueueState
from annex_shared.contracts.schedules import DispatchView, attempts_of
from annex_shared.ids import InstallId, TenantId

_FORGET_AT_ONCE = 1_000
PAUSED_BY_FAILURES = "Paused after {failures} failed runs in a row. Correct the cause and enable it again."


@dataclass(frozen=True, slots=True)
class PostgresDispatches:
    """Meets ``Dispatches``."""

    database: Database

    async def claim(self, *, now: datetime, owner: UUID, until: datetime) -> Lease | None:
        try:
            async with self.database.of_platform() as connection:
                row = await connection.fetchrow(DISPATCHES["claim"], now, owner, until)
                if row is None:
                    return None
                lease = _to_lease(row)
                dispatch = lease.dispatch
                await connection.execute(
                    DISPATCHES["note_lost_attempts"], dispatch.tenant_id, dispatch.id, now
                )
                await connection.execute(
                    DISPATCHES["begin_attempt"], dispatch.tenant_id, dispatch.id, lease.attempt, now
                )
                return lease
        except asyncpg.UniqueViolationError:
            # Another replica began with another event of the same install at this moment.
            return None

    async def settle(
        self, lease: Lease, attempted: Attempted, verdict: Verdict, *, now: datetime, pause_after: int
    ) -> bool:
        dispatch = lease.dispatch
        async with self.database.of_platform() as connection:
            settled = await connection.fetchval(
                DISPATCHES["settle"],
                dispatch.tenant_id,
                dispatch.id,
                lease.fence,
                verdict.state.value,
                verdict.next_attempt_at,
                int(attempted.is_charged),
                attempted.status,
                attempted.error_code,
                attempted.error,
                now,
            )
            if settled is None:
                return False
            await connection.execute(
                DISPATCHES["end_attempt"],
                dispatch.tenant_id,
                dispatch.id,
                lease.attempt,
                "succeeded" if attempted.is_success else "failed",
                attempted.status,
                attempted.error_code,
                attempted.error,
                attempted.execution_id,
                now,
            )
            if dispatch.kind is Kind.SCHEDULE and verdict.state is not State.WAITING:
                await _note_run(connection, dispatch, attempted, verdict, now, pause_after)
            return True

    async def state(self, *, now: datetime) -> QueueState:
        async with self.database.of_platform() as connection:
            rows = await connection.fetch(DISPATCHES["waiting_by_kind"], now)
            counts = await connection.fetchrow(DISPATCHES["dead_and_paused"])
        assert counts is not None  # noqa: S101 - a row of counts is always there
        return QueueState(
            oldest_due_seconds={Kind(row["kind"]): float(row["oldest_due_seconds"]) for row in rows},
            waiting={Kind(row["kind"]): row["waiting"] for row in rows},
            dead_deliveries=counts["dead"],
            paused_schedules=counts["paused"],
        )

    async def history(
        self,
        install: Install,
        kind: Kind,
        *,
        lane: str | None,
        state: str | None,
        before: int | None,
        limit: int,
    ) -> list[DispatchView]:
        async with self.database.of_tenant(install.tenant_id) as connection:
            rows = await connection.fetch(
                DISPATCHES["history"],
                install.tenant_id,
                install.install_id,
                kind.value,
                lane,
                state,
                before,
                limit,
            )
        return [_to_view(row) for row in rows]

    async def replay(self, install: Install, delivery_id: UUID, *, now: datetime) -> bool:
        async with self.database.of_tenant(install.tenant_id) as connection:
            replayed = await connection.fetchval(
                DISPATCHES["replay_delivery"], install.tenant_id, install.install_id, delivery_id, now
            )
        return replayed is not None

    async def forget_finished(self, before: datetime, *, sent_before: datetime) -> int:
        async with self.database.of_platform() as connection:
            await connection.execute(DISPATCHES["forget_rates"], sent_before)
            await connection.execute(DISPATCHES["forget_sent"], sent_before)
            done: str = await connection.execute(DISPATCHES["forget_finished"], before, _FORGET_AT_ONCE)
        return int(done.rpartition(" ")[2])

    async def known_installs(self) -> list[tuple[TenantId, InstallId]]:
        async with self.database.of_platform() as connection:
            rows = await connection.fetch(DISPATCHES["known_installs"])
        return [(TenantId(row["tenant_id"]), InstallId(row["install_id"])) for row in rows]

    async def forget_install(self, install_id: InstallId) -> None:
        async with self.database.of_platform() as connection:
            for what in ("schedules", "subscriptions", "revision", "dispatches"):
                await connection.execute(DISPATCHES[f"forget_{what}_of"], install_id)


async def _note_run(
    connection: Connection,
    dispatch: Dispatch,
    attempted: Attempted,
    verdict: Verdict,
    now: datetime,
    pause_after: int,
) -> None:
    """Write the end of a run into its schedule, which may be gone; pause it after too many failures."""
    schedule_id, is_failed = UUID(dispatch.lane), verdict.state is not State.SUCCEEDED
    error = attempted.error if is_failed else None
    failures = await connection.fetchval(
        SCHEDULES["note_run"], dispatch.tenant_id, schedule_id, now, verdict.state.value, error, is_failed
    )
    if failures is not None and failures >= pause_after:
        reason = PAUSED_BY_FAILURES.format(failures=failures)
        await connection.execute(SCHEDULES["pause_schedule"], dispatch.tenant_id, schedule_id, reason, now)


def _to_lease(row: Record) -> Lease:
    dispatch = Dispatch(
        id=row["id"],
        tenant_id=TenantId(row["tenant_id"]),
        install_id=InstallId(row["install_id"]),
        kind=Kind(row["kind"]),
        lane=row["lane"],
        cause=row["cause"],
        method=row["method"],
        path=row["path"],
        body=row["body"],
        due_at=row["due_at"],
        created_at=row["created_at"],
        event_id=row["event_id"],
    )
    return Lease(dispatch, row["fence"], row["attempts"], row["charged"])


def _to_view(row: Record) -> DispatchView:
    return DispatchView(
        id=str(row["id"]),
        install_id=str(row["install_id"]),
        source=row["lane"],
        cause=row["cause"],
        event_id=row["event_id"],
        due_at=row["due_at"],
        state=row["state"],
        status=row["status"],
        error_code=row["error_code"],
        error=row["error"],
        next_attempt_at=row["next_attempt_at"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        position=row["position"],
        attempts=attempts_of(row["attempt_list"]),
    )
