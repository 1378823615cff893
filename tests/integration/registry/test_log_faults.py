"""The log when something goes wrong: a killed signer, an older copy, a fork, rows changed behind its back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest
from structlog.testing import capture_logs

from annex_shared.messaging.port import Bus
from annex_shared.transparency import leaf_hash, open_checkpoint, verify_chain
from annex_shared.transparency.errors import ChainBroken, InclusionBroken
from integration.registry.auditor import Auditor
from integration.registry.test_log import NOTES
from integration.registry.world import World, bundle
from support.stack.isolation import Databases

# A replica that lives, has compared the log with the fence, and signs nothing.
HOLD_SIGNER = (
    "SELECT pg_advisory_lock(hashtextextended('annex-registry-signer', 0)), "
    "pg_advisory_lock(hashtextextended('annex-registry-log-checked', 0))"
)
# Reading goes on; adding a checkpoint waits.
HOLD_CHECKPOINTS = "BEGIN; LOCK TABLE log_checkpoint IN EXCLUSIVE MODE"


@contextmanager
def program(world: World) -> Iterator[subprocess.Popen[str]]:
    """Run the registry as a process of its own, which answers at ``world.url``."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": world.app_url,
        "SERVICE_KEYS_FILE": str(world.folder / "peers.json"),
        "BUNDLE_STORE_URL": (world.folder / "bundles").as_uri(),
        # Nothing listens there.
        "BUS_URL": "amqp://guest:guest@127.0.0.1:9/",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "SIGNATURE_POLICY": "optional",
        "PUBLISHER_AUTO_CREATE": "true",
        "LOG_KEY_FILE": str(world.log_key_file),
        "LOG_PROOF_WAIT_SECONDS": "0.1",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "annex_registry", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        output = process.stdout
        assert output is not None
        try:
            lines = map(json.loads, output)
            port = next(line["port"] for line in lines if line["event"] == "service_started")
            world.url = f"http://127.0.0.1:{port}"
            yield process
        finally:
            process.kill()
            output.close()


@asynccontextmanager
async def held(world: World, statement: str) -> AsyncIterator[None]:
    """Hold a lock on a connection of our own."""
    async with world.database() as connection:
        await connection.execute(statement)
        yield


def fences(world: World) -> list[int]:
    return [int(path.name) for path in sorted((world.folder / "bundles" / "log" / "cp").glob("*"))]


async def raised(world: World, size: int) -> None:
    """Wait until the fence of a size is there."""
    async with asyncio.timeout(10):
        while True:
            if size in fences(world):
                return
            await asyncio.sleep(0.02)


async def test_killed_between_commit_and_signature_the_next_start_signs(
    world: World, auditor: Auditor
) -> None:
    content = bundle()
    async with held(world, HOLD_SIGNER):
        with program(world) as process:
            receipt = await world.published(content)
            process.send_signal(signal.SIGKILL)
    unsigned = fences(world)

    with program(world):
        checkpoint = await auditor.appeared(2)
        proof = await world.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof")

    assert (receipt["logIndex"], receipt["proof"], unsigned) == (1, None, [])
    assert auditor.verify(proof.body, content).accepted.checkpoint == checkpoint
    assert fences(world)[-1] == 2


async def test_killed_between_fence_and_checkpoint_the_next_start_shows_what_was_fenced(
    world: World, auditor: Auditor
) -> None:
    with program(world) as process:
        await auditor.appeared(0)
        async with held(world, HOLD_CHECKPOINTS):
            receipt = await world.published()
            await raised(world, 2)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    note = (world.folder / "bundles" / "log" / "cp" / f"{2:020d}").read_bytes()

    with program(world):
        checkpoint = await auditor.appeared(2)
        shown = await auditor.get("checkpoint")

    assert receipt["proof"] is None
    assert shown.body == note
    assert checkpoint == open_checkpoint(note, [auditor.key]).checkpoint
    assert fences(world) == [0, 2]


