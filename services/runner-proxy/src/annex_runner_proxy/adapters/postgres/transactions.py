"""One transaction for one tenant, which ends in time whatever the database does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from asyncpg import Connection, Pool

from annex_runner_proxy.adapters.postgres.statements import STORAGE
from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_shared.ids import TenantId

# The database ends an overdue statement itself; a connection that does not say so is given up after this.
_GRACE_SECONDS = 0.15
# What says that PostgreSQL is away or busy, as opposed to a statement being wrong.
_UNAVAILABLE = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.exceptions.InterfaceError,
    # What asyncpg says of a connection that the server ended while it was being used for the next statement.
    asyncpg.exceptions.InternalClientError,
    OSError,
    TimeoutError,
)


@asynccontextmanager
async def for_tenant(pool: Pool, tenant_id: TenantId, *, seconds: float) -> AsyncIterator[Connection]:
    """Act for one tenant until the block ends, then commit. Raises DatabaseUnavailable."""
    milliseconds = str(max(1, round(seconds * 1000)))
    async with _transaction(pool, seconds=seconds) as connection:
        await connection.execute(STORAGE["act_for_tenant"], str(tenant_id), milliseconds)
        yield connection


@asynccontextmanager
async def for_whole_platform(pool: Pool, *, seconds: float) -> AsyncIterator[Connection]:
    """See, as the role that may, which installs of all tenants there are. Raises DatabaseUnavailable."""
    async with _transaction(pool, seconds=seconds) as connection:
        await connection.execute(STORAGE["become_reader"])
        await connection.execute(STORAGE["read_whole_platform"])
        yield connection


@asynccontextmanager
async def _transaction(pool: Pool, *, seconds: float) -> AsyncIterator[Connection]:
    deadline = asyncio.get_running_loop().time() + seconds + _GRACE_SECONDS
    with _unavailable_is_unreachable():
        connection = await pool.acquire(timeout=max(seconds, _GRACE_SECONDS))
        try:
            async with asyncio.timeout_at(deadline), connection.transaction():
                yield connection
        except (TimeoutError, asyncio.CancelledError):
            # Nothing that is waited for politely may follow: the database may be what does not answer.
            connection.terminate()
            raise
        finally:
            await pool.release(connection, timeout=_GRACE_SECONDS)


@contextmanager
def _unavailable_is_unreachable() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        if isinstance(error, ValueError):
            # asyncpg's name for an argument that does not fit its parameter: our mistake, not a bad moment.
            raise
        raise DatabaseUnavailable(f"The database did not answer: {type(error).__name__}.") from error
