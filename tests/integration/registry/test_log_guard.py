"""Nothing is added to a log that is not, or may not be, the one that was signed before."""

import asyncio

import asyncpg
from structlog.testing import capture_logs

from annex_shared.messaging.port import Bus
from annex_shared.signing import SigningKey
from integration.registry.auditor import Auditor
from integration.registry.test_log_faults import copy_of, fences, refused
from integration.registry.waiting import until_somebody_waits
from integration.registry.world import Answer, World, bundle
from support.stack.isolation import Databases

STATUS = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/status"
KEYS = "/api/v1/publishers/acme/keys"
YANK = {"status": "yanked", "reason": "It loses notes."}


def a_key() -> dict[str, str]:
    return {"public_key_pem": SigningKey.generate().public.to_pem().decode()}


async def every_change(world: World, known_key: str) -> dict[str, Answer]:
    """Try whatever would have a leaf."""
    return {
        "publish": await world.publish(bundle(version="1.5.0", marker=b"other bytes")),
        "one shot": await world.publish_at_once(bundle(version="1.5.0", marker=b"other bytes")),
        "status": await world.ask("POST", STATUS, YANK),
        "key added": await world.ask("POST", KEYS, a_key()),
        "key rotated": await world.ask("POST", f"{KEYS}/{known_key}/rotate", a_key()),
        "key revoked": await world.ask("DELETE", f"{KEYS}/{known_key}"),
    }


async def test_over_a_restored_older_database_nothing_is_changed(
    world: World, bus: Bus, auditor: Auditor, databases: Databases
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published()
        key_id = (await world.ask("POST", KEYS, a_key())).body["key_id"]
        await auditor.appeared(3)
    backup = await copy_of(world, databases)
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published(version="1.5.0")
        await auditor.appeared(4)
    original, world.owner_url = world.owner_url, backup

    with capture_logs() as lines:
        async with world.running(bus, log_key_file=world.log_key_file):
            before = await world.facts()
            state = await refused(world)
            answers = await every_change(world, key_id)
            rehearsed = await world.ask("POST", STATUS, {**YANK, "dry_run": True})
            after = await world.facts()
            listed = await world.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions")

    world.owner_url = original
    async with world.running(bus, log_key_file=world.log_key_file):
        duplicate = await world.publish(bundle(version="1.5.0", marker=b"other bytes"))
    await databases.drop(backup)
    assert {(answer.status, answer.code) for answer in answers.values()} == {(503, "LOG_SIGNING_REFUSED")}
    assert answers["status"].body["details"] == {"reason": "database_behind_fence"}
    # The staged upload stays, and waits for the right database.
    assert after == {**before, "files": before["files"] + 1}
    assert state == "refused: database_behind_fence"
    assert (rehearsed.status, listed.status) == (200, 200)
    told = [line["reason"] for line in lines if line["event"] == "log_change_refused"]
    assert told == ["database_behind_fence"] * len(answers)
    # Spent is spent: the number that the older copy did not know of.
    assert (duplicate.status, duplicate.code) == (409, "VERSION_ALREADY_EXISTS")


async def test_an_upload_refused_by_the_log_is_finalized_once_the_right_database_is_back(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    content = bundle()
    async with world.running(bus, log_key_file=world.log_key_file):
        await auditor.appeared(0)
    folder = world.folder / "bundles" / "log" / "cp"
    ahead = folder / f"{7:020d}"
    ahead.write_bytes(b"a fence of another log")
    async with world.running(bus, log_key_file=world.log_key_file):
        await refused(world, "fence_unreadable")
        upload = await world.staged(content)
        first = await world.finalize(upload, headers={"Idempotency-Key": "once"})
    ahead.unlink()

    async with world.running(bus, log_key_file=world.log_key_file):
        again = await world.finalize(upload, headers={"Idempotency-Key": "once"})

    assert (first.status, first.code) == (503, "LOG_SIGNING_REFUSED")
    assert again.status == 200
    assert auditor.verify(again.body["proof"], content).index == 1


async def test_before_the_fence_was_read_nothing_is_changed_and_then_the_same_request_goes(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file):
        await world.published()
        await auditor.appeared(2)
    folder = world.folder / "bundles" / "log" / "cp"
    folder.rename(folder.with_name("away"))
    folder.write_bytes(b"in the way")

    async with world.running(bus, log_key_file=world.log_key_file):
        before = await world.facts()
        refusal = await world.ask("POST", STATUS, YANK)
        after = await world.facts()
        folder.unlink()
        folder.with_name("away").rename(folder)
        await auditor.appeared(2)
        accepted = await until_accepted(world)

    assert (refusal.status, refusal.code) == (503, "LOG_NOT_CHECKED")
    assert refusal.headers["retry-after"] == "1"
    assert after == before
    assert accepted.body["log_index"] == 2


async def test_a_fence_that_goes_away_later_holds_up_the_signature_only(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    async with world.running(bus, log_key_file=world.log_key_file, log_proof_wait_seconds=0.2):
        await world.published()
        await auditor.appeared(2)
        folder = world.folder / "bundles" / "log" / "cp"
        folder.rename(folder.with_name("away"))
        folder.write_bytes(b"in the way")
        accepted = await world.ask("POST", STATUS, YANK)
        unsigned = await auditor.get("proof/2")
        folder.unlink()
        folder.with_name("away").rename(folder)
        checkpoint = await auditor.appeared(3)

    assert (accepted.status, accepted.body["log_index"]) == (200, 2)
    assert (unsigned.status, unsigned.code) == (404, "LOG_NOT_SIGNED")
    assert checkpoint.size == 3
    assert fences(world)[-1] == 3


async def test_a_database_that_nobody_has_compared_takes_no_leaf(logged: World, auditor: Auditor) -> None:
    await logged.published()
    await auditor.appeared(2)
    async with logged.database() as usurper:
        await take_the_lead(logged, usurper)
        before = await logged.facts()

        answer = await logged.ask("POST", STATUS, YANK)
        after = await logged.facts()
        state = (await logged.ask("GET", "/readyz")).body["checks"]["transparency_log"]["state"]

    accepted = await until_accepted(logged)
    assert (answer.status, answer.code) == (503, "LOG_NOT_CHECKED")
    assert after == before
    assert state == "waiting: not checked, signed up to 2"
    assert accepted.body["log_index"] == 2


async def take_the_lead(world: World, connection: asyncpg.Connection) -> None:
    """End the signer's session and lead in its place without looking at the log."""
    wish = asyncio.create_task(
        connection.execute("SELECT pg_advisory_lock(hashtextextended('annex-registry-signer', 0))")
    )
    async with world.database() as other:
        await until_somebody_waits(other)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'annex-registry-signer'"
        )
    await wish


async def until_accepted(world: World) -> Answer:
    """Send the same request until it goes, within twenty seconds."""
    async with asyncio.timeout(20):
        while True:
            answer = await world.ask("POST", STATUS, YANK)
            if answer.code not in ("LOG_NOT_CHECKED", "REGISTRY_BUSY"):
                assert answer.status == 200, answer.body
                return answer
            await asyncio.sleep(0.1)
