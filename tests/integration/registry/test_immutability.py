"""Published facts cannot be changed: not by the application's role, not by the owner, not by mistake."""

import asyncpg
import pytest

from annex_registry.adapters.postgres.statements import ALL_STATEMENTS
from integration.registry.world import OTHER_TENANT, TENANT, World, somebody

APPEND_ONLY = "RG001"
PERMISSION_DENIED = "42501"
FACTS = [
    "publisher",
    "extension_registry",
    "extension_version",
    "extension_bundle",
    "extension_api_endpoint",
    "version_position",
    "log_leaf",
    "outbox",
    "version_status",
    "version_trusted_actor",
    "extension_trusted_only",
]
COLUMN = {
    "publisher": "slug",
    "extension_registry": "id",
    "outbox": "type",
    "log_leaf": "entry",
    "extension_trusted_only": "reason",
}
ENDPOINT = {"method": "GET", "path": "/notes", "handler": "dist/main"}


def attempts(table: str) -> list[str]:
    column = COLUMN.get(table, "version_id" if table != "extension_version" else "id")
    return [
        f"UPDATE {table} SET {column} = {column}",  # noqa: S608 - names of this file
        f"DELETE FROM {table}",  # noqa: S608 - a name of this file
        f"TRUNCATE {table} CASCADE",
    ]


async def test_the_application_role_may_not_touch_a_fact(registry: World) -> None:
    await every_fact(registry)

    async with registry.database(registry.app_url) as connection:
        states = await refusals(connection)

    assert states == dict.fromkeys(FACTS, [PERMISSION_DENIED] * 3)


@pytest.mark.parametrize("mode", ["origin", "replica"])
async def test_triggers_refuse_even_the_superuser(registry: World, mode: str) -> None:
    await every_fact(registry)

    async with registry.database() as connection:
        await connection.execute(f"SET session_replication_role = {mode}")
        states = await refusals(connection)

    assert states == dict.fromkeys(FACTS, [APPEND_ONLY] * 3)


async def test_triggers_refuse_the_owner_of_the_tables(registry: World) -> None:
    await every_fact(registry)

    async with registry.database() as connection:
        await connection.execute("SET ROLE registry_owner")
        states = await refusals(connection)

    assert states == dict.fromkeys(FACTS, [APPEND_ONLY] * 3)


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


async def refusals(connection: asyncpg.Connection) -> dict[str, list[str | None]]:
    return {table: [await refusal(connection, statement) for statement in attempts(table)] for table in FACTS}


async def refusal(connection: asyncpg.Connection, statement: str) -> str | None:
    """Run a statement that must fail and return its SQLSTATE."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.exceptions.PostgresError as error:
        return str(error.as_dict()["sqlstate"])
    return None
