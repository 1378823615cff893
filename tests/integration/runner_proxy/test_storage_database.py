"""Extension storage in a real database: walls between tenants, waits that end, and how it can be spread."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.postgres.statements import ALL_STATEMENTS
from annex_runner_proxy.adapters.postgres.storage import PostgresStorage
from annex_runner_proxy.adapters.postgres.storage_sweeps import PostgresStorageSweeps
from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_runner_proxy.domain.storage import ALWAYS, StorageOwner, Usage, Write
from annex_shared.ids import InstallId
from annex_shared.postgres.pool import open_pool
from integration.runner_proxy.platform import OTHER_TENANT, TENANT
from support.runner_proxy_database import as_application

TABLES = ("ext_storage_namespaces", "ext_storage_records", "ext_storage_usage")
# What one write may wait for in these tests, and what it must not come near.
SHORT_SECONDS = 0.2
PATIENCE_SECONDS = 5


@pytest.fixture(scope="module")
async def pool(runner_proxy_url: str) -> AsyncIterator[asyncpg.Pool]:
    url = as_application(runner_proxy_url)
    async with open_pool(url, application="tests", schema=SCHEMA, max_size=4) as pool:
        yield pool


@pytest.fixture
def storage(pool: asyncpg.Pool) -> PostgresStorage:
    return PostgresStorage(pool)


@pytest.fixture
def owner() -> StorageOwner:
    return StorageOwner(TENANT, InstallId(uuid4()))


@pytest.fixture
async def superuser(runner_proxy_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(runner_proxy_url, server_settings={"search_path": SCHEMA})
    yield connection
    await connection.close()


@asynccontextmanager
async def application(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(as_application(url), server_settings={"search_path": SCHEMA})
    try:
        yield connection
    finally:
        await connection.close()


async def put(storage: PostgresStorage, owner: StorageOwner, key: str = "a", **more: Any) -> None:
    seconds = more.pop("seconds", PATIENCE_SECONDS)
    write = Write(key, b"v", **more)
    await storage.put(owner, "notes", [write], before_writing=lambda: None, seconds=seconds)


async def usage(storage: PostgresStorage, owner: StorageOwner) -> Usage:
    return await storage.usage(owner, seconds=PATIENCE_SECONDS)


async def test_every_statement_fits_the_schema(runner_proxy_url: str) -> None:
    async with application(runner_proxy_url) as connection:
        prepared = {name: await connection.prepare(text) for name, text in ALL_STATEMENTS.items()}

    assert len(prepared) == len(ALL_STATEMENTS) > 15


# The wall between tenants.


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_sees_one_tenant_or_none(
    storage: PostgresStorage, owner: StorageOwner, runner_proxy_url: str, table: str
) -> None:
    await put(storage, owner)
    await put(storage, StorageOwner(OTHER_TENANT, owner.install_id))
    async with application(runner_proxy_url) as connection:
        nobody = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - names above
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(TENANT))
            seen = await connection.fetch(f"SELECT DISTINCT tenant_id FROM {table}")  # noqa: S608
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.scope', 'platform', true)")
            claimed = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608

    assert (nobody, claimed) == (0, 0)
    assert [row["tenant_id"] for row in seen] == [TENANT]


@pytest.mark.parametrize("table", TABLES)
async def test_another_tenants_rows_can_be_neither_written_nor_taken(
    storage: PostgresStorage,
    owner: StorageOwner,
    superuser: asyncpg.Connection,
    runner_proxy_url: str,
    table: str,
) -> None:
    theirs = StorageOwner(OTHER_TENANT, owner.install_id)
    await put(storage, theirs)
    row = await superuser.fetchrow(
        f"SELECT * FROM {table} WHERE tenant_id = $1 AND install_id = $2",  # noqa: S608 - names above
        OTHER_TENANT,
        owner.install_id,
    )
    foreign = {name: value for name, value in row.items() if name != "size_bytes"} | {"install_id": uuid4()}
    columns, values = ", ".join(foreign), ", ".join(f"${n + 1}" for n in range(len(foreign)))
    async with application(runner_proxy_url) as connection:
        await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(TENANT))
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                f"INSERT INTO {table}({columns}) VALUES ({values})",  # noqa: S608
                *foreign.values(),
            )
        taken = await connection.execute(f"DELETE FROM {table} WHERE tenant_id = $1", OTHER_TENANT)  # noqa: S608

    assert taken == "DELETE 0"


@pytest.mark.parametrize("column", ["key", "value", "metadata", "namespace"])
async def test_the_sweep_sees_neither_keys_nor_values(runner_proxy_url: str, column: str) -> None:
    async with application(runner_proxy_url) as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE runner_proxy_reader")
        await connection.execute("SELECT set_config('app.scope', 'platform', true)")
        await connection.fetch("SELECT tenant_id, install_id, expires_at FROM ext_storage_records")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT {column} FROM ext_storage_records")  # noqa: S608 - names above


async def test_every_table_with_a_tenant_is_behind_the_wall(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        """
        SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_walled
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'runner_proxy' AND c.relkind IN ('r', 'p')
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
        """
    )

    assert set(TABLES) <= {row["name"] for row in rows}
    assert [row["name"] for row in rows if not row["is_walled"]] == []


# What distribution by tenant_id asks for (ADR 22).


async def test_every_unique_index_begins_with_the_tenant(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        """
        SELECT (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = i.indkey[0]) AS first
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relname = ANY($1) AND i.indisunique
        """,
        list(TABLES),
    )

    assert len(rows) == len(TABLES)
    assert {row["first"] for row in rows} == {"tenant_id"}


async def test_nothing_hangs_on_the_one_node(superuser: asyncpg.Connection) -> None:
    hanging = await superuser.fetch(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relname = ANY($1) AND a.attnum > 0
          AND (a.attidentity <> '' OR pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL)
        UNION ALL
        SELECT c.relname FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE c.relname = ANY($1)
        UNION ALL
        SELECT c.relname FROM pg_class c JOIN pg_constraint f ON f.conrelid = c.oid
        WHERE c.relname = ANY($1) AND f.contype = 'f'
        """,
        list(TABLES),
    )

    assert hanging == []


