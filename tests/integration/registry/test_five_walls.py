"""A published version, attacked at each of its five walls by the strongest role that the wall is against.

The third wall, the rights of the application's role, and the triggers of every table are in
``test_immutability.py``; object lock is in ``tests/contracts/bundle_store/test_object_lock.py``.
"""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from annex_registry.adapters.bundles.directory import open_directory
from annex_registry.domain.errors import BundleStoreCorrupt
from annex_shared.clock import new_id
from annex_shared.content_hash import ContentHash
from integration.cli.program import Machine
from integration.registry.auditor import Auditor
from integration.registry.doorway import doorway
from integration.registry.world import World, bundle

VERSION = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0"
COPY_OF_THE_VERSION = (
    "INSERT INTO extension_version(id, extension_id, version, runtime, capabilities, has_handler, "
    "published_by, published_at) SELECT gen_random_uuid(), extension_id, '{number}', runtime, capabilities, "
    "has_handler, 'somebody else', now() FROM extension_version"
)


async def failure(connection: asyncpg.Connection, statement: str) -> tuple[str, str] | None:
    """Run what must fail and return its SQLSTATE and its message, or the constraint that refused."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.exceptions.PostgresError as error:
        said = error.as_dict()
        return str(said["sqlstate"]), str(said.get("constraint_name") or said["message"])
    return None


# The first wall: one row for a number.


@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("role", ["NONE", "registry_owner"])
@pytest.mark.parametrize("number", ["1.4.0", "1.4.0+other.build"])
async def test_a_number_has_one_row_whoever_inserts_the_second(
    registry: World, number: str, role: str, mode: str
) -> None:
    await registry.published()

    async with registry.database() as connection:
        await connection.execute(f"SET session_replication_role = {mode}")
        await connection.execute(f"SET ROLE {role}")
        failed = await failure(connection, COPY_OF_THE_VERSION.format(number=number))

    assert failed == ("23505", "extension_version_once")


# The second wall: triggers, until somebody switches them off.


async def test_the_owner_is_told_what_is_refused_and_why(registry: World) -> None:
    await registry.published()

    async with registry.database() as connection:
        await connection.execute("SET ROLE registry_owner")
        failed = await failure(connection, "UPDATE extension_bundle SET content_hash = sha256('x')")

    assert failed == (
        "RG001",
        "UPDATE on registry.extension_bundle is refused: rows here are append-only",
    )


# The third wall: what a stolen connection of the application can do.


async def test_the_application_is_told_that_it_may_not(registry: World) -> None:
    await registry.published()

    async with registry.database(registry.app_url) as connection:
        failed = [
            await failure(connection, statement)
            for statement in (
                "UPDATE extension_bundle SET content_hash = sha256('x')",
                "DELETE FROM extension_version",
                "TRUNCATE extension_version CASCADE",
                "SET session_replication_role = replica",
                "ALTER TABLE extension_version DISABLE TRIGGER zz_append_only",
                "DROP TRIGGER zz_append_only ON extension_version",
                "SET ROLE registry_owner",
            )
        ]

    assert failed == [
        ("42501", "permission denied for table extension_bundle"),
        ("42501", "permission denied for table extension_version"),
        ("42501", "permission denied for table extension_version"),
        ("42501", 'permission denied to set parameter "session_replication_role"'),
        ("42501", "must be owner of table extension_version"),
        ("42501", "must be owner of relation extension_version"),
        ("42501", 'permission denied to set role "registry_owner"'),
    ]


# The fourth wall: bytes are created once.


async def test_another_writer_of_the_directory_cannot_put_other_bytes_under_a_hash(registry: World) -> None:
    content = bundle()
    await registry.published(content)
    content_hash = ContentHash.of(content)
    store = open_directory(registry.folder / "bundles", new_id=new_id)
    before = registry.files()

    # Exactly the bundle's length, so that only reading tells them apart.
    forged = b"x" * len(content)
    is_new = await store.keep(content_hash, io.BytesIO(forged), size_bytes=len(forged))

    async with store.blob(content_hash) as chunks:
        kept = b"".join([chunk async for chunk in chunks])
    assert (is_new, kept, registry.files()) == (False, content, before)


async def test_bytes_exchanged_under_a_hash_are_never_published_again(registry: World) -> None:
    content = bundle()
    await registry.published(content)
    (registry.folder / "bundles" / registry.files()[0]).write_bytes(b"x" * len(content))
    store = open_directory(registry.folder / "bundles", new_id=new_id)

    with pytest.raises(BundleStoreCorrupt) as refused:
        await store.keep(ContentHash.of(content), io.BytesIO(content), size_bytes=len(content))

    assert refused.value.message == "The bundle store holds other bytes under this content hash."


# The fifth wall: the log. Whoever switches off all others is found out.

TAMPERED = {
    "other-bytes": "UPDATE extension_bundle SET content_hash = sha256('x') WHERE version_id = "
    "(SELECT id FROM extension_version WHERE version = '1.4.0')",
    "another-number": "UPDATE extension_version SET version = '1.4.1' WHERE version = '1.4.0'",
    "a-hidden-version": "DELETE FROM version_position WHERE version_id = "
    "(SELECT id FROM extension_version WHERE version = '1.4.0')",
    "a-leaf-that-agrees-with-the-row": "UPDATE log_leaf "
    "SET entry = e, leaf_hash = sha256('\\x00'::bytea || e) FROM (SELECT "
    "replace(convert_from(entry, 'UTF8'), 'version 1.4.0', 'version 1.3.9')::bytea AS e "
    "FROM log_leaf WHERE idx = 1) t WHERE idx = 1",
}


@pytest.fixture
async def machine(logged: World, auditor: Auditor, tmp_path: Path) -> AsyncIterator[Machine]:
    """Return a machine of somebody who knows the log's key."""
    await logged.published()
    await logged.published(version="1.5.0")
    async with doorway(logged) as url:
        yield Machine.at(
            tmp_path / "machine",
            ANNEX_GATEWAY=url,
            ANNEX_TOKEN="annex_x_1",
            ANNEX_LOG_VKEY=auditor.key.vkey,
        )


