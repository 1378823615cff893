"""Wait until a process stands at a lock in the test's own database, as PostgreSQL sees it."""

import asyncio

import asyncpg

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
"""


async def until_somebody_waits(connection: asyncpg.Connection, *, seconds: float = 20) -> None:
    await until_there(connection, _WAITING, seconds=seconds)


async def until_there(connection: asyncpg.Connection, count: str, *, seconds: float = 20) -> None:
    """Ask again and again until ``count`` is not zero. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await connection.fetchval(count):
            await asyncio.sleep(0.02)
            # Inside a transaction the first look at who waits would be shown again for ever.
            await connection.execute("SELECT pg_stat_clear_snapshot()")
