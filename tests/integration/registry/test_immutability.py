"""Published facts cannot be changed: not by the application's role, not by the owner, not by mistake."""

import asyncpg
import pytest

from annex_registry.adapters.postgres.statements import ALL_STATEMENTS
from integration.registry.world import OTHER_TENANT, TENANT, World, somebody

APPEND_ONLY = "RG001"
PERMISSION_DENIED = "42501"
# Every other table holds published facts. A new table is named here with the reason why its rows may change,
# or the tests below ask for its triggers and its privileges.
MUTABLE = {
    "schema_migration": "what was applied here",
    "publisher_member": "who belongs to a publisher now",
    "publisher_key": "guarded: may be revoked once",
    "trusted_publisher": "guarded: may be removed once",
    "extension_head": "where the extension's next version goes",
    "publisher_head": "where the publisher's next entry goes",
    "feed_head": "the serial given last",
    "outbox_pending": "what is still to be announced",
    "log_state": "guarded: grows by one leaf at a time",
    "upload_attempt": "an attempt, forgotten after 30 days",
    "idempotency_record": "an attempt, forgotten after 30 days",
    "publish_token": "a credential, forgotten when its time is over",
    "spent_id_token": "a replay guard, forgotten when the token's time is over",
    "token_bucket": "how much of a rate is left",
    "app_domain": "a tenant's; goes with its install",
    "install_revision": "a tenant's; guarded: only grows",
    "tenant_extension_install": "a tenant's",
    "tenant_extension_install_config": "a tenant's",
    "tenant_extension_install_secrets": "a tenant's",
    "install_secret": "a tenant's",
    "install_state": "a tenant's; goes with its install, and is never changed before",
}
# Columns of facts that may be written once, later, behind a trigger that sees to it.
LATE_COLUMNS = {"version_position": ["log_index"], "version_status": ["log_index"]}
# What ``every_fact`` leaves rows in; further tables of facts are judged by the catalog alone until it does.
WITH_ROWS = {
    "publisher",
    "extension_registry",
    "extension_version",
    "extension_bundle",
    "extension_api_endpoint",
    "version_position",
    "version_status",
    "log_leaf",
    "log_hash",
    "log_checkpoint",
    "outbox",
    "version_trusted_actor",
    "extension_trusted_only",
}
ENDPOINT = {"method": "GET", "path": "/notes", "handler": "dist/main"}


async def test_every_table_of_facts_refuses_by_triggers_that_nobody_switches_off_by_mistake(
    registry: World,
) -> None:
    """ALWAYS triggers fire in replica mode too; they have to cover all three ways to lose a row."""
    async with registry.database() as connection:
        covered = {table: await guarded_events(connection, table) for table in await facts(connection)}

    assert covered == {table: {"UPDATE", "DELETE", "TRUNCATE"} for table in covered}
    assert len(covered) > 10


async def test_the_application_role_holds_no_right_to_change_a_fact(registry: World) -> None:
    async with registry.database() as connection:
        rights = {table: await rights_to_change(connection, table) for table in await facts(connection)}

    assert {table: found for table, found in rights.items() if found} == {
        table: [f"UPDATE ({column})" for column in columns] for table, columns in LATE_COLUMNS.items()
    }


async def test_the_application_role_may_not_touch_a_fact(registry: World) -> None:
    await every_fact(registry)

    async with registry.database() as owner, registry.database(registry.app_url) as connection:
        states = await refusals(connection, await attempts(owner))

    assert states == dict.fromkeys(states, [PERMISSION_DENIED] * 3)


@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("role", ["NONE", "registry_owner"])
async def test_triggers_refuse_the_superuser_and_the_owner_of_the_tables(
    registry: World, role: str, mode: str
) -> None:
    await every_fact(registry)

    async with registry.database() as connection:
        tried = await attempts(connection)
        await connection.execute(f"SET session_replication_role = {mode}")
        await connection.execute(f"SET ROLE {role}")
        # Whoever owns a table can take its row policy away, so this wall is down before the next is tried.
        await connection.execute("ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY")
        states = await refusals(connection, tried)

    assert states == dict.fromkeys(states, [APPEND_ONLY] * 3)


