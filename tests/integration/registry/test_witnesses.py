"""The registry's log with witnesses: real ones, that are there, away, or hear of another tree."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from annex_shared.http.server import listening
from annex_shared.messaging.port import Bus
from annex_shared.settings import InvalidSettings
from annex_shared.signing import SigningKey
from annex_shared.transparency import LogPolicy, LogProof, NoteSigner, cosigned_at, open_note
from annex_shared.transparency.errors import QuorumMissing
from integration.registry.auditor import Auditor
from integration.registry.test_log_faults import copy_of
from integration.registry.world import World, bundle
from support.stack.isolation import Databases
from support.witnesses import WitnessPlace, policy_text, witness_place


@pytest.fixture
def places(auditor: Auditor, tmp_path: Path) -> list[WitnessPlace]:
    return [witness_place(tmp_path / f"w{at}", auditor.key, name=f"witness.example/w{at}") for at in range(2)]


@pytest.fixture
async def awake(places: list[WitnessPlace]) -> AsyncIterator[list[WitnessPlace]]:
    """Return witnesses that are all there."""
    async with AsyncExitStack() as stack:
        for place in places:
            await stack.enter_async_context(place.running())
        yield places


@asynccontextmanager
async def witnessed(
    auditor: Auditor, bus: Bus, places: list[WitnessPlace], quorum: int, **changes: object
) -> AsyncIterator[World]:
    world = auditor.world
    policy = world.folder / "policy"
    policy.write_text(policy_text(auditor.key, places, quorum))
    settings = {"log_witness_max_rest_seconds": 0.2, "log_witness_timeout_seconds": 2, **changes}
    async with world.running(bus, log_key_file=world.log_key_file, log_policy_file=policy, **settings):
        yield world


def trust(auditor: Auditor, places: list[WitnessPlace], quorum: int) -> LogPolicy:
    return LogPolicy.of(auditor.key, [place.cosigner.verifier for place in places], quorum=quorum)


async def appears(auditor: Auditor, policy: LogPolicy, size: int) -> None:
    """Wait until the served checkpoint of a size meets the policy, within ten seconds."""
    async with asyncio.timeout(10):
        while True:
            answer = await auditor.get("checkpoint")
            try:
                if answer.status == 200 and policy.accept(answer.body).checkpoint.size == size:
                    return
            except QuorumMissing:
                pass
            await asyncio.sleep(0.05)


async def test_a_publish_answers_with_a_proof_that_the_quorum_cosigned(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace]
) -> None:
    content = bundle()
    async with witnessed(auditor, bus, awake, 2) as world:
        proof = (await world.published(content))["proof"]
        checkpoint = (await auditor.get("checkpoint")).body
        later = await world.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof")
        ready = (await world.ask("GET", "/readyz")).body["checks"]

    policy = trust(auditor, awake, 2)
    assert auditor.verify(proof, content).index == 1
    assert len(policy.accept(LogProof.parse(proof).checkpoint_note.encode()).cosigned) == 2
    assert policy.accept(checkpoint).checkpoint.size == 2
    assert policy.accept(LogProof.parse(later.body).checkpoint_note.encode()).checkpoint.size == 2
    assert ready["witnesses"]["state"] == "w0 cosigned 2, w1 cosigned 2"


async def test_a_log_that_grows_is_cosigned_from_tree_to_tree(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace]
) -> None:
    async with witnessed(auditor, bus, awake, 2) as world:
        proofs = [(await world.published(version=f"1.{minor}.0"))["proof"] for minor in range(6)]

    policy = trust(auditor, awake, 2)
    sizes = [
        policy.accept(LogProof.parse(proof).checkpoint_note.encode()).checkpoint.size for proof in proofs
    ]
    assert sizes == [2, 3, 4, 5, 6, 7]


async def test_without_a_quorum_a_witness_that_is_away_holds_up_nothing_and_is_asked_again(
    auditor: Auditor, bus: Bus, places: list[WitnessPlace]
) -> None:
    first, second = places
    async with first.running(), second.running():
        pass
    async with witnessed(auditor, bus, places, 0) as world:
        proof = (await world.published())["proof"]
        alone = (await auditor.get("checkpoint")).body
        async with first.running():
            await appears(auditor, trust(auditor, [first], 1), 2)
            ready = await world.ask("GET", "/readyz")

    assert proof is not None
    assert len(open_note(alone, [auditor.key]).unverified) == 0
    assert ready.status == 200
    assert ready.body["checks"]["witnesses"]["state"] == "w0 cosigned 2, w1 failed"


async def test_one_of_two_is_enough_when_the_policy_says_so(
    auditor: Auditor, bus: Bus, places: list[WitnessPlace]
) -> None:
    async with places[1].running():
        pass
    async with places[0].running(), witnessed(auditor, bus, places, 1) as world:
        proof = (await world.published())["proof"]

    accepted = trust(auditor, places, 1).accept(LogProof.parse(proof).checkpoint_note.encode())
    assert [each.witness for each in accepted.cosigned] == ["w0"]


async def test_a_witness_that_hangs_is_waited_for_only_where_it_is_needed(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace]
) -> None:
    asked = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(30)
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/add-checkpoint", hang)])
    async with listening(app, host="127.0.0.1", port=0, cancel_on_disconnect=True) as port:
        awake[1].port, real = port, awake[1].port
        async with witnessed(auditor, bus, awake, 1, log_witness_timeout_seconds=20) as world:
            proof = (await world.published())["proof"]
            await asked.wait()
        awake[1].port = real

    assert proof is not None


async def test_where_the_quorum_is_missing_publishing_goes_on_and_proofs_wait(
    auditor: Auditor, bus: Bus, places: list[WitnessPlace]
) -> None:
    first, second = places
    path = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof"
    async with second.running():
        pass
    async with first.running(), witnessed(auditor, bus, places, 2, log_proof_wait_seconds=0.5) as world:
        published = await world.publish(bundle())
        checkpoint = await auditor.get("checkpoint")
        pending = await world.ask("GET", path)
        state = (await world.ask("GET", "/readyz")).body["checks"]["transparency_log"]["state"]
        async with second.running():
            await appears(auditor, trust(auditor, places, 2), 2)
            proven = await world.ask("GET", path)

    assert (published.status, published.body["proof"]) == (200, None)
    assert (checkpoint.status, pending.status, pending.code) == (404, 404, "LOG_NOT_SIGNED")
    assert state == "waiting for witnesses: tree of 2"
    assert proven.status == 200


async def test_an_older_tree_is_served_while_the_newer_one_waits_for_its_witnesses(
    auditor: Auditor, bus: Bus, places: list[WitnessPlace]
) -> None:
    async with places[0].running(), witnessed(auditor, bus, places[:1], 1) as world:
        await world.published()
    async with witnessed(auditor, bus, places[:1], 1, log_proof_wait_seconds=0.2) as world:
        newer = await world.publish(bundle(version="1.5.0"))
        checkpoint = (await auditor.checkpoint()).checkpoint
        tile = await auditor.get("tile/0/000.p/3")

    assert (newer.status, newer.body["proof"]) == (200, None)
    assert (checkpoint.size, tile.status) == (2, 404)


async def test_an_unchanged_tree_is_cosigned_anew_after_a_while(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace]
) -> None:
    verifier = awake[0].cosigner.verifier

    async def newest() -> int:
        note = open_note((await auditor.get("checkpoint")).body, [auditor.key, verifier])
        (cosignature,) = note.signatures_by(verifier)
        return cosigned_at(cosignature)

    async with witnessed(auditor, bus, awake[:1], 1, log_witness_refresh_seconds=0.1) as world:
        await world.published()
        before = await newest()
        async with asyncio.timeout(10):
            while (now := await newest()) == before:  # noqa: ASYNC110 - the registry is another program
                await asyncio.sleep(0.1)

    assert now > before


async def test_the_same_witnesses_go_on_after_a_restart_of_the_registry(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace]
) -> None:
    async with witnessed(auditor, bus, awake, 2) as world:
        await world.published()
    with capture_logs() as logs:
        async with witnessed(auditor, bus, awake, 2) as world:
            proof = (await world.published(version="1.5.0"))["proof"]

    assert (
        trust(auditor, awake, 2).accept(LogProof.parse(proof).checkpoint_note.encode()).checkpoint.size == 3
    )
    assert [line for line in logs if line["event"] == "checkpoint_not_cosigned"] == []


async def settled(world: World) -> dict[str, Any]:
    """Ask until each witness, which is given a rest after an answer it may repeat, has said its last word."""
    async with asyncio.timeout(30):
        while True:
            checks: dict[str, Any] = (await world.ask("GET", "/readyz")).body["checks"]
            if "ahead" not in checks["witnesses"]["state"]:
                return checks
            await asyncio.sleep(0.05)


async def test_a_fork_is_not_cosigned_so_nobody_gets_a_proof_of_it(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace], databases: Databases, tmp_path: Path
) -> None:
    """Two databases with one key: the fence of the second is another one, so that its signer signs."""
    async with witnessed(auditor, bus, awake, 1) as world:
        await world.published()
    world, original, honest_store = auditor.world, auditor.world.owner_url, auditor.world.folder / "bundles"
    copy = await copy_of(world, databases)
    async with witnessed(auditor, bus, awake, 1) as world:
        honest = await world.published(version="1.5.0", marker=b"honest")
    world.owner_url = copy
    honest_store.rename(tmp_path / "honest")
    with capture_logs() as logs:
        async with witnessed(auditor, bus, awake, 1, log_proof_wait_seconds=1) as world:
            forked = await world.publish(bundle(version="1.5.0", marker=b"forked"))
            shown = (await auditor.checkpoint()).checkpoint
            state = await settled(world)

    world.owner_url = original
    await databases.drop(copy)
    assert honest["proof"] is not None
    assert (forked.status, forked.body["proof"], shown.size) == (200, None, 2)
    assert state["transparency_log"]["state"].startswith("waiting for witnesses")
    assert state["witnesses"]["state"] == "w0 contradicts, w1 contradicts"
    assert "witness_contradicts_log" in {line["event"] for line in logs}


async def test_a_registry_without_its_fence_hears_from_its_witness_that_it_is_an_older_copy(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace], databases: Databases, tmp_path: Path
) -> None:
    async with witnessed(auditor, bus, awake[:1], 1) as world:
        await world.published()
    original = world.owner_url
    copy = await copy_of(world, databases)
    async with witnessed(auditor, bus, awake[:1], 1) as world:
        await world.published(version="1.5.0")
    world.owner_url = copy
    (world.folder / "bundles").rename(tmp_path / "newer")
    async with witnessed(auditor, bus, awake[:1], 1) as world:
        async with asyncio.timeout(10):
            while True:
                state = (await world.ask("GET", "/readyz")).body["checks"]["witnesses"]["state"]
                if state != "w0 not asked yet":
                    break
                await asyncio.sleep(0.05)

    world.owner_url = original
    await databases.drop(copy)
    assert state == "w0 ahead"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("log {log}\n", "it has no quorum line"),
        ("log {other}\nquorum none\n", "does not list the key of this log"),
        ("log {log}\nwitness w {witness}\nquorum w\n", "no checkpoint would ever be shown"),
        ("log {log}\nwitness w {witness} ftp://x\nquorum w\n", "is not one of HTTP"),
    ],
)
async def test_a_policy_that_cannot_work_stops_the_start(
    auditor: Auditor, bus: Bus, places: list[WitnessPlace], text: str, sentence: str
) -> None:
    world = auditor.world
    other = NoteSigner("other.example/log", SigningKey.generate()).verifier
    (world.folder / "policy").write_text(
        text.format(log=auditor.key.vkey, other=other.vkey, witness=places[0].cosigner.verifier.vkey)
    )

    with pytest.raises(InvalidSettings) as refusal:
        async with world.running(
            bus, log_key_file=world.log_key_file, log_policy_file=world.folder / "policy"
        ):
            pass

    assert sentence in refusal.value.message


async def test_a_cosignature_by_another_key_counts_for_nothing(
    auditor: Auditor, bus: Bus, awake: list[WitnessPlace], tmp_path: Path
) -> None:
    """The policy expects the key of one witness at the address of another."""
    expected = witness_place(tmp_path / "expected", auditor.key, name="witness.example/w0")
    expected.port = awake[0].port
    async with witnessed(auditor, bus, [expected], 1, log_proof_wait_seconds=1) as world:
        published = await world.publish(bundle())
        ready = (await world.ask("GET", "/readyz")).body["checks"]["witnesses"]["state"]
        async with world.database() as connection:
            kept = await connection.fetchval("SELECT count(*) FROM log_cosignature")

    assert (published.status, published.body["proof"]) == (200, None)
    assert (ready, kept) == ("w0 failed", 0)