async def test_a_restored_older_database_is_never_signed_again(
    world: World, bus: Bus, auditor: Auditor, databases: Databases
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published()
    backup = await copy_of(world, databases)
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published(version="1.5.0")
    newest, world.owner_url = fences(world)[-1], backup

    with capture_logs() as lines:
        async with world.running(bus, log_key_file=world.log_key_file):
            behind = await refused(world)
            checkpoint = await auditor.get("checkpoint")
            answer = await world.publish(bundle(version="1.5.0", marker=b"other bytes"))
            # Now as many leaves as were signed, and not the same ones.
            async with world.database() as connection:
                await connection.execute("SELECT log_append('forged')")
            forked = await refused(world, "root_differs")
            after = await world.publish(bundle(version="1.6.0"))
            facts = await world.facts()

    await databases.drop(backup)
    refusals = [line["reason"] for line in lines if line["event"] == "log_signing_refused"]
    assert (refusals[0], refusals[-1]) == ("database_behind_fence", "root_differs")
    assert behind.startswith("refused: database_behind_fence")
    assert (checkpoint.status, checkpoint.code) == (503, "LOG_SIGNING_REFUSED")
    assert (answer.status, answer.code) == (after.status, after.code) == (503, "LOG_SIGNING_REFUSED")
    assert facts["extension_version"] == facts["version_position"] == 1
    assert forked.startswith("refused: root_differs")
    assert fences(world)[-1] == newest == 3


async def test_two_copies_of_one_log_cannot_both_be_signed(
    world: World, bus: Bus, auditor: Auditor, databases: Databases
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published()
    original, copy = world.owner_url, await copy_of(world, databases)
    async with world.running(bus, log_key_file=world.log_key_file):
        await auditor.appeared(2)
        on_original, world.owner_url = world.url, copy
        async with world.running(bus, log_key_file=world.log_key_file):
            on_copy = await world.published(version="1.5.0", marker=b"copy")
            world.url = on_original
            elsewhere = await world.publish(bundle(version="1.5.0"))
            state = await refused(world, "root_differs")
            next_one = await world.publish(bundle(version="1.6.0"))

    world.owner_url = original
    await databases.drop(copy)
    assert on_copy["proof"] is not None
    # Nobody can know before the commit that the other copy signs; there is no proof of it, and no next one.
    assert (elsewhere.status, elsewhere.body["proof"]) == (200, None)
    assert (next_one.status, next_one.code) == (503, "LOG_SIGNING_REFUSED")
    assert state.startswith("refused: root_differs")


async def test_an_entry_changed_behind_the_triggers_is_found_by_whoever_rebuilds_the_log(
    logged: World, auditor: Auditor
) -> None:
    content = bundle()
    await logged.published(content)
    path = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof"
    honest = (await logged.ask("GET", path)).body

    await tamper(logged, "UPDATE log_leaf SET entry = replace(entry::text, '00', '01')::bytea WHERE idx = 1")

    checkpoint, root = await auditor.rebuilt()
    assert root != checkpoint.root
    with pytest.raises(InclusionBroken):
        auditor.verify((await logged.ask("GET", path)).body, content)
    assert auditor.verify(honest, content).index == 1


async def test_an_entry_changed_with_its_hash_stops_the_signer(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published()
        await auditor.appeared(2)
        await tamper(
            world, "UPDATE log_leaf SET entry = 'x', leaf_hash = sha256('\\x0078'::bytea) WHERE idx = 0"
        )

        answer = await world.publish(bundle(version="1.5.0"))
        state = await refused(world)
        async with world.database() as connection:
            signed = await connection.fetchval("SELECT max(size) FROM log_checkpoint")

    assert (answer.status, answer.body["proof"]) == (200, None)
    assert state.startswith("refused: root_differs")
    assert signed == 2


async def test_a_leaf_that_is_hidden_breaks_the_chain(logged: World, auditor: Auditor) -> None:
    for minor in range(3):
        await logged.published(version=f"1.{minor}.0")
    entries = await auditor.entries(4)

    with pytest.raises(ChainBroken) as refusal:
        verify_chain([*entries[:2], entries[3]], extension=NOTES, head=leaf_hash(entries[3]))

    assert refusal.value.details["reason"] == "gap"


async def test_a_fence_that_is_away_holds_the_signature_up_and_not_the_publish(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file, log_proof_wait_seconds=0.2):
        await auditor.appeared(0)
        folder = world.folder / "bundles" / "log" / "cp"
        folder.rename(folder.with_name("away"))
        folder.write_bytes(b"in the way")
        answer = await world.publish()
        folder.unlink()
        folder.with_name("away").rename(folder)
        checkpoint = await auditor.appeared(2)

    assert (answer.status, answer.body["proof"]) == (200, None)
    assert checkpoint.size == 2


async def test_of_several_replicas_one_signs_and_all_answer_with_proofs(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    contents = [bundle(version=f"1.{minor}.0") for minor in range(2)]
    proofs = []
    async with world.running(bus, log_key_file=world.log_key_file):
        urls = [world.url]
        await auditor.appeared(0)
        async with world.running(bus, log_key_file=world.log_key_file):
            urls.append(world.url)
            for url, content in zip(urls, contents, strict=True):
                world.url = url
                proofs.append((await world.publish(content)).body["proof"])
            world.url = urls[1]
            state = (await world.ask("GET", "/readyz")).body["checks"]["transparency_log"]["state"]

    indexes = [
        auditor.verify(proof, content, version=f"1.{minor}.0").index
        for minor, (proof, content) in enumerate(zip(proofs, contents, strict=True))
    ]
    assert indexes == [1, 2]
    assert state == "following, signed up to 3"


# The walls around the log's own tables.


@pytest.mark.parametrize(
    "table", ["log_leaf", "log_hash", "log_state", "log_checkpoint", "log_cosignature", "log_shown"]
)
async def test_the_application_may_not_touch_the_log_but_through_its_function(
    logged: World, table: str
) -> None:
    await logged.published()
    columns = {
        "log_checkpoint": "note",
        "log_state": "size",
        "log_cosignature": "line",
        "log_shown": "size",
    }
    column = columns.get(table, "idx")

    async with logged.database(logged.app_url) as connection:
        states = [
            await refusal(connection, f"UPDATE {table} SET {column} = {column}"),  # noqa: S608 - names above
            await refusal(connection, f"DELETE FROM {table}"),  # noqa: S608 - a name above
            await refusal(connection, f"TRUNCATE {table}"),
        ]
        if table not in ("log_checkpoint", "log_cosignature", "log_shown"):
            states.append(await refusal(connection, f"INSERT INTO {table} SELECT * FROM {table}"))  # noqa: S608 - a name above

    assert set(states) == {"42501"}


@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("role", ["NONE", "registry_owner"])
async def test_triggers_refuse_every_change_of_the_log(logged: World, mode: str, role: str) -> None:
    await logged.published()
    async with logged.database() as connection:
        await connection.execute("INSERT INTO log_hash VALUES (1, 0, sha256('x'))")
        await connection.execute(
            "INSERT INTO log_cosignature "
            "SELECT size, 'w.example', '\\x00000000', now(), chr(8212) || ' w AAAA' || chr(10) FROM log_shown"
        )
        await connection.execute(f"SET session_replication_role = {mode}")
        await connection.execute(f"SET ROLE {role}")
        statements = {
            "UPDATE log_leaf SET entry = 'x'": "RG001",
            "DELETE FROM log_leaf": "RG001",
            "TRUNCATE log_leaf CASCADE": "RG001",
            "UPDATE log_hash SET hash = sha256('y')": "RG001",
            "DELETE FROM log_hash": "RG001",
            "TRUNCATE log_hash": "RG001",
            "UPDATE log_checkpoint SET note = 'x'": "RG001",
            "DELETE FROM log_checkpoint": "RG001",
            "TRUNCATE log_checkpoint CASCADE": "RG001",
            "UPDATE log_cosignature SET line = line": "RG001",
            "DELETE FROM log_cosignature": "RG001",
            "TRUNCATE log_cosignature": "RG001",
            "UPDATE log_shown SET shown_at = now()": "RG001",
            "DELETE FROM log_shown": "RG001",
            "TRUNCATE log_shown": "RG001",
            "UPDATE log_state SET size = 0": "RG004",
            "UPDATE log_state SET root = sha256('x')": "RG004",
            "UPDATE log_state SET size = size + 2": "RG004",
            "DELETE FROM log_state": "RG001",
            "TRUNCATE log_state": "RG001",
            "UPDATE version_position SET log_index = 0": "RG001",
        }

        states = {statement: await refusal(connection, statement) for statement in statements}

    assert states == statements


async def test_a_version_without_leaf_gets_one_and_nothing_else_changes(registry: World) -> None:
    await registry.published()
    await registry.published(version="1.5.0")
    async with registry.database() as connection:
        await connection.execute("ALTER TABLE version_position DISABLE TRIGGER zz_only_late_leaf")
        await connection.execute("UPDATE version_position SET log_index = NULL WHERE serial = 2")
        await connection.execute("ALTER TABLE version_position ENABLE ALWAYS TRIGGER zz_only_late_leaf")

        states = [
            await refusal(
                connection, "UPDATE version_position SET log_index = 2, serial = 9 WHERE serial = 2"
            ),
            await refusal(connection, "UPDATE version_position SET log_index = NULL WHERE serial = 2"),
            await refusal(connection, "UPDATE version_position SET log_index = 2 WHERE serial = 2"),
            await refusal(connection, "UPDATE version_position SET log_index = 1 WHERE serial = 2"),
        ]

    assert states == ["RG001", "RG001", None, "RG001"]


async def copy_of(world: World, databases: Databases) -> str:
    """Copy the database as a backup does; nobody may be using it."""
    return await databases.create(urlsplit(world.owner_url).path.lstrip("/"))


async def refused(world: World, reason: str = "") -> str:
    """Wait until readiness tells that the signer refuses, within ten seconds."""
    async with asyncio.timeout(10):
        while True:
            ready = await world.ask("GET", "/readyz")
            state: str = ready.body["checks"]["transparency_log"]["state"]
            if state.startswith(f"refused: {reason}"):
                return state
            await asyncio.sleep(0.05)


async def tamper(world: World, statement: str) -> None:
    """Change rows as a superuser does who switches the triggers off first."""
    async with world.database() as connection, connection.transaction():
        await connection.execute("ALTER TABLE log_leaf DISABLE TRIGGER USER")
        await connection.execute(statement)


async def refusal(connection: asyncpg.Connection, statement: str) -> str | None:
    """Run a statement and return the SQLSTATE it fails with."""
    try:
        async with connection.transaction():
            await connection.execute(statement)
    except asyncpg.exceptions.PostgresError as error:
        return str(error.as_dict()["sqlstate"])
    return None