async def test_a_key_may_only_be_revoked_and_only_once(registry: World) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    async with registry.database() as connection:
        await connection.execute(
            "INSERT INTO publisher_key VALUES ('acme', '0123456789abcdef', 'pem', 'admin', now(), NULL)"
        )
        await connection.execute("UPDATE publisher_key SET revoked_at = now()")

        states = [
            await refusal(connection, "UPDATE publisher_key SET revoked_at = NULL"),
            await refusal(connection, "UPDATE publisher_key SET public_key_pem = 'other'"),
            await refusal(connection, "DELETE FROM publisher_key"),
        ]

    assert states == ["RG002", "RG002", APPEND_ONLY]


async def test_a_revision_never_falls(registry: World) -> None:
    await registry.published()
    await registry.installed()

    async with registry.database() as connection:
        state = await refusal(connection, "UPDATE install_revision SET revision = revision")

    assert state == "RG003"


async def test_a_second_bundle_of_a_version_cannot_be_written(registry: World) -> None:
    await registry.published()

    async with registry.database() as connection:
        state = await refusal(
            connection,
            "INSERT INTO extension_bundle(version_id, content_hash, size_bytes, manifest) "
            "SELECT version_id, sha256('x'), 1, '{}' FROM extension_bundle",
        )

    assert state == "23505"


async def test_the_application_sees_no_install_without_a_tenant(registry: World) -> None:
    await registry.published()
    await registry.installed()
    await registry.installed(caller=somebody(*registry.caller.permissions, tenant=OTHER_TENANT))

    async with registry.database(registry.app_url) as connection:
        unscoped = await connection.fetchval("SELECT count(*) FROM tenant_extension_install")
        scoped_only = await visible(connection, "app.scope", "platform")
        one_tenant = await visible(connection, "app.tenant_id", str(TENANT))
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE registry_reader")
            unasked = await connection.fetchval("SELECT count(*) FROM tenant_extension_install")
            everybody = await visible(connection, "app.scope", "platform")

    assert (unscoped, scoped_only, one_tenant, unasked, everybody) == (0, 0, 1, 0, 2)


async def test_a_row_for_another_tenant_cannot_be_written(registry: World) -> None:
    await registry.published()
    async with registry.database(registry.app_url) as connection:
        await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(TENANT))

        state = await refusal(
            connection,
            f"INSERT INTO install_revision SELECT '{OTHER_TENANT}', id, 1 "  # noqa: S608 - our own constant
            "FROM extension_registry",
        )

    assert state == PERMISSION_DENIED


async def test_the_application_role_owns_nothing_and_may_create_nothing(registry: World) -> None:
    async with registry.database(registry.app_url) as connection:
        owned = await connection.fetchval(
            "SELECT count(*) FROM pg_class WHERE relowner = 'registry_app'::regrole"
        )
        created = await refusal(connection, "CREATE TABLE registry.mine(a int)")
        disabled = await refusal(connection, "ALTER TABLE extension_version DISABLE TRIGGER ALL")

    assert (owned, created, disabled) == (0, PERMISSION_DENIED, PERMISSION_DENIED)


async def test_a_trusted_publisher_may_only_be_removed_and_only_once(registry: World) -> None:
    await every_fact(registry)
    remove = "UPDATE trusted_publisher SET removed_by = 'admin', removed_at = now()"

    async with registry.database() as connection:
        changed = await refusal(connection, "UPDATE trusted_publisher SET audience = 'elsewhere'")
        dropped = await refusal(connection, "DELETE FROM trusted_publisher")
        await connection.execute(remove)
        again = await refusal(connection, remove)

    assert (changed, dropped, again) == ("RG002", APPEND_ONLY, "RG002")


async def test_every_named_statement_prepares(registry: World) -> None:
    async with registry.database(registry.app_url) as connection:
        prepared = {name: await connection.prepare(text) for name, text in ALL_STATEMENTS.items()}

    assert len(prepared) == len(ALL_STATEMENTS) > 40


