"""The process is killed at every step of a publish; what restarts finds all of it or nothing of it.

A trigger in the test's own database stops the process at a chosen statement; the program knows nothing of it.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from integration.registry.test_program import environment_of
from integration.registry.waiting import until_somebody_waits, until_there
from integration.registry.world import World, bundle

GATE = 424_242
KEY = {"Idempotency-Key": "once"}


@dataclass(frozen=True)
class Step:
    """Where the process stands when it is killed, as a trigger; ``is_committed``: it is published."""

    name: str
    trigger: str
    is_committed: bool = False


def at(name: str, trigger: str, *, is_committed: bool = False) -> Step:
    return Step(name, f"CREATE TRIGGER gate {trigger} EXECUTE FUNCTION gate()", is_committed)


STEPS = [
    at("upload-to-be-recorded", "BEFORE INSERT ON upload_attempt FOR EACH ROW"),
    at("upload-recorded-and-not-stored", "AFTER INSERT ON upload_attempt FOR EACH ROW"),
    at("key-taken", "AFTER INSERT ON idempotency_record FOR EACH ROW"),
    at("publisher-created", "AFTER INSERT ON publisher FOR EACH ROW"),
    at("owner-added", "AFTER INSERT ON publisher_member FOR EACH ROW"),
    at("extension-created", "AFTER INSERT ON extension_registry FOR EACH ROW"),
    at("number-claimed", "AFTER INSERT ON extension_version FOR EACH ROW"),
    at("blob-stored", "BEFORE INSERT ON extension_bundle FOR EACH ROW"),
    at("bundle-recorded", "AFTER INSERT ON extension_bundle FOR EACH ROW"),
    at("head-created", "AFTER INSERT ON extension_head FOR EACH ROW"),
    at("serial-taken", "AFTER UPDATE ON feed_head FOR EACH ROW"),
    at("event-written", "AFTER INSERT ON outbox FOR EACH ROW"),
    at("event-queued", "AFTER INSERT ON outbox_pending FOR EACH ROW"),
    at("version-placed", "AFTER INSERT ON version_position FOR EACH ROW"),
    at("upload-closed", "AFTER UPDATE OF state ON upload_attempt FOR EACH ROW"),
    at("answer-kept", "AFTER UPDATE ON idempotency_record FOR EACH ROW"),
    # The database has the COMMIT and carries it out although nobody waits for its answer any more.
    Step(
        "commit-sent",
        "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON version_position DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION gate()",
        is_committed=True,
    ),
    at(
        "committed-and-not-answered",
        "BEFORE UPDATE OF may_have_object ON upload_attempt FOR EACH ROW",
        is_committed=True,
    ),
]


@asynccontextmanager
async def process_of(world: World, **environment: str) -> AsyncIterator[Process]:
    """Run the real program; kill it with the block."""
    process = await create_subprocess_exec(
        sys.executable,
        "-m",
        "annex_registry",
        "serve",
        env={
            "PATH": os.environ["PATH"],
            **environment_of(world),
            "SIGNATURE_POLICY": "optional",
            "PUBLISHER_AUTO_CREATE": "true",
            "LOG_FORMAT": "json",
            **environment,
        },
        stdout=PIPE,
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            told = json.loads(line)
            if told["event"] == "service_started":
                world.url = f"http://127.0.0.1:{told['port']}"
                break
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        # Reads what is left, or the pipe would outlive the test.
        await process.communicate()


async def publish(world: World, content: bytes, way: str) -> None:
    """Try to publish; being cut off in the middle is what this is for."""
    with suppress(AnnexError):
        if way == "one-shot":
            await world.publish_at_once(content, key="once")
        elif way == "session":
            upload = await world.uploaded(content)
            await world.ask("POST", f"{upload}/finalize", {}, headers=KEY)
        else:
            await world.finalize(await world.staged(content), headers=KEY)


async def killed_at(world: World, step: Step, content: bytes, way: str) -> None:
    """Stop the program at the step and kill it there."""
    async with process_of(world) as process, world.database() as gatekeeper:
        await gatekeeper.execute(
            f"CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$"
        )
        await gatekeeper.execute("SET search_path = registry")
        await gatekeeper.execute(step.trigger)
        await gatekeeper.execute("SELECT pg_advisory_lock($1)", GATE)
        publishing = asyncio.create_task(publish(world, content, way))
        await until_somebody_waits(gatekeeper)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await publishing
        await gatekeeper.execute("SELECT pg_advisory_unlock($1)", GATE)
        await until_there(gatekeeper, "SELECT (NOT EXISTS (" + _SESSIONS + "))::int")
        await gatekeeper.execute("DROP FUNCTION gate() CASCADE")


_SESSIONS = (
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'annex%'"
)


async def assert_whole_or_absent(connection: asyncpg.Connection, *, is_committed: bool) -> None:
    """Promises 1 and 3: the version with its bundle, its place and its event, or none of the four."""
    for table in ("extension_version", "extension_bundle", "version_position", "outbox", "outbox_pending"):
        count = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - names above
        assert (table, count) == (table, int(is_committed))
    serial = await connection.fetchval("SELECT serial FROM feed_head WHERE feed = 'registry'")
    assert serial == int(is_committed)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
async def test_a_publish_killed_at_any_step_is_whole_or_absent_and_its_repeat_converges(
    world: World, bus: Bus, step: Step
) -> None:
    content = bundle()

    await killed_at(world, step, content, "predecessor")

    async with world.database() as connection:
        await assert_whole_or_absent(connection, is_committed=step.is_committed)
    async with world.running(bus) as registry:
        other = bundle(marker=b"other")
        repeated = await registry.finalize(await registry.staged(content), headers=KEY)
        again = await registry.finalize(await registry.staged(content), headers=KEY)
        refused = await registry.publish_at_once(other, key="another")
        served = await registry.ask(
            "GET", f"/internal/v1/bundles/{ContentHash.of(content)}", caller=Caller("service:gateway")
        )
        async with registry.database() as connection:
            # The relay of the restarted registry announces what was committed before the crash.
            await until_there(connection, "SELECT (NOT EXISTS (SELECT FROM outbox_pending))::int")
    assert (repeated.status, again.status) == (200, 200)
    assert again.body == repeated.body
    assert ("Idempotency-Replayed" in repeated.headers) is step.is_committed
    assert (refused.status, refused.code) == (409, "VERSION_ALREADY_EXISTS")
    assert served.body == content
    assert [event["id"] for event in await world.events("registry")] == ["registry/1"]
    facts = await world.facts()
    assert (facts["extension_version"], facts["extension_bundle"], facts["outbox"]) == (1, 1, 1)


ONE_SHOT_STEPS = ("upload-recorded-and-not-stored", "blob-stored", "answer-kept", "commit-sent")


@pytest.mark.parametrize(
    "step", [step for step in STEPS if step.name in ONE_SHOT_STEPS], ids=lambda step: step.name
)
async def test_a_one_shot_killed_at_a_step_is_whole_or_absent_and_its_repeat_converges(
    world: World, bus: Bus, step: Step
) -> None:
    content = bundle()

    await killed_at(world, step, content, "one-shot")

    async with world.database() as connection:
        await assert_whole_or_absent(connection, is_committed=step.is_committed)
        assert await connection.fetchval("SELECT count(*) FROM upload_attempt") == int(step.is_committed)
    async with world.running(bus) as registry:
        first = await registry.publish_at_once(content, key="once")
        again = await registry.publish_at_once(content, key="once")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert ("Idempotency-Replayed" in first.headers) is step.is_committed
    assert (await world.facts())["extension_version"] == 1


async def test_a_chunk_whose_count_was_lost_is_sent_again_and_nothing_is_doubled(
    world: World, bus: Bus
) -> None:
    content = bundle()
    step = at("chunk-stored", "BEFORE UPDATE OF parts ON upload_attempt FOR EACH ROW")

    await killed_at(world, step, content, "session")

    async with world.database() as connection:
        upload_id = await connection.fetchval("SELECT id FROM upload_attempt")
    upload = f"/api/v1/uploads/{upload_id}"
    async with world.running(bus) as registry:
        head = await registry.ask("HEAD", upload)
        await registry.append(upload, content, at=0)
        published = await registry.ask("POST", f"{upload}/finalize", {}, headers=KEY)
    assert head.headers["upload-offset"] == "0"
    assert published.status == 201
    digest = ContentHash.of(content).hex
    assert world.files() == [f"blobs/sha256/{digest[:2]}/{digest}"]
