"""The record of executions as it is written: one statement for a batch and for the use it adds up to."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from importlib.resources import files
from typing import Any

import asyncpg
from asyncpg.exceptions import (
    CheckViolationError,
    DataError,
    IntegrityConstraintViolationError,
    InterfaceError,
    InternalClientError,
    PostgresError,
)

from annex_gateway.domain.executions import Cost, Execution, ExecutionLogAway, ExecutionRefused
from annex_gateway.domain.usage import DayOfUse, Use
from annex_shared.ids import ExtensionId, TenantId
from annex_shared.postgres.pool import open_pool
from annex_shared.postgres.queries import load_queries

_SECONDS = 5
# One writes, one reads what others wrote or tidies up.
_CONNECTIONS = 2
# The row policies let a session of this scope write, and see what quotas need of all tenants. A commit that
# was answered is on disk, whatever the server's own default is.
_SESSION = {"app.scope": "ledger", "synchronous_commit": "on"}
_NO_PARTITION = "no partition of relation"
# More than any server keeps: a partition that is missing is made, and none dropped on the way.
_FOR_EVER_DAYS = 100_000
_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "executions.sql")
_NO_COST = Cost()


class PostgresLedger:
    """Meets ``Ledger``."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, executions: Sequence[Execution]) -> list[DayOfUse]:
        columns = [list(column) for column in zip(*map(_row, executions), strict=True)]
        async with _asking():
            try:
                rows = await self._pool.fetch(_STATEMENTS["add_executions"], *columns)
            except CheckViolationError as error:
                if _NO_PARTITION not in str(error):
                    raise
                await self._pool.fetchval(_STATEMENTS["keep_execution_log"], _FOR_EVER_DAYS)
                rows = await self._pool.fetch(_STATEMENTS["add_executions"], *columns)
        return [_day(row) for row in rows]

    async def use_of(self, tenants: Sequence[TenantId], *, since: date) -> list[DayOfUse]:
        async with _asking():
            rows = await self._pool.fetch(_STATEMENTS["usage_of_tenants"], [*tenants], since)
        return [_day(row) for row in rows]

    async def tidy(self, *, keep_days: int) -> int:
        async with _asking():
            return int(await self._pool.fetchval(_STATEMENTS["keep_execution_log"], keep_days))

    async def ping(self) -> str:
        async with _asking():
            await self._pool.fetchval("SELECT 1")
        return "reachable"


@asynccontextmanager
async def postgres_ledger(url: str, *, application: str, schema: str) -> AsyncIterator[PostgresLedger]:
    """Open connections of the ledger's own, so that records never wait for a connection others use."""
    async with open_pool(
        url, application=f"{application}-ledger", schema=schema, max_size=_CONNECTIONS, settings=_SESSION
    ) as pool:
        yield PostgresLedger(pool)


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    """Bound the wait, and tell records that cannot be kept from a database that cannot keep them now."""
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except (DataError, IntegrityConstraintViolationError) as error:
        raise ExecutionRefused(str(error)) from error
    except (OSError, PostgresError, InterfaceError, InternalClientError) as error:
        raise ExecutionLogAway(str(error)) from error


def _row(execution: Execution) -> Iterable[Any]:
    cost = execution.cost or _NO_COST
    has_cost = execution.cost is not None
    return (
        execution.tenant_id,
        execution.execution_id,
        execution.started_at,
        execution.finished_at,
        execution.extension_id,
        execution.install_id,
        execution.version_id,
        str(execution.content_hash),
        execution.request_id,
        execution.trace_id,
        execution.trigger,
        execution.principal_id,
        execution.method,
        execution.endpoint,
        execution.status.value,
        execution.policy,
        execution.code,
        execution.http_status,
        execution.duration_ms,
        cost.runner_execution_id,
        cost.cpu_ms if has_cost else None,
        cost.memory_bytes if has_cost else None,
        cost.fuel,
        cost.host_calls if has_cost else None,
        cost.subrequests if has_cost else None,
        cost.egress_bytes if has_cost else None,
        cost.effects if has_cost else None,
        execution.schedule_id,
        execution.event_id,
        execution.attempt,
        int(execution.is_counted),
        cost.mem_mb_ms,
        None if execution.limit is None else execution.limit.kind,
        None if execution.limit is None else execution.limit.value,
    )


def _day(row: asyncpg.Record) -> DayOfUse:
    return DayOfUse(
        TenantId(row["tenant_id"]), ExtensionId(row["extension_id"]), row["window_start"], use_of_row(row)
    )


def use_of_row(row: asyncpg.Record) -> Use:
    return Use(row["invocations"], row["cpu_ms"], row["mem_mb_ms"], row["egress_bytes"])
