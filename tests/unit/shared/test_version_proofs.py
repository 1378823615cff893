import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.http.metrics import ProofFindings
from annex_shared.names import ExtensionRef
from annex_shared.transparency import LogPolicy
from annex_shared.version_number import VersionNumber
from annex_shared.version_proofs import LoadedVersion, LogVerify, ProofMissing, VersionProofs
from support.little_log import LittleLog

HASH, OTHER_HASH = ContentHash.of(b"bundle"), ContentHash.of(b"other")
NOTES = ExtensionRef.parse("acme/notes")
LOADED = LoadedVersion(NOTES, VersionNumber.parse("1.0.0"), HASH)


class RegistryAway(AnnexError):
    """The registry does not answer."""


@dataclass
class Proofs:
    """A registry's proofs: what is answered one after another, the last one for ever."""

    answers: Sequence[bytes | ProofMissing | AnnexError]
    asked: int = 0
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    async def read(self, _loaded: LoadedVersion) -> bytes | ProofMissing:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(answer, AnnexError):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def guard(self, log: LittleLog, mode: LogVerify = LogVerify.REQUIRE) -> VersionProofs:
        policy = LogPolicy.of(log.signer.verifier)
        return VersionProofs(
            mode, policy, self.read, wait_seconds=3, monotonic=lambda: self.now, sleep=self.sleep
        )


@pytest.fixture
def log() -> LittleLog:
    log = LittleLog()
    log.publish("acme/notes", "1.0.0", HASH)
    return log


def proof_of(log: LittleLog) -> bytes:
    return log.proof(1).encode()


async def test_what_is_proven_is_asked_about_once_however_many_want_it(log: LittleLog) -> None:
    proofs = Proofs([proof_of(log)])
    guard = proofs.guard(log)

    doubts = await asyncio.gather(*(guard.doubt(LOADED) for _ in range(20)))
    later = await guard.doubt(LOADED)

    assert {*doubts, later} == {None}
    assert proofs.asked == 1
    assert guard.is_proven(HASH)
    assert guard.says() == "require, 1 proven, 0 not proven"


@pytest.mark.parametrize(
    ("loaded", "field"),
    [
        (LoadedVersion(NOTES, LOADED.version, OTHER_HASH), "bundle"),
        (LoadedVersion(NOTES, VersionNumber.parse("1.0.1"), HASH), "version"),
        (LoadedVersion(ExtensionRef.parse("evil/notes"), LOADED.version, HASH), "extension"),
    ],
)
async def test_a_proof_of_something_else_is_a_doubt(
    log: LittleLog, loaded: LoadedVersion, field: str
) -> None:
    doubt = await Proofs([proof_of(log)]).guard(log).doubt(loaded)

    assert doubt is not None
    assert not doubt.is_pending
    assert (doubt.details["reason"], doubt.details["field"]) == ("entry_mismatch", field)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda proof: proof[1:], "log_proof_malformed"),
        (lambda proof: proof.replace(b"index 1", b"index 0"), "inclusion_broken"),
        (lambda proof: proof.replace(b"\n2\n", b"\n3\n"), "note_signature_broken"),
    ],
)
async def test_a_broken_proof_is_a_doubt(
    log: LittleLog, change: Callable[[bytes], bytes], reason: str
) -> None:
    doubt = await Proofs([change(proof_of(log))]).guard(log).doubt(LOADED)

    assert doubt is not None
    assert doubt.details["reason"] == reason


async def test_a_late_proof_is_waited_for_with_growing_pauses(log: LittleLog) -> None:
    proofs = Proofs([*[ProofMissing(is_pending=True)] * 3, proof_of(log)])

    assert await proofs.guard(log).doubt(LOADED) is None
    assert proofs.slept == [0.1, 0.2, 0.4]


async def test_waiting_has_a_budget_and_a_new_try_comes_after_a_while(log: LittleLog) -> None:
    proofs = Proofs([ProofMissing(is_pending=True)])
    guard = proofs.guard(log)

    doubt = await guard.doubt(LOADED)
    asked = proofs.asked
    again = await guard.doubt(LOADED)
    proofs.now += 5
    proofs.answers = [proof_of(log)]
    later = await guard.doubt(LOADED)

    assert doubt is not None
    assert doubt.is_pending
    assert again == doubt
    assert sum(proofs.slept) <= 3
    assert (later, proofs.asked) == (None, asked + 1)


async def test_a_version_that_is_not_in_the_log_is_not_waited_for(log: LittleLog) -> None:
    proofs = Proofs([ProofMissing(is_pending=False)])

    doubt = await proofs.guard(log).doubt(LOADED)

    assert doubt is not None
    assert (doubt.is_pending, doubt.details, proofs.slept) == (False, {"reason": "not_logged"}, [])


async def test_a_registry_that_is_away_is_heard_under_require_and_told_under_warn(log: LittleLog) -> None:
    proofs = Proofs([RegistryAway("away")])

    with pytest.raises(RegistryAway):
        await proofs.guard(log).doubt(LOADED)
    with capture_logs() as logs:
        warned = await proofs.guard(log, LogVerify.WARN).doubt(LOADED)
        while not logs:  # noqa: ASYNC110 - told by a task of its own
            await asyncio.sleep(0)

    assert warned is None
    assert [(line["event"], line["log_level"], line["reason"]) for line in logs] == [
        ("version_not_proven", "warning", "away")
    ]


async def test_under_warn_nothing_is_waited_for(log: LittleLog) -> None:
    proofs = Proofs([proof_of(log)])
    guard = proofs.guard(log, LogVerify.WARN)

    doubt = await guard.doubt(LoadedVersion(NOTES, LOADED.version, OTHER_HASH))

    assert (doubt, proofs.asked) == (None, 0)
    await guard.close()


async def test_under_off_nobody_is_asked() -> None:
    guard = VersionProofs.off()

    assert await guard.doubt(LOADED) is None
    assert guard.is_proven(HASH)
    assert guard.says() == "off"


async def test_what_was_found_is_counted_for_the_scraper_also_under_warn(log: LittleLog) -> None:
    pending = ProofMissing(is_pending=True)
    guards = [
        Proofs([answer]).guard(log, LogVerify.WARN)
        for answer in (pending, ProofMissing(is_pending=False), proof_of(log), RegistryAway("away"))
    ]
    others = [LOADED, LOADED, LoadedVersion(NOTES, LOADED.version, OTHER_HASH), LOADED]
    for guard, loaded in zip(guards, others, strict=True):
        assert await guard.doubt(loaded) is None
    # What is looked for beside a call needs a few turns of the loop, and no time.
    for _ in range(20):
        await asyncio.sleep(0)

    counted = [
        {
            sample.labels["finding"]: sample.value
            for metric in ProofFindings(guard).collect()
            for sample in metric.samples
            if sample.labels["log_verify"] == "warn"
        }
        for guard in guards
    ]
    nothing = {"pending": 0, "not_logged": 0, "contradicted": 0}
    assert counted == [
        {**nothing, "pending": 1},
        {**nothing, "not_logged": 1},
        {**nothing, "contradicted": 1},
        {**nothing, "pending": 1},
    ]