# A database that does not answer.


async def waiting(superuser: asyncpg.Connection, count: int) -> list[int]:
    """Return the processes of ``count`` writers, once all of them wait for a lock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            # A transaction is shown its first picture of the sessions again, unless it asks for a new one.
            await superuser.execute("SELECT pg_stat_clear_snapshot()")
            rows = await superuser.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'tests' AND wait_event_type = 'Lock'"
            )
            if len(rows) == count:
                return [row["pid"] for row in rows]
            await asyncio.sleep(0.02)


@asynccontextmanager
async def locked(superuser: asyncpg.Connection, owner: StorageOwner) -> AsyncIterator[None]:
    """Hold the lock of an install's counters."""
    async with superuser.transaction():
        await superuser.execute(
            "SELECT 1 FROM ext_storage_usage WHERE install_id = $1 FOR UPDATE", owner.install_id
        )
        yield


async def test_a_write_that_waits_too_long_gives_up_and_leaves_nothing(
    storage: PostgresStorage, owner: StorageOwner, superuser: asyncpg.Connection
) -> None:
    await put(storage, owner)
    async with locked(superuser, owner):
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(DatabaseUnavailable):
                await put(storage, owner, "b", seconds=SHORT_SECONDS)

    assert await usage(storage, owner) == Usage(1, 1, 1)
    await put(storage, owner, "b")
    assert await usage(storage, owner) == Usage(2, 2, 1)


async def test_a_write_holds_up_no_reads_and_no_other_install(
    storage: PostgresStorage, owner: StorageOwner, superuser: asyncpg.Connection
) -> None:
    await put(storage, owner)
    async with locked(superuser, owner):
        found = await storage.get(owner, "notes", "a", seconds=PATIENCE_SECONDS)
        await put(storage, StorageOwner(TENANT, InstallId(uuid4())))

    assert found is not None


async def test_a_connection_that_breaks_leaves_nothing_half_written(
    storage: PostgresStorage, owner: StorageOwner, superuser: asyncpg.Connection
) -> None:
    await put(storage, owner)
    async with locked(superuser, owner):
        writing = asyncio.create_task(put(storage, owner, "b"))
        (pid,) = await waiting(superuser, 1)
        await superuser.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(DatabaseUnavailable):
            await writing

    assert await usage(storage, owner) == Usage(1, 1, 1)


async def test_a_caller_who_goes_away_gives_the_connection_back(
    storage: PostgresStorage, owner: StorageOwner, superuser: asyncpg.Connection
) -> None:
    await put(storage, owner)
    async with locked(superuser, owner):
        writers = [asyncio.create_task(put(storage, owner, "b")) for _ in range(4)]
        await waiting(superuser, len(writers))
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
        # All four connections of the pool were with the writers.
        found = await storage.get(owner, "notes", "a", seconds=PATIENCE_SECONDS)

    assert found is not None


async def test_sweeping_leaves_an_install_alone_that_is_being_written_to(
    storage: PostgresStorage, owner: StorageOwner, pool: asyncpg.Pool, superuser: asyncpg.Connection
) -> None:
    await put(storage, owner, ttl_seconds=60)
    later = datetime(9999, 1, 1, tzinfo=UTC)
    sweeps = PostgresStorageSweeps(pool)
    async with locked(superuser, owner):
        while_locked = await sweeps.remove_expired(owner, now=later, limit=10)

    assert while_locked == 0
    assert await sweeps.remove_expired(owner, now=later, limit=10) == 1


async def test_a_database_that_is_away_is_said_to_be_unreachable(runner_proxy_url: str) -> None:
    url = as_application(runner_proxy_url)
    async with open_pool(url, application="tests", schema=SCHEMA, max_size=1) as pool:
        storage = PostgresStorage(pool)
        async with pool.acquire():
            with pytest.raises(DatabaseUnavailable):
                await storage.delete(
                    StorageOwner(TENANT, InstallId(uuid4())),
                    "notes",
                    "a",
                    ALWAYS,
                    before_writing=lambda: None,
                    seconds=SHORT_SECONDS,
                )
