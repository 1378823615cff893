"""The second wall between tenants, and what lets their tables be distributed, both by the catalogue."""

import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from annex_registry.adapters.postgres.statements import OUTBOX
from annex_shared.ids import TenantId
from annex_shared.service_tokens import Caller
from integration.registry.world import EVERYTHING, OTHER_TENANT, TENANT, World

ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)
TENANT_TABLES = (
    "install_revision",
    "install_secret",
    "install_state",
    "tenant_extension_install",
    "tenant_extension_install_config",
    "tenant_extension_install_secrets",
)
# Behind the wall too, but one order or one name for the whole platform: these stay on one node.
UNDISTRIBUTED = {"app_domain", "outbox"}
# Attempts belong to principals and are swept for all of them; a tenant is noted, not served, there.
NOT_BY_TENANT = {"upload_attempt"}
OLDER_ENVELOPE = {"key_id": "k", "names": ["old"], "nonce_b64": "", "ciphertext_b64": ""}
SUBJECTS = """
  SELECT c.oid, c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_walled
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'registry' AND c.relkind IN ('r', 'p')
    AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
"""


@pytest.fixture
async def shop(registry: World) -> World:
    """Return a registry in which two tenants have an install with a secret and a history each."""
    await registry.published(version="1.0.0")
    await registry.published(version="1.1.0")
    for caller in (registry.caller, ELSEWHERE):
        install = await registry.installed(version="1.0.0", caller=caller)
        path = f"/api/v1/installs/{install['install_id']}"
        await registry.ask("PUT", path + "/secrets/token", {"value": "hunter2"}, caller=caller)
        answer = await registry.ask("PATCH", path, {"version": "1.1.0"}, caller=caller)
        assert answer.status == 200, answer.body
    # One of the older envelopes, so that no table is empty.
    async with registry.database() as connection:
        await connection.execute(
            "UPDATE tenant_extension_install_secrets SET envelope = $1", json.dumps(OLDER_ENVELOPE)
        )
    return registry


async def test_every_table_with_a_tenant_is_behind_the_wall(registry: World) -> None:
    async with registry.database() as connection:
        tables = await connection.fetch(SUBJECTS)

    walled = {row["name"] for row in tables if row["is_walled"]}
    assert walled == {*TENANT_TABLES, *UNDISTRIBUTED}
    assert {row["name"] for row in tables} - walled == NOT_BY_TENANT


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_the_application_sees_one_tenant_or_none(shop: World, table: str) -> None:
    async with shop.database(shop.app_url) as connection:
        nobody = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - names above
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(TENANT))
            seen = await connection.fetch(f"SELECT DISTINCT tenant_id FROM {table}")  # noqa: S608
        afterwards = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608

    assert (nobody, afterwards) == (0, 0)
    assert [row["tenant_id"] for row in seen] == [TENANT]


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_a_claimed_platform_scope_alone_opens_nothing(shop: World, table: str) -> None:
    async with shop.database(shop.app_url) as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.scope', 'platform', true)")

        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - names above


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_another_tenants_rows_can_be_neither_written_nor_taken(shop: World, table: str) -> None:
    async with shop.database() as owner:
        foreign = dict(
            await owner.fetchrow(
                f"SELECT * FROM {table} WHERE tenant_id = $1 LIMIT 1",  # noqa: S608 - names above
                OTHER_TENANT,
            )
            or {}
        )
        before = await owner.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    foreign.pop("status", None)
    foreign |= {key: uuid4() for key in ("id", "install_id") if key in foreign}
    columns = ", ".join(foreign)
    values = ", ".join(f"${n + 1}" for n in range(len(foreign)))
    async with shop.database(shop.app_url) as connection:
        # For the session: the insert is a transaction of its own.
        await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(TENANT))
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                f"INSERT INTO {table}({columns}) VALUES ({values})",  # noqa: S608
                *foreign.values(),
            )
        changed = await _taken(connection, table)

    async with shop.database() as owner:
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == before  # noqa: S608
    assert changed in {"UPDATE 0", "42501"}


# Events carry the tenant they are of, and the wall stands around them too (ADR 27).
COUNT_EVENTS = "SELECT count(*) FROM outbox WHERE feed = $1"


async def _events_seen(shop: World, *settings: tuple[str, str]) -> tuple[int, int]:
    """Count what the application sees of the registry's and the installs feed."""
    async with shop.database(shop.app_url) as connection, connection.transaction():
        for name, value in settings:
            await connection.execute("SELECT set_config($1, $2, true)", name, value)
        return (
            await connection.fetchval(COUNT_EVENTS, "registry"),
            await connection.fetchval(COUNT_EVENTS, "installs"),
        )


async def test_the_application_sees_the_events_of_one_tenant_and_everybodys(shop: World) -> None:
    nobodys = await _events_seen(shop)
    mine = await _events_seen(shop, ("app.tenant_id", str(TENANT)))
    claimed = await _events_seen(shop, ("app.scope", "platform"))
    async with shop.database() as owner:
        of_all = await owner.fetchval(COUNT_EVENTS, "installs")

    assert (nobodys, mine, claimed, of_all) == ((2, 0), (2, 3), (2, 0), 6)


