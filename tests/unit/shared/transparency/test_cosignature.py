import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.transparency import (
    Checkpoint,
    CosignatureVerifier,
    Cosigner,
    NoteSignature,
    NoteVerifier,
    ParsedNote,
    add_cosignatures,
    cosigned_at,
    open_note,
    parse_note,
    sign_checkpoint,
)
from annex_shared.transparency.errors import (
    NoteKeyMalformed,
    NoteMalformed,
    NoteSignatureBroken,
    NoteSignerUnknown,
)
from unit.shared.transparency.vectors import KEYS, LOG, WITNESS, key_of_seed, log_file

SECOND = Cosigner("witness.example/w2", key_of_seed(b"2" * 32))
NOTE = sign_checkpoint(Checkpoint(LOG.name, 5, b"r" * 32), LOG)
BODY = parse_note(NOTE).text
AT = KEYS["cosignature_timestamp"]


def test_the_golden_cosignature_comes_out() -> None:
    golden = parse_note(log_file("proof-1.tlog-proof").partition(b"\n\n")[2])

    cosignature = WITNESS.cosign(golden.text, timestamp=AT)

    assert cosignature == golden.signatures[1]
    assert cosigned_at(cosignature) == AT
    assert WITNESS.verifier.vkey == KEYS["witness_vkey"]
    assert CosignatureVerifier.parse(KEYS["witness_vkey"]) == WITNESS.verifier


def test_a_private_key_reads_back() -> None:
    assert Cosigner.parse(WITNESS.to_text()).to_text() == WITNESS.to_text()
    assert Cosigner.parse(WITNESS.to_text()).verifier == WITNESS.verifier


def test_a_key_of_a_log_is_not_one_of_a_witness() -> None:
    with pytest.raises(NoteKeyMalformed):
        CosignatureVerifier.parse(LOG.verifier.vkey)
    with pytest.raises(NoteKeyMalformed):
        Cosigner.parse(LOG.to_text())
    with pytest.raises(NoteKeyMalformed):
        NoteVerifier.parse(WITNESS.verifier.vkey)


@given(st.integers(1, 2**63 - 1))
def test_a_cosignature_says_when(timestamp: int) -> None:
    cosignature = WITNESS.cosign(BODY, timestamp=timestamp)

    assert WITNESS.verifier.verifies(BODY, cosignature.signature)
    assert cosigned_at(cosignature) == timestamp


@given(st.integers(0, 72 * 8 - 1))
def test_no_changed_bit_of_a_cosignature_verifies(bit: int) -> None:
    signature = int.from_bytes(WITNESS.cosign(BODY, timestamp=AT).signature, "big")

    assert not WITNESS.verifier.verifies(BODY, (signature ^ 1 << bit).to_bytes(72, "big"))


def test_a_cosignature_is_of_one_body() -> None:
    signature = WITNESS.cosign(BODY, timestamp=AT).signature

    assert WITNESS.verifier.verifies(BODY, signature)
    assert not WITNESS.verifier.verifies(BODY + "extension\n", signature)
    assert not WITNESS.verifier.verifies(BODY.replace("\n5\n", "\n6\n"), signature)


def test_a_log_signature_by_the_same_key_is_no_cosignature() -> None:
    plain = WITNESS.key.private_key.sign(BODY.encode())

    assert not WITNESS.verifier.verifies(BODY, plain)
    assert not WITNESS.verifier.verifies(BODY, struct.pack(">Q", AT) + plain)


@pytest.mark.parametrize("size", [0, 7, 8, 71, 73])
def test_a_cosignature_of_another_size_does_not_verify(size: int) -> None:
    assert not WITNESS.verifier.verifies(BODY, bytes(size))


def test_a_timestamp_beyond_63_bits_does_not_verify() -> None:
    message = f"cosignature/v1\ntime {2**63}\n{BODY}".encode()
    signature = struct.pack(">Q", 2**63) + WITNESS.key.private_key.sign(message)

    assert not WITNESS.verifier.verifies(BODY, signature)


@pytest.mark.parametrize("timestamp", [0, -1, 2**63])
def test_nothing_is_cosigned_at_no_time(timestamp: int) -> None:
    with pytest.raises(ValueError, match="POSIX"):
        WITNESS.cosign(BODY, timestamp=timestamp)


def _answer(*signatures: NoteSignature) -> bytes:
    return "".join(signature.line() for signature in signatures).encode()


def test_the_answer_of_a_witness_is_added_without_strangers() -> None:
    answer = _answer(WITNESS.cosign(BODY, timestamp=AT), SECOND.cosign(BODY, timestamp=AT))

    cosigned = add_cosignatures(NOTE, answer, [WITNESS.verifier])

    note = open_note(cosigned, [LOG.verifier, WITNESS.verifier])
    assert note.text == BODY
    assert [signature.name for signature in note.verified] == [LOG.name, WITNESS.name]
    assert note.unverified == ()


def test_an_answer_given_twice_is_added_once() -> None:
    answer = _answer(WITNESS.cosign(BODY, timestamp=AT))

    once = add_cosignatures(NOTE, answer, [WITNESS.verifier])

    assert add_cosignatures(once, answer, [WITNESS.verifier]) == once


def test_cosignatures_of_two_witnesses_are_kept_side_by_side() -> None:
    first = add_cosignatures(NOTE, _answer(WITNESS.cosign(BODY, timestamp=AT)), [WITNESS.verifier])

    both = add_cosignatures(first, _answer(SECOND.cosign(BODY, timestamp=AT)), [SECOND.verifier])

    assert [each.name for each in parse_note(both).signatures] == [LOG.name, WITNESS.name, SECOND.name]


def test_an_answer_about_another_checkpoint_is_refused() -> None:
    answer = _answer(WITNESS.cosign(BODY.replace("\n5\n", "\n6\n"), timestamp=AT))

    with pytest.raises(NoteSignatureBroken):
        add_cosignatures(NOTE, answer, [WITNESS.verifier])


def test_an_answer_by_strangers_only_is_refused() -> None:
    with pytest.raises(NoteSignerUnknown):
        add_cosignatures(NOTE, _answer(SECOND.cosign(BODY, timestamp=AT)), [WITNESS.verifier])


@pytest.mark.parametrize("answer", [b"", b"no\n", b"\n", b"\xff\n"])
def test_an_answer_that_is_no_signature_is_refused(answer: bytes) -> None:
    with pytest.raises(NoteMalformed):
        add_cosignatures(NOTE, answer, [WITNESS.verifier])


def test_an_answer_that_brings_its_own_text_is_refused() -> None:
    longer = f"{BODY}\nmore\n"
    answer = ParsedNote("more\n", (WITNESS.cosign(longer, timestamp=AT),)).to_bytes()

    with pytest.raises(NoteMalformed, match="another text"):
        add_cosignatures(NOTE, answer, [WITNESS.verifier])
