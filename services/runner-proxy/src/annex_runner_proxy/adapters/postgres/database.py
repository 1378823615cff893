"""Transactions of one tenant or of the whole platform; a database that is away has one name."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import asyncpg
from asyncpg import Connection, Pool

from annex_runner_proxy.adapters.postgres.statements import SCHEDULES
from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_shared.ids import TenantId

_ACQUIRE_SECONDS = 5
# What says that PostgreSQL is away or busy, as opposed to a statement being wrong.
_UNAVAILABLE = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.exceptions.InterfaceError,
    asyncpg.exceptions.InternalClientError,
    OSError,
    TimeoutError,
)


@dataclass(frozen=True, slots=True)
class Database:
    """Opens transactions; ``pool`` is None where nothing can be kept."""

    pool: Pool | None

    @asynccontextmanager
    async def of_tenant(self, tenant_id: TenantId) -> AsyncIterator[Connection]:
        """Open a transaction that sees one tenant's rows only. Raises DatabaseUnavailable."""
        with _named():
            async with self._pool().acquire(timeout=_ACQUIRE_SECONDS) as connection, connection.transaction():
                await connection.execute(SCHEDULES["act_for_tenant"], str(tenant_id))
                yield connection

    @asynccontextmanager
    async def of_platform(self) -> AsyncIterator[Connection]:
        """Open a transaction that sees every tenant's rows. Raises DatabaseUnavailable."""
        with _named():
            async with self._pool().acquire(timeout=_ACQUIRE_SECONDS) as connection, connection.transaction():
                await connection.execute(SCHEDULES["become_dispatcher"])
                await connection.execute(SCHEDULES["act_for_platform"])
                yield connection

    def _pool(self) -> Pool:
        if self.pool is None:
            raise DatabaseUnavailable("This runner-proxy has no database: DATABASE_URL is not set.")
        return self.pool


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        if isinstance(error, ValueError):
            # asyncpg's name for an argument that does not fit its parameter: our mistake, not a bad moment.
            raise
        raise DatabaseUnavailable(
            "The database did not answer in time; the fault is ours. Send the same request again.",
            retry_after_seconds=1,
        ) from error