@pytest.mark.parametrize("tampered", TAMPERED)
async def test_a_row_changed_behind_the_triggers_is_found_by_annex_verify(
    logged: World, machine: Machine, tampered: str
) -> None:
    before = await machine.annex("verify", "acme/invoice-notes")

    await as_who_may_do_everything(logged, TAMPERED[tampered])
    after = await machine.annex("verify", "acme/invoice-notes")

    assert (before.code, after.code) == (0, 7), after.stdout + after.stderr
    assert "failed" in after.stdout


async def test_the_bundle_in_hand_is_held_against_the_log_and_not_against_the_row(
    logged: World, machine: Machine, tmp_path: Path
) -> None:
    file = tmp_path / "acme.invoice-notes-1.4.0.tar.zst"
    file.write_bytes(bundle())
    forged = tmp_path / "forged" / file.name
    forged.parent.mkdir()
    forged.write_bytes(bundle(marker=b"forged"))
    honest = await machine.annex("verify", str(file))

    of_forged = ContentHash.of(forged.read_bytes()).hex
    await as_who_may_do_everything(
        logged, TAMPERED["other-bytes"].replace("sha256('x')", f"'\\x{of_forged}'")
    )
    still = await machine.annex("verify", str(file))
    caught = await machine.annex("verify", str(forged))

    assert (honest.code, still.code, caught.code) == (0, 0, 7), honest.stderr + caught.stderr


async def as_who_may_do_everything(world: World, statement: str) -> None:
    """Change a row as a superuser does who switches the triggers off first."""
    async with world.database() as connection, connection.transaction():
        for table in ("extension_bundle", "extension_version", "version_position", "log_leaf"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assert await connection.execute(statement) in ("UPDATE 1", "DELETE 1")


# Nothing ever frees a number.

FREEING = {
    "deprecated": ("POST", f"{VERSION}/status", {"status": "deprecated", "reason": "Old."}),
    "yanked": ("POST", f"{VERSION}/status", {"status": "yanked", "reason": "It loses notes."}),
    "blocked": ("POST", f"{VERSION}/status", {"status": "blocked", "reason": "It mines coins."}),
}


@pytest.mark.parametrize("said", FREEING)
async def test_no_status_frees_a_number_nor_does_taking_it_back(registry: World, said: str) -> None:
    await registry.published()
    codes = []
    for method, path, body in (
        FREEING[said],
        ("POST", f"{VERSION}/status", {"status": "active", "reason": "No."}),
    ):
        changed = await registry.ask(method, path, body)
        assert changed.status == 200, changed.body
        codes += [
            (await registry.publish_at_once(content)).code for content in (bundle(), bundle(marker=b"other"))
        ]

    assert codes == ["VERSION_ALREADY_EXISTS"] * 4


async def test_a_publisher_without_members_or_keys_keeps_its_numbers(registry: World) -> None:
    """There is no way to remove a publisher; what comes closest is that nobody is left in it."""
    await registry.published()
    async with registry.database() as connection:
        await connection.execute("DELETE FROM publisher_member")
        removed = [
            await failure(connection, "DELETE FROM publisher"),
            await failure(connection, "DELETE FROM extension_registry"),
        ]
        await connection.execute("INSERT INTO publisher_member VALUES ('acme', 'admin', 'owner', now())")
    answer = await registry.publish_at_once(bundle(marker=b"other"))

    assert [state for state, _ in filter(None, removed)] == ["RG001", "RG001"]
    assert answer.code == "VERSION_ALREADY_EXISTS"


async def test_no_route_removes_a_version_an_extension_or_a_publisher(registry: World) -> None:
    await registry.published()

    answers = [
        await registry.ask("DELETE", path)
        for path in (
            VERSION,
            "/api/v1/extensions/acme/invoice-notes/versions",
            "/api/v1/extensions/acme/invoice-notes",
            "/api/v1/publishers/acme",
        )
    ]

    assert {answer.status for answer in answers} == {405}
    assert (await registry.publish_at_once(bundle(marker=b"other"))).code == "VERSION_ALREADY_EXISTS"


async def test_a_number_whose_bytes_were_lost_is_spent_all_the_same(registry: World) -> None:
    await registry.published()
    (registry.folder / "bundles" / registry.files()[0]).unlink()

    answer = await registry.publish_at_once(bundle())

    assert answer.code == "VERSION_ALREADY_EXISTS"
    assert registry.files() == []