@pytest.mark.parametrize("claimed", [OTHER_TENANT, None], ids=["foreign", "nobodys"])
async def test_no_event_of_another_tenant_can_be_written(shop: World, claimed: TenantId | None) -> None:
    event = {"data": {} if claimed is None else {"tenant_id": str(claimed)}}
    async with shop.database(shop.app_url) as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(TENANT))
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.CheckViolationError)):
            await connection.execute(
                "INSERT INTO outbox(feed, serial, type, event, recorded_at) "
                "VALUES ('installs', 99, 'install.changed', $1, now())",
                json.dumps(event),
            )


async def test_a_tenants_part_of_the_feed_is_read_by_its_index(shop: World) -> None:
    async with shop.database(shop.app_url) as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(TENANT))
        await connection.execute(
            f"PREPARE events(uuid, bigint, bigint) AS {OUTBOX['install_events_of_tenant']}"
        )
        # So small a table would be read whole; what counts is that the policy leaves the index usable.
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN EXECUTE events('{TENANT}', 0, 10)")

    text = "\n".join(row[0] for row in plan)
    assert "outbox_of_tenant" in text
    assert "Index Cond: ((tenant_id =" in text


async def _taken(connection: asyncpg.Connection, table: str) -> str:
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(TENANT))
            answer: str = await connection.execute(
                f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = $1",  # noqa: S608 - names above
                OTHER_TENANT,
            )
            return answer
    except asyncpg.InsufficientPrivilegeError as error:
        return str(error.sqlstate)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE install_state SET grants = '{}'",
        "DELETE FROM install_state",
        "TRUNCATE install_state",
    ],
)
async def test_the_application_cannot_rewrite_history(shop: World, statement: str) -> None:
    async with shop.database(shop.app_url) as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(TENANT))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_not_even_a_superuser_changes_a_state_while_the_trigger_stands(shop: World) -> None:
    async with shop.database() as connection:
        await connection.execute("SET session_replication_role = replica")
        with pytest.raises(asyncpg.PostgresError, match="append-only"):  # type: ignore[attr-defined]
            await connection.execute("UPDATE install_state SET grants = '{}'")


async def test_with_its_install_everything_of_a_tenant_goes_but_the_count(shop: World) -> None:
    install = (await shop.ask("GET", "/api/v1/installs")).body["items"][0]

    await shop.ask("DELETE", f"/api/v1/installs/{install['install_id']}")

    async with shop.database() as connection:
        left = {
            table: await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE tenant_id = $1",  # noqa: S608 - names above
                TENANT,
            )
            for table in TENANT_TABLES
        }
    assert left == {table: int(table == "install_revision") for table in TENANT_TABLES}


# What distribution by tenant_id asks for (ADR 22).


async def _rows(registry: World, query: str) -> list[dict[str, Any]]:
    async with registry.database() as connection:
        return [dict(row) for row in await connection.fetch(query, list(TENANT_TABLES))]


async def test_every_unique_index_of_a_tenants_table_begins_with_the_tenant(registry: World) -> None:
    rows = await _rows(
        registry,
        """
        SELECT i.indexrelid::regclass::text AS index, i.indisexclusion AS excludes,
               (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = i.indkey[0]) AS first
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relname = ANY($1) AND (i.indisunique OR i.indisexclusion)
        """,
    )

    assert len(rows) >= len(TENANT_TABLES)
    assert {row["first"] for row in rows} == {"tenant_id"}
    assert not any(row["excludes"] for row in rows)


async def test_foreign_keys_stay_with_the_tenant_or_lead_to_published_facts(registry: World) -> None:
    rows = await _rows(
        registry,
        """
        SELECT f.conname AS name, s.relname AS source, t.relname AS target, f.confdeltype::text AS on_delete,
               (SELECT array_agg(a.attname::text ORDER BY k.place)
                FROM unnest(f.conkey) WITH ORDINALITY k(number, place)
                JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number) AS columns
        FROM pg_constraint f JOIN pg_class s ON s.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
        WHERE f.contype = 'f' AND (s.relname = ANY($1) OR t.relname = ANY($1))
        """,
    )

    between = [row for row in rows if row["target"] in TENANT_TABLES]
    to_facts = [row for row in rows if row["target"] not in TENANT_TABLES]
    assert between
    assert all(row["source"] in TENANT_TABLES and row["columns"][0] == "tenant_id" for row in between)
    # From a distributed table to a reference table, and without an action there.
    assert {row["target"] for row in to_facts} == {"extension_registry", "extension_version"}
    assert {row["on_delete"] for row in to_facts} == {"a"}


async def test_triggers_on_tenants_tables_only_refuse(registry: World) -> None:
    rows = await _rows(
        registry,
        """
        SELECT c.relname AS table, p.proname AS function
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE c.relname = ANY($1) AND NOT t.tgisinternal
        """,
    )

    # They look at the row alone, so they mean the same on every shard.
    assert {(row["table"], row["function"]) for row in rows} == {
        ("install_revision", "guard_revision"),
        ("install_state", "deny_mutation"),
    }


async def test_nothing_of_a_tenants_table_hangs_on_the_one_node(registry: World) -> None:
    rows = await _rows(
        registry,
        """
        SELECT c.relname AS table, a.attname AS column
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relname = ANY($1) AND a.attnum > 0
          AND (a.attidentity <> ''
               OR (a.attname = 'tenant_id' AND (a.atttypid <> 'uuid'::regtype OR NOT a.attnotnull))
               OR pg_get_serial_sequence(format('registry.%I', c.relname), a.attname) IS NOT NULL)
        """,
    )

    assert rows == []