async def visible(connection: asyncpg.Connection, setting: str, value: str) -> int:
    async with connection.transaction():
        await connection.execute("SELECT set_config($1, $2, true)", setting, value)
        count: int = await connection.fetchval("SELECT count(*) FROM tenant_extension_install")
        return count


async def facts(connection: asyncpg.Connection) -> list[str]:
    """List the tables of published facts: all but those that say why they may change."""
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'registry'::regnamespace AND relkind IN ('r', 'p')"
    )
    tables = {row["relname"] for row in rows}
    assert set(MUTABLE) <= tables
    return sorted(tables - set(MUTABLE))


async def guarded_events(connection: asyncpg.Connection, table: str) -> set[str]:
    """Return what a table's ALWAYS triggers come before; the bits are those of pg_trigger.tgtype."""
    types = await connection.fetch(
        "SELECT tgtype::int FROM pg_trigger "
        "WHERE tgrelid = $1::regclass AND tgenabled = 'A' AND tgtype & 2 > 0",
        f"registry.{table}",
    )
    events = {"DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
    return {event for event, bit in events.items() if any(row["tgtype"] & bit for row in types)}


async def rights_to_change(connection: asyncpg.Connection, table: str) -> list[str]:
    rights: list[str] = await connection.fetchval(
        "SELECT array_agg(r) FROM (SELECT p AS r FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) p "
        "WHERE has_table_privilege('registry_app', $1, p) UNION ALL "
        "SELECT 'UPDATE (' || attname || ')' FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 "
        "AND NOT attisdropped AND has_column_privilege('registry_app', $1, attname, 'UPDATE')) t",
        f"registry.{table}",
    )
    return rights or []


async def attempts(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Write for each table of facts that holds a row the three statements that would change or lose it."""
    tried = {}
    for table in await facts(connection):
        if not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):  # noqa: S608 - of the catalog
            continue
        column = await connection.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 "
            "AND attgenerated = '' AND NOT attisdropped ORDER BY attnum LIMIT 1",
            f"registry.{table}",
        )
        tried[table] = [
            f"UPDATE {table} SET {column} = {column}",  # noqa: S608 - names of the catalog
            f"DELETE FROM {table}",  # noqa: S608 - a name of the catalog
            f"TRUNCATE {table} CASCADE",
        ]
    assert set(tried) >= WITH_ROWS
    return tried


async def every_fact(world: World) -> None:
    """Leave a row in every table of facts: a trigger has nothing to refuse where there is none."""
    await world.published(api={"endpoints": [ENDPOINT]})
    answer = await world.ask(
        "POST",
        "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/status",
        {"status": "deprecated", "reason": "There is a better one."},
    )
    assert answer.status == 200
    async with world.database() as connection:
        await connection.execute("INSERT INTO log_hash VALUES (1, 0, sha256('x'))")
        await connection.execute("INSERT INTO log_checkpoint VALUES (1, sha256('x'), 'note', now())")
        await connection.execute(
            "INSERT INTO trusted_publisher VALUES "
            "(gen_random_uuid(), 'acme', NULL, 'https://issuer.example', 'annex', $1, 'admin', now())",
            '{"repository": "acme/notes"}',
        )
        await connection.execute(
            "INSERT INTO version_trusted_actor SELECT v.id, t.id, t.issuer, 'a build', t.claims "
            "FROM extension_version v, trusted_publisher t"
        )
        await connection.execute(
            "INSERT INTO extension_trusted_only SELECT id, 1, true, 'Builds only.', 'admin', now() "
            "FROM extension_registry"
        )


async def refusals(
    connection: asyncpg.Connection, tried: dict[str, list[str]]
) -> dict[str, list[str | None]]:
    return {
        table: [await refusal(connection, statement) for statement in statements]
        for table, statements in tried.items()
    }


async def refusal(connection: asyncpg.Connection, statement: str) -> str | None:
    """Run a statement that must fail and return its SQLSTATE."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.exceptions.PostgresError as error:
        return str(error.as_dict()["sqlstate"])
    return None
