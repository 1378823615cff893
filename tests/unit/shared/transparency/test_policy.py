import pytest

from annex_shared.transparency import (
    Checkpoint,
    Cosigner,
    LogPolicy,
    NoteSigner,
    sign_checkpoint,
)
from annex_shared.transparency.errors import (
    NoteMalformed,
    NoteSignatureBroken,
    NoteSignerUnknown,
    OriginMismatch,
    QuorumMissing,
)
from annex_shared.transparency.policy import Cosigned, PolicyLog, PolicyWitness, WitnessGroup
from unit.shared.transparency.vectors import LOG, key_of_seed

CHECKPOINT = Checkpoint(LOG.name, 5, b"r" * 32)
NAMES = ["x1", "x2", "x3", "y1", "y2"]
WITNESSES = {
    name: Cosigner(f"witness.example/{name}", key_of_seed(name.encode().ljust(32))) for name in NAMES
}
VERIFIERS = [witness.verifier for witness in WITNESSES.values()]
NESTED = LogPolicy(
    (PolicyLog(LOG.verifier),),
    tuple(PolicyWitness(name, witness.verifier) for name, witness in WITNESSES.items()),
    (
        WitnessGroup("x", 2, ("x1", "x2", "x3")),
        WitnessGroup("y", 1, ("y1", "y2")),
        WitnessGroup("both", 2, ("x", "y")),
    ),
    "both",
)


def _cosigned_by(*names: str, timestamp: int = 1_763_650_800) -> bytes:
    body = CHECKPOINT.to_body()
    lines = "".join(WITNESSES[name].cosign(body, timestamp=timestamp).line() for name in names)
    return sign_checkpoint(CHECKPOINT, LOG) + lines.encode()


@pytest.mark.parametrize("count", range(6))
def test_a_quorum_of_three_takes_three_witnesses(count: int) -> None:
    policy = LogPolicy.of(LOG.verifier, VERIFIERS, quorum=3)
    note = _cosigned_by(*NAMES[:count])

    if count >= 3:
        assert len(policy.accept(note).cosigned) == count
    else:
        with pytest.raises(QuorumMissing):
            policy.accept(note)


def test_without_a_quorum_the_log_is_enough() -> None:
    accepted = LogPolicy.of(LOG.verifier).accept(_cosigned_by("x1"))

    assert accepted.checkpoint == CHECKPOINT
    assert accepted.cosigned == ()
    assert LogPolicy.of(LOG.verifier) == LogPolicy((PolicyLog(LOG.verifier),))


@pytest.mark.parametrize("quorum", [-1, 6])
def test_a_quorum_beyond_the_witnesses_is_a_mistake(quorum: int) -> None:
    with pytest.raises(ValueError, match="quorum"):
        LogPolicy.of(LOG.verifier, VERIFIERS, quorum=quorum)


@pytest.mark.parametrize(
    ("names", "is_enough"),
    [
        ("", False),
        ("x1 x2 x3", False),
        ("y1 y2", False),
        ("x1 y1 y2", False),
        ("x1 x2 y1", True),
        ("x2 x3 y2", True),
        ("x1 x2 x3 y1 y2", True),
    ],
)
def test_groups_of_groups_are_counted(names: str, *, is_enough: bool) -> None:
    note = _cosigned_by(*names.split())

    if is_enough:
        assert {each.witness for each in NESTED.accept(note).cosigned} == set(names.split())
    else:
        with pytest.raises(QuorumMissing):
            NESTED.accept(note)


def test_one_witness_is_counted_once_and_at_its_latest() -> None:
    policy = LogPolicy.of(LOG.verifier, VERIFIERS, quorum=2)
    twice = (
        _cosigned_by("x1", timestamp=5)
        + _cosigned_by("x1", timestamp=9).rpartition(b"\n\n")[2].split(b"\n")[1]
        + b"\n"
    )

    with pytest.raises(QuorumMissing):
        policy.accept(twice)
    assert LogPolicy.of(LOG.verifier, VERIFIERS, quorum=1).accept(twice).cosigned == (Cosigned("w0", 9),)


def test_a_stranger_is_not_counted() -> None:
    policy = LogPolicy.of(LOG.verifier, VERIFIERS[1:], quorum=1)

    with pytest.raises(QuorumMissing):
        policy.accept(_cosigned_by("x1"))


def test_a_broken_cosignature_is_not_outvoted() -> None:
    policy = LogPolicy.of(LOG.verifier, VERIFIERS, quorum=1)
    forged = WITNESSES["x2"].cosign("another body\n", timestamp=1).line().encode()

    with pytest.raises(NoteSignatureBroken):
        policy.accept(_cosigned_by("x1") + forged)


def test_a_log_that_is_not_listed_is_refused() -> None:
    other = NoteSigner("other.example/log", key_of_seed(b"o" * 32))

    with pytest.raises(OriginMismatch):
        LogPolicy.of(other.verifier).accept(_cosigned_by())
    with pytest.raises(OriginMismatch):
        LogPolicy(()).accept(_cosigned_by())


def test_a_listed_name_with_another_key_is_refused() -> None:
    impostor = NoteSigner(LOG.name, key_of_seed(b"i" * 32))

    with pytest.raises(NoteSignerUnknown):
        LogPolicy.of(LOG.verifier).accept(sign_checkpoint(CHECKPOINT, impostor))


def test_any_of_several_logs_is_accepted() -> None:
    other = NoteSigner("other.example/log", key_of_seed(b"o" * 32))
    policy = LogPolicy((PolicyLog(other.verifier), PolicyLog(LOG.verifier)))

    assert policy.accept(_cosigned_by()).checkpoint == CHECKPOINT
    assert policy.accept(sign_checkpoint(Checkpoint(other.name, 5, b"r" * 32), other)).checkpoint.size == 5


def test_bytes_that_are_no_note_are_refused() -> None:
    with pytest.raises(NoteMalformed):
        LogPolicy.of(LOG.verifier).accept(b"no note")
