"""Our witness over real HTTP, as c2sp.org/tlog-witness says a witness answers."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession

from annex_shared.content_hash import ContentHash
from annex_shared.http.client import client_session
from annex_shared.settings import InvalidSettings
from annex_shared.signing import SigningKey
from annex_shared.transparency import (
    AddCheckpoint,
    NoteSigner,
    consistency_proof,
    cosigned_at,
    parse_note,
    read_cosignatures,
)
from annex_witness.app import running
from annex_witness.domain.errors import StateUnusable
from support.little_log import ORIGIN, LittleLog
from support.witnesses import WitnessPlace, witness_place


@pytest.fixture
def log() -> LittleLog:
    return grown(LittleLog(), 3)


def grown(log: LittleLog, versions: int, name: str = "acme/notes") -> LittleLog:
    for _ in range(versions):
        number = f"1.{len(log.entries)}.0"
        log.publish(name, number, ContentHash.of(f"{name} {number}".encode()))
    return log


def fork_of(log: LittleLog, versions: int) -> LittleLog:
    """Begin as ``log`` and go on otherwise, under the same key."""
    fork = LittleLog(signer=log.signer, entries=list(log.entries[:2]), heads={})
    return grown(fork, versions, "evil/notes")


@pytest.fixture
async def place(log: LittleLog, tmp_path: Path) -> AsyncIterator[WitnessPlace]:
    async with witness_place(tmp_path / "w1", log.signer.verifier).running() as place:
        yield place


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with client_session() as session:
        yield session


class Witness:
    """Asks the witness of a test."""

    def __init__(self, place: WitnessPlace, session: ClientSession) -> None:
        self.place, self.session = place, session

    async def send(self, body: bytes) -> tuple[int, str, bytes]:
        async with self.session.post(f"{self.place.url}/add-checkpoint", data=body) as answer:
            return answer.status, answer.headers["content-type"], await answer.read()

    async def add(self, log: LittleLog, old_size: int) -> tuple[int, str, bytes]:
        proof = consistency_proof(old_size, len(log.entries), log.hash_of)
        return await self.send(AddCheckpoint(old_size, proof, log.checkpoint()).to_bytes())


@pytest.fixture
def witness(place: WitnessPlace, session: ClientSession) -> Witness:
    return Witness(place, session)


async def test_a_first_checkpoint_and_one_that_adds_to_it_are_cosigned(
    witness: Witness, log: LittleLog
) -> None:
    first, note = await witness.add(log, 0), log.checkpoint()
    second = await witness.add(grown(log, 300), 4)

    assert (first[0], second[0]) == (200, 200)
    verifier = witness.place.cosigner.verifier
    (one,) = read_cosignatures(note, first[2], [verifier])
    (two,) = read_cosignatures(log.checkpoint(), second[2], [verifier])
    assert 0 < cosigned_at(one) <= cosigned_at(two)


async def test_the_same_checkpoint_is_cosigned_again(witness: Witness, log: LittleLog) -> None:
    await witness.add(log, 0)

    status, _, lines = await witness.add(log, 4)

    assert status == 200
    assert read_cosignatures(log.checkpoint(), lines, [witness.place.cosigner.verifier])


@pytest.mark.parametrize("old_size", [0, 2, 5])
async def test_another_old_size_hears_the_size_that_was_cosigned(
    witness: Witness, log: LittleLog, old_size: int
) -> None:
    await witness.add(log, 0)
    grown(log, 3)

    answer = await witness.add(log, old_size)

    assert answer == (409, "text/x.tlog.size", b"4\n")


async def test_another_tree_of_the_same_size_is_never_cosigned(witness: Witness, log: LittleLog) -> None:
    await witness.add(log, 0)
    fork = fork_of(log, 1)
    assert len(fork.entries) == len(log.entries)

    answer = await witness.add(fork, 4)

    assert answer == (409, "text/x.tlog.size", b"4\n")


async def test_a_larger_tree_that_is_not_the_old_one_grown_is_never_cosigned(
    witness: Witness, log: LittleLog
) -> None:
    await witness.add(log, 0)

    status, _, body = await witness.add(fork_of(log, 8), 4)
    again = await witness.add(grown(log, 1), 4)

    assert (status, json.loads(body)["code"]) == (422, "CHECKPOINT_INCONSISTENT")
    assert again[0] == 200


async def test_a_proof_of_the_empty_tree_is_refused(witness: Witness, log: LittleLog) -> None:
    status, _, body = await witness.send(AddCheckpoint(0, (b"x" * 32,), log.checkpoint()).to_bytes())

    assert (status, json.loads(body)["code"]) == (422, "CHECKPOINT_INCONSISTENT")


async def test_a_checkpoint_by_a_strange_key_is_refused(witness: Witness) -> None:
    stranger = grown(LittleLog(), 3)

    status, _, body = await witness.add(stranger, 0)

    assert (status, json.loads(body)["code"]) == (403, "CHECKPOINT_NOT_SIGNED")


async def test_a_checkpoint_of_a_strange_log_is_unknown(witness: Witness, log: LittleLog) -> None:
    note = log.checkpoint().replace(ORIGIN.encode(), b"other.test/annex")

    status, _, body = await witness.send(AddCheckpoint(0, (), note).to_bytes())

    assert (status, json.loads(body)["code"]) == (404, "LOG_UNKNOWN")


async def test_a_broken_signature_is_refused(witness: Witness, log: LittleLog) -> None:
    parsed = parse_note(log.checkpoint())
    other = parse_note(grown(log, 1).checkpoint())
    note = f"{parsed.text}\n{other.signatures[0].line()}".encode()

    status, _, body = await witness.send(AddCheckpoint(0, (), note).to_bytes())

    assert (status, json.loads(body)["code"]) == (403, "CHECKPOINT_NOT_SIGNED")


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda note: note,
        lambda note: b"old 01\n\n" + note,
        lambda note: b"old -1\n\n" + note,
        lambda note: b"old x\n\n" + note,
        lambda note: b"old 0\n" + note,
        lambda note: b"old 0\nAAAA\n\n" + note,
        lambda note: b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + note,
        lambda note: b"old 99\n\n" + note,
        lambda _: b"old 0\n\nno note\n",
        lambda note: b"old 0\n\n" + note + b"\xff",
    ],
)
async def test_what_is_not_the_body_of_a_request_is_refused(
    witness: Witness, log: LittleLog, change: Callable[[bytes], bytes]
) -> None:
    status, _, body = await witness.send(change(log.checkpoint()))

    assert (status, json.loads(body)["code"]) == (400, "CHECKPOINT_MALFORMED")


async def test_a_body_larger_than_any_checkpoint_is_refused(witness: Witness) -> None:
    status, _, body = await witness.send(b"old 0\n\n" + b"x" * 600_000)

    assert (status, json.loads(body)["code"]) == (413, "BODY_TOO_LARGE")


async def test_what_was_cosigned_is_remembered_over_a_restart(
    log: LittleLog, tmp_path: Path, session: ClientSession
) -> None:
    place = witness_place(tmp_path / "w2", log.signer.verifier)
    async with place.running():
        await Witness(place, session).add(log, 0)
    async with place.running():
        fork = await Witness(place, session).add(fork_of(log, 1), 4)
        honest = await Witness(place, session).add(log, 4)

    assert (fork[0], honest[0]) == (409, 200)


async def test_of_requests_at_once_none_rolls_the_tree_back(witness: Witness, log: LittleLog) -> None:
    await witness.add(log, 0)
    trees = [grown(LittleLog(log.signer, list(log.entries), dict(log.heads)), each) for each in range(1, 9)]

    answers = await asyncio.gather(*(witness.add(tree, 4) for tree in trees))

    won = [len(tree.entries) for tree, answer in zip(trees, answers, strict=True) if answer[0] == 200]
    assert len(won) == 1
    assert {answer[2] for answer in answers if answer[0] == 409} == {f"{won[0]}\n".encode()}


async def test_two_witnesses_never_share_a_state(place: WitnessPlace) -> None:
    second = WitnessPlace(place.folder, place.cosigner, place.logs)

    with pytest.raises(StateUnusable):
        async with running(second.settings):
            pass


async def test_a_state_that_was_changed_stops_the_start(log: LittleLog, tmp_path: Path) -> None:
    place = witness_place(tmp_path / "w3", log.signer.verifier)
    async with place.running(), client_session() as session:
        await Witness(place, session).add(log, 0)
    (kept,) = (place.folder / "state").glob("*.checkpoint")
    kept.write_bytes(kept.read_bytes().replace(b"\n4\n", b"\n3\n"))

    with pytest.raises(StateUnusable):
        async with place.running():
            pass


async def test_a_state_that_cannot_be_written_cosigns_nothing(witness: Witness, log: LittleLog) -> None:
    state = witness.place.folder / "state"
    state.rename(state.with_name("away"))

    refused = await witness.add(log, 0)
    async with witness.session.get(f"{witness.place.url}/readyz") as ready:
        readiness = ready.status
    state.with_name("away").rename(state)
    cosigned = await witness.add(log, 0)

    assert (refused[0], json.loads(refused[2])["code"]) == (503, "STATE_UNAVAILABLE")
    assert (readiness, cosigned[0]) == (503, 200)


async def test_a_witness_without_a_log_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings):
        async with witness_place(tmp_path / "w4").running():
            pass


async def test_the_program_makes_keys_and_serves(log: LittleLog, tmp_path: Path) -> None:
    made = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "annex_witness", "key", "witness.example/w9"],
        check=True,
        capture_output=True,
        text=True,
    )
    place = witness_place(tmp_path / "w9", log.signer.verifier)
    (place.folder / "key").write_text(made.stdout)
    environment = {
        "PATH": os.environ["PATH"],
        "HOST": "127.0.0.1",
        "PORT": "0",
        "ANNEX_WITNESS_KEY_FILE": str(place.folder / "key"),
        "ANNEX_WITNESS_LOGS_FILE": str(place.folder / "logs"),
        "ANNEX_WITNESS_STATE_DIR": str(place.folder / "state"),
    }

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "annex_witness", "serve", env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    started = json.loads(await process.stdout.readline())
    place.port = started["port"]
    async with client_session() as session:
        status, _, lines = await Witness(place, session).add(log, 0)
    process.terminate()
    await process.communicate()

    assert (started["event"], status, process.returncode) == ("service_started", 200, 0)
    assert lines.decode().startswith("\u2014 witness.example/w9 ")
    assert made.stderr.startswith("witness.example/w9+")


async def test_a_log_may_change_its_key(log: LittleLog, tmp_path: Path, session: ClientSession) -> None:
    changed = LittleLog(NoteSigner(ORIGIN, SigningKey.generate()), list(log.entries), dict(log.heads))
    place = witness_place(tmp_path / "w5", log.signer.verifier, changed.signer.verifier)

    async with place.running():
        before = await Witness(place, session).add(log, 0)
        after = await Witness(place, session).add(grown(changed, 1), 4)

    assert (before[0], after[0]) == (200, 200)
