import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.transparency import (
    EMPTY_ROOT,
    Checkpoint,
    NoteSigner,
    open_checkpoint,
    origin_of,
    sign,
    sign_checkpoint,
)
from annex_shared.transparency.errors import (
    CheckpointMalformed,
    EmptyRootWrong,
    NoteMalformed,
    NoteSignatureBroken,
    NoteSignerUnknown,
    OriginMismatch,
)
from unit.shared.transparency.oracle import OracleTree
from unit.shared.transparency.vectors import ENTRIES, KEYS, LOG, WITNESS, key_of_seed, log_file

ROOT = b"r" * 32
OTHER_LOG = NoteSigner("other.example/log", key_of_seed(b"o" * 32))
GOOD = Checkpoint(LOG.name, 5, ROOT)
ROOT_LINE = "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI="


@pytest.mark.parametrize("size", range(4))
def test_the_golden_checkpoints_come_out(size: int) -> None:
    checkpoint = Checkpoint(LOG.name, size, OracleTree(ENTRIES).root(size))
    golden = log_file(f"checkpoint-{size}.txt")

    assert sign_checkpoint(checkpoint, LOG) == golden
    assert open_checkpoint(golden, [LOG.verifier]).checkpoint == checkpoint
    assert LOG.verifier.vkey == KEYS["log_vkey"]


@given(
    st.integers(1, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text("abc= +", min_size=1), max_size=3).map(tuple),
)
def test_a_checkpoint_reads_back(size: int, root: bytes, extensions: tuple[str, ...]) -> None:
    checkpoint = Checkpoint("registry.example/log", size, root, extensions)

    assert Checkpoint.parse(checkpoint.to_body()) == checkpoint


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "origin\n5\n",
        f"origin\n5\n{ROOT_LINE}",
        f"\n5\n{ROOT_LINE}\n",
        f"origin\n\n{ROOT_LINE}\n",
        f"origin\n5\n{ROOT_LINE}\n\n",
        f"origin\n5\n{ROOT_LINE}\n\nextension\n",
        f"origin\n05\n{ROOT_LINE}\n",
        f"origin\n-5\n{ROOT_LINE}\n",
        f"origin\n{2**63}\n{ROOT_LINE}\n",
        f"origin\n5 \n{ROOT_LINE}\n",
        f"origin\n5\n{ROOT_LINE} \n",
        f"origin\n5\n{ROOT_LINE[:-1]}\n",
        "origin\n5\nAAAA\n",
        f"origin\n5\n{ROOT.hex()}\n",
    ],
)
def test_any_other_body_is_refused(body: str) -> None:
    assert Checkpoint.parse(f"origin\n5\n{ROOT_LINE}\n") == Checkpoint("origin", 5, ROOT)

    with pytest.raises(CheckpointMalformed):
        Checkpoint.parse(body)


def test_the_empty_tree_has_one_root() -> None:
    assert Checkpoint.parse(Checkpoint("origin", 0, EMPTY_ROOT).to_body()).size == 0

    with pytest.raises(EmptyRootWrong):
        Checkpoint.parse(f"origin\n0\n{ROOT_LINE}\n")


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("", 5, ROOT),
        Checkpoint("two\nlines", 5, ROOT),
        Checkpoint("origin", -1, ROOT),
        Checkpoint("origin", 2**63, ROOT),
        Checkpoint("origin", 5, b"short"),
        Checkpoint("origin", 0, ROOT),
        Checkpoint("origin", 5, ROOT, ("",)),
        Checkpoint("origin", 5, ROOT, ("two\nlines",)),
    ],
)
def test_a_checkpoint_that_cannot_be_read_back_is_not_written(checkpoint: Checkpoint) -> None:
    with pytest.raises(CheckpointMalformed):
        checkpoint.to_body()


def test_a_checkpoint_is_signed_in_its_own_name_only() -> None:
    with pytest.raises(OriginMismatch):
        sign_checkpoint(GOOD, OTHER_LOG)


def test_a_checkpoint_signed_by_another_log_is_refused() -> None:
    note = sign(GOOD.to_body(), [OTHER_LOG])

    with pytest.raises(OriginMismatch):
        open_checkpoint(note, [OTHER_LOG.verifier])
    with pytest.raises(OriginMismatch):
        open_checkpoint(note, [OTHER_LOG.verifier, LOG.verifier])
    with pytest.raises(NoteSignerUnknown):
        open_checkpoint(note, [LOG.verifier])


def test_either_key_of_a_log_may_have_signed() -> None:
    renewed = NoteSigner(LOG.name, key_of_seed(b"n" * 32))

    for signer in (LOG, renewed):
        opened = open_checkpoint(sign_checkpoint(GOOD, signer), [LOG.verifier, renewed.verifier])
        assert opened.checkpoint == GOOD


def test_a_witness_alone_does_not_speak_for_the_log() -> None:
    body = GOOD.to_body()
    cosigned = f"{body}\n{WITNESS.cosign(body, timestamp=1).line()}".encode()

    with pytest.raises(NoteSignerUnknown):
        open_checkpoint(cosigned, [LOG.verifier], [WITNESS.verifier])


def test_a_broken_cosignature_refuses_the_checkpoint() -> None:
    note = sign_checkpoint(GOOD, LOG)
    forged = WITNESS.cosign("another body\n", timestamp=1).line().encode()

    assert open_checkpoint(note + forged, [LOG.verifier]).checkpoint == GOOD
    with pytest.raises(NoteSignatureBroken):
        open_checkpoint(note + forged, [LOG.verifier], [WITNESS.verifier])


def test_a_signed_text_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(CheckpointMalformed):
        open_checkpoint(sign("hello\n", [LOG]), [LOG.verifier])


def test_the_origin_is_read_to_choose_a_key() -> None:
    assert origin_of(sign_checkpoint(GOOD, LOG)) == LOG.name
    with pytest.raises(NoteMalformed):
        origin_of(b"no note")
