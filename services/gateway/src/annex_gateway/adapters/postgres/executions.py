"""Records of executions and of use as they are read: one tenant's, behind its row policy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from uuid import UUID

import asyncpg
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError

from annex_gateway.adapters.postgres.ledger import use_of_row
from annex_gateway.domain.errors import ExecutionLogUnavailable
from annex_gateway.domain.executions import (
    Cost,
    Execution,
    ExecutionPage,
    ExecutionWish,
    LimitHit,
    Place,
    Status,
)
from annex_gateway.domain.usage import UsageOfWindow, UsageWish
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_shared.postgres.queries import load_queries

_SECONDS = 5
# Rows that a page looks at, whatever is asked for: what makes every page cost little.
LOOKED_AT = 5_000
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_END = datetime(9000, 1, 1, tzinfo=UTC)
_LAST_ID = UUID(int=2**128 - 1)
_TIME_ORDERED = 7
# Our id is made as a run begins. The runner's is made after that, within a request's time, by another clock.
_AT_ONCE, _LATER = timedelta(seconds=2), timedelta(minutes=30)
_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "executions.sql")


class PostgresExecutions:
    """Meets ``Executions`` and ``UsageRecords``."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, tenant_id: TenantId, wish: ExecutionWish) -> ExecutionPage:
        behind = wish.behind or Place(_END, _LAST_ID)
        async with self.seeing(tenant_id) as connection:
            rows = await connection.fetch(
                _STATEMENTS["executions"],
                tenant_id,
                wish.since,
                wish.until,
                behind.started_at,
                behind.execution_id,
                LOOKED_AT,
                wish.extension_id,
                wish.request_id,
                wish.status is not None and wish.status is not Status.OK,
                wish.install_id,
                wish.status,
                wish.code,
                wish.trigger,
                wish.principal_id,
                wish.limit,
                wish.endpoint,
                wish.http_class,
                wish.min_duration_ms,
            )
        found = [_execution(row) for row in rows if row["execution_id"] is not None]
        return ExecutionPage(found, _next(rows[0], found, wish.limit))

    async def find(self, tenant_id: TenantId, execution_id: UUID) -> Execution | None:
        async with self.seeing(tenant_id) as connection:
            row = await connection.fetchrow(
                _STATEMENTS["execution"], tenant_id, execution_id, *_around(execution_id)
            )
        return None if row is None else _execution(row)

    async def usage(self, tenant_id: TenantId, wish: UsageWish) -> list[UsageOfWindow]:
        last = (_END.date(), _LAST_ID)
        async with self.seeing(tenant_id) as connection:
            rows = await connection.fetch(
                _STATEMENTS["usage"],
                tenant_id,
                wish.since,
                wish.until,
                wish.extension_id,
                wish.window.value,
                *(wish.behind or last),
                wish.limit,
            )
        return [
            UsageOfWindow(row["window_start"], ExtensionId(row["extension_id"]), use_of_row(row))
            for row in rows
        ]

    @asynccontextmanager
    async def seeing(self, tenant_id: TenantId) -> AsyncIterator[asyncpg.Connection]:
        """Open a transaction that sees the rows of one tenant."""
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._pool.acquire() as connection,
                connection.transaction(readonly=True),
            ):
                await connection.execute(_STATEMENTS["see_tenant"], str(tenant_id))
                yield connection
        except (OSError, PostgresError, InterfaceError, InternalClientError) as error:
            raise ExecutionLogUnavailable(
                "The records of executions cannot be read right now; the fault is ours. Try again soon.",
                retry_after_seconds=1,
            ) from error


def _around(execution_id: UUID) -> tuple[datetime, datetime, datetime, datetime]:
    """Return between which moments a run began whose id, or whose runner's id, is this one.

    Ids of our form tell when they were made; another one can be a runner's only, of any time.
    """
    if execution_id.version != _TIME_ORDERED:
        return _END, _END, _BEGINNING, _END
    # The last times that an id can say are in no calendar.
    made = datetime.fromtimestamp(min((execution_id.int >> 80) / 1000, _END.timestamp()), UTC)
    return made - _AT_ONCE, made + _AT_ONCE, made - _LATER, made + _LATER


def _next(row: asyncpg.Record, found: list[Execution], limit: int) -> Place | None:
    """Go on behind the last one found, or behind where looking stopped; nothing was left when it did not."""
    if len(found) == limit:
        return Place(found[-1].started_at, found[-1].execution_id)
    if row["looked_at"] == LOOKED_AT:
        return Place(row["last_started_at"], row["last_execution_id"])
    return None


def _execution(row: asyncpg.Record) -> Execution:
    return Execution(
        tenant_id=TenantId(row["tenant_id"]),
        execution_id=row["execution_id"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        extension_id=ExtensionId(row["extension_id"]),
        install_id=InstallId(row["install_id"]),
        version_id=VersionId(row["version_id"]),
        content_hash=ContentHash.parse(row["content_hash"]),
        request_id=row["request_id"],
        trace_id=row["trace_id"],
        trigger=row["trigger"],
        principal_id=row["principal_id"],
        method=row["method"],
        endpoint=row["endpoint"],
        status=Status(row["status"]),
        policy=row["policy"],
        code=row["code"],
        http_status=row["http_status"],
        duration_ms=row["duration_ms"],
        cost=None if row["cpu_ms"] is None else _cost(row),
        limit=None if row["limit_kind"] is None else LimitHit(row["limit_kind"], row["limit_value"]),
        schedule_id=row["schedule_id"],
        event_id=row["event_id"],
        attempt=row["attempt"],
    )


def _cost(row: asyncpg.Record) -> Cost:
    return Cost(
        runner_execution_id=row["runner_execution_id"],
        cpu_ms=row["cpu_ms"],
        memory_bytes=row["memory_bytes"],
        fuel=row["fuel"],
        host_calls=row["host_calls"],
        subrequests=row["subrequests"],
        egress_bytes=row["egress_bytes"],
        effects=row["effects"],
    )
