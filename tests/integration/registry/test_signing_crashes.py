"""The process is killed at every step of signing; what restarts signs one history that proves everything."""

import asyncio
import signal
from dataclasses import dataclass

import asyncpg
import pytest

from annex_shared.messaging.port import Bus
from annex_shared.transparency import Frontier, leaf_hash, open_checkpoint, verify_chain
from integration.registry.auditor import Auditor
from integration.registry.test_crashes import _SESSIONS, GATE, KEY, Step, at, process_of, publish
from integration.registry.test_log import NOTES
from integration.registry.test_log_faults import fences
from integration.registry.waiting import until_somebody_waits, until_there
from integration.registry.world import World, bundle


def deferred(name: str, table: str) -> Step:
    """Stop inside the COMMIT, which the database carries out although nobody waits for its answer."""
    return Step(
        name,
        f"CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION gate()",
        is_committed=True,
    )


STEPS = [
    at("leaf-to-be-appended", "BEFORE INSERT ON log_leaf FOR EACH ROW"),
    at("leaf-appended", "AFTER INSERT ON log_leaf FOR EACH ROW"),
    at("tree-grown", "AFTER UPDATE ON log_state FOR EACH ROW"),
    at("chain-grown", "AFTER UPDATE OF next_log_seq ON extension_head FOR EACH ROW"),
    deferred("leaf-commit-sent", "log_leaf"),
    at("fence-written", "BEFORE INSERT ON log_checkpoint FOR EACH ROW", is_committed=True),
    at("checkpoint-stored", "AFTER INSERT ON log_checkpoint FOR EACH ROW", is_committed=True),
    deferred("checkpoint-commit-sent", "log_checkpoint"),
]
# The signer looks for the newest checkpoint before it writes the fence.
HOLD_SIGNER = "BEGIN; LOCK TABLE log_checkpoint IN ACCESS EXCLUSIVE MODE"
IS_COMMITTED = "SELECT count(*) FROM version_position"


@dataclass(frozen=True)
class Crash:
    """What was there when the process was killed, and is never to change."""

    fences: dict[int, bytes]


async def killed_while_signing(world: World, step: Step, content: bytes) -> Crash:
    """Stop the program at the step of its first publish and kill it there."""
    async with (
        process_of(world, LOG_KEY_FILE=str(world.log_key_file)) as process,
        world.database() as gatekeeper,
        world.database() as observer,
    ):
        await until_there(observer, "SELECT count(*) FROM log_checkpoint")
        if step.trigger:
            await gatekeeper.execute(
                f"CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$"
            )
            await gatekeeper.execute(step.trigger)
            await gatekeeper.execute("SELECT pg_advisory_lock($1)", GATE)
        else:
            await gatekeeper.execute(HOLD_SIGNER)
        publishing = asyncio.create_task(publish(world, content, "predecessor"))
        if not step.trigger:
            await until_there(observer, IS_COMMITTED)
        await until_somebody_waits(observer)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await publishing
        await released(gatekeeper, observer, step)
    return Crash({size: note_of(world, size) for size in fences(world)})


async def released(gatekeeper: asyncpg.Connection, observer: asyncpg.Connection, step: Step) -> None:
    await gatekeeper.execute(f"SELECT pg_advisory_unlock({GATE})" if step.trigger else "ROLLBACK")
    await until_there(observer, "SELECT (NOT EXISTS (" + _SESSIONS + "))::int")
    if step.trigger:
        await gatekeeper.execute("DROP FUNCTION gate() CASCADE")


def note_of(world: World, size: int) -> bytes:
    return (world.folder / "bundles" / "log" / "cp" / f"{size:020d}").read_bytes()


@pytest.mark.parametrize(
    "step", [*STEPS, Step("leaf-committed-and-not-signed", "", is_committed=True)], ids=lambda step: step.name
)
async def test_killed_at_any_step_of_signing_the_log_goes_on_as_one_history(
    world: World, bus: Bus, auditor: Auditor, step: Step
) -> None:
    content, other = bundle(), bundle(version="1.5.0")

    crash = await killed_while_signing(world, step, content)

    async with world.running(bus, log_key_file=world.log_key_file):
        repeated = await world.finalize(await world.staged(content), headers=KEY)
        following = await world.finalize(await world.staged(other))
        checkpoint = await auditor.appeared(3)
        entries = await auditor.entries(3)
    assert (repeated.status, following.status) == (200, 200)
    assert ("Idempotency-Replayed" in repeated.headers) is step.is_committed
    assert auditor.verify(repeated.body["proof"], content).index == 1
    assert auditor.verify(following.body["proof"], other, version="1.5.0").index == 2
    verify_chain(entries, extension=NOTES, head=leaf_hash(entries[-1]))
    # Append-only: every tree that was ever signed is the beginning of the newest, and its note is unchanged.
    roots = roots_of(entries)
    assert checkpoint.root == roots[3]
    for size in fences(world):
        assert open_checkpoint(note_of(world, size), [auditor.key]).checkpoint.root == roots[size]
    assert {size: note_of(world, size) for size in crash.fences} == crash.fences
    async with world.database() as connection:
        rows = await connection.fetch("SELECT size, note FROM log_checkpoint ORDER BY size")
    # One checkpoint for a size, and the fence has the very same.
    assert {row["size"]: row["note"].encode() for row in rows} == {
        size: note_of(world, size) for size in fences(world)
    }


def roots_of(entries: list[bytes]) -> list[bytes]:
    frontier, roots = Frontier(), [Frontier().root()]
    for entry in entries:
        frontier = frontier.append(leaf_hash(entry))
        roots.append(frontier.root())
    return roots
