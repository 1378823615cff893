import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.signing.keys import VerifyingKey
from annex_shared.transparency import (
    NoteSignature,
    NoteSigner,
    NoteVerifier,
    ParsedNote,
    open_note,
    parse_note,
    sign,
)
from annex_shared.transparency.errors import (
    NoteKeyMalformed,
    NoteMalformed,
    NoteSignatureBroken,
    NoteSignerUnknown,
)
from annex_shared.transparency.note_keys import SignatureKind, format_verifier_key
from unit.shared.transparency.vectors import KEYS, LOG, WITNESS, golden, key_of_seed

VECTORS = golden("notes.json")
ALICE = NoteSigner("alice.example/a", key_of_seed(b"a" * 32))
BOB = NoteSigner("bob.example/b", key_of_seed(b"b" * 32))
TEXT = "one line\n\nanother line\n"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["verifier_key"])
def test_published_notes_open(vector: dict[str, str]) -> None:
    verifier = NoteVerifier.parse(vector["verifier_key"])

    note = open_note(vector["note"].encode(), [verifier])

    assert note.text == vector["text"]
    assert [signature.name for signature in note.verified] == [verifier.name]
    assert note.unverified == ()
    assert verifier.vkey == vector["verifier_key"]


def test_a_published_private_key_signs_the_published_note() -> None:
    vector = VECTORS[0]
    signer = NoteSigner.parse(vector["private_key"])

    assert sign(vector["text"], [signer]) == vector["note"].encode()
    assert signer.to_text() == vector["private_key"]
    assert signer.verifier.vkey == vector["verifier_key"]


def test_a_note_with_two_published_signatures_opens_for_either_key() -> None:
    peter, enoch = (NoteVerifier.parse(vector["verifier_key"]) for vector in VECTORS[:2])
    data = (VECTORS[0]["note"] + VECTORS[1]["note"].rpartition("\n\n")[2]).encode()

    assert [each.name for each in open_note(data, [peter, enoch]).verified] == [peter.name, enoch.name]
    assert [each.name for each in open_note(data, [enoch]).verified] == [enoch.name]
    assert [each.name for each in open_note(data, [enoch]).unverified] == [peter.name]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_every_text_without_control_characters_comes_back(line: str) -> None:
    text = "".join(letter for letter in line if letter >= " " or letter == "\n") + "\n"

    note = open_note(sign(text, [ALICE, BOB]), [ALICE.verifier, BOB.verifier])

    assert note.text == text
    assert [signature.name for signature in note.verified] == [ALICE.name, BOB.name]


@given(st.data())
def test_no_changed_text_opens(data: st.DataObject) -> None:
    note = sign(TEXT, [ALICE])
    at = data.draw(st.integers(0, len(TEXT) - 1))
    changed = bytearray(note)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((NoteMalformed, NoteSignatureBroken)):
        open_note(bytes(changed), [ALICE.verifier])


@given(st.data())
def test_no_changed_byte_of_a_signature_line_is_accepted(data: st.DataObject) -> None:
    note = sign(TEXT, [ALICE])
    at = data.draw(st.integers(len(TEXT), len(note) - 1))
    changed = bytearray(note)
    changed[at] = data.draw(st.integers(0, 255).filter(lambda value: value != note[at]))

    with pytest.raises((NoteMalformed, NoteSignatureBroken, NoteSignerUnknown)):
        open_note(bytes(changed), [ALICE.verifier])


def test_a_note_by_strangers_only_is_refused() -> None:
    with pytest.raises(NoteSignerUnknown) as refusal:
        open_note(sign(TEXT, [BOB]), [ALICE.verifier])

    assert refusal.value.details == {"key_names": [BOB.name]}


def test_a_note_is_refused_without_any_known_key() -> None:
    with pytest.raises(NoteSignerUnknown):
        open_note(sign(TEXT, [BOB]), [])


def test_a_key_of_the_same_name_and_another_id_is_a_stranger() -> None:
    impostor = NoteSigner(ALICE.name, BOB.key)

    note = open_note(sign(TEXT, [impostor, ALICE]), [ALICE.verifier])

    assert [signature.key_id for signature in note.unverified] == [impostor.verifier.key_id]


def test_a_false_signature_in_a_known_name_refuses_the_whole_note() -> None:
    parsed = parse_note(sign(TEXT, [ALICE, BOB]))
    good, other = parsed.signatures
    forged = NoteSignature(other.name, other.key_id, good.signature)
    data = ParsedNote(TEXT, (good, forged)).to_bytes()

    with pytest.raises(NoteSignatureBroken) as refusal:
        open_note(data, [ALICE.verifier, BOB.verifier])

    assert refusal.value.details == {"key_name": BOB.name}
    assert open_note(data, [ALICE.verifier]).verified == (good,)


@pytest.mark.parametrize("size", [1, 63, 65, 128])
def test_a_signature_of_another_size_is_a_broken_one(size: int) -> None:
    signature = NoteSignature(ALICE.name, ALICE.verifier.key_id, bytes(size))

    with pytest.raises(NoteSignatureBroken):
        open_note(ParsedNote(TEXT, (signature,)).to_bytes(), [ALICE.verifier])


@pytest.mark.parametrize("count", [16, 100])
def test_many_signatures_are_read(count: int) -> None:
    strangers = [NoteSigner(f"stranger-{at}", BOB.key) for at in range(count - 1)]

    note = open_note(sign(TEXT, [*strangers, ALICE]), [ALICE.verifier])

    assert len(note.unverified) == count - 1


LINE = sign(TEXT, [ALICE]).decode().rpartition("\n\n")[2]
NAME, ENCODED = ALICE.name, LINE.split(" ")[2].strip()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        f"text\n{LINE}".encode(),
        f"text\n\n{LINE}".encode().rstrip(b"\n"),
        f"text\n\n{LINE}\n".encode(),
        f"te\txt\n\n{LINE}".encode(),
        f"te\0xt\n\n{LINE}".encode(),
        f"text\r\n\r\n{LINE}".encode(),
        b"te\xffxt\n\n" + LINE.encode(),
        b"te\xed\xa0\x80xt\n\n" + LINE.encode(),
        f"text\n\n{LINE}and more\n".encode(),
        f"text\n\nand more\n{LINE}".encode(),
        f"text\n\n- {NAME} {ENCODED}\n".encode(),
        f"text\n\n\u2014{NAME} {ENCODED}\n".encode(),
        f"text\n\n\u2014 {NAME}\n".encode(),
        f"text\n\n\u2014 {NAME} \n".encode(),
        f"text\n\n\u2014  {ENCODED}\n".encode(),
        f"text\n\n\u2014 {NAME}+ {ENCODED}\n".encode(),
        f"text\n\n\u2014 al ice {ENCODED}\n".encode(),
        f"text\n\n\u2014 al\u00a0ice {ENCODED}\n".encode(),
        f"text\n\n\u2014 {NAME} {ENCODED} \n".encode(),
        f"text\n\n\u2014 {NAME} {ENCODED}=\n".encode(),
        f"text\n\n\u2014 {NAME} {ENCODED[:-4]}\n{ENCODED[-4:]}\n".encode(),
        f"text\n\n\u2014 {NAME} {base64.b64encode(b'four').decode()}\n".encode(),
        f"text\n\n{LINE * 101}".encode(),
    ],
    ids=lambda data: repr(data[:40]),
)
def test_malformed_notes_are_refused(data: bytes) -> None:
    with pytest.raises(NoteMalformed):
        open_note(data, [ALICE.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "nul\0\n", "\ud800\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteMalformed):
        sign(text, [ALICE])


def test_a_note_of_the_largest_size_is_read_and_a_larger_one_refused() -> None:
    short = sign("\n", [ALICE])
    largest = b"a" * (1_000_000 - len(short)) + short

    assert len(parse_note(largest).signatures) == 1
    with pytest.raises(NoteMalformed, match="larger"):
        parse_note(b"a" + largest)


def test_a_note_without_signatures_is_not_written() -> None:
    with pytest.raises(NoteMalformed):
        sign(TEXT, [])


def test_the_representation_of_a_signer_shows_no_key() -> None:
    secret = LOG.to_text().rpartition("+")[2]

    assert secret not in repr(LOG) + repr(WITNESS)
    assert KEYS["log_seed"] not in repr(LOG)


def _with(text: str, *, at: int, to: str) -> str:
    parts = text.split("+", 2)
    parts[at] = to
    return "+".join(parts)


GOOD_KEY = ALICE.verifier.vkey


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "alice+00000000",
        "++",
        _with(GOOD_KEY, at=0, to=""),
        _with(GOOD_KEY, at=0, to="al ice"),
        _with(GOOD_KEY, at=0, to="bob"),
        _with(GOOD_KEY, at=1, to="00000000"),
        _with(GOOD_KEY, at=1, to=GOOD_KEY.split("+")[1].upper() + "0"),
        _with(GOOD_KEY, at=2, to=""),
        _with(GOOD_KEY, at=2, to="AA=="),
        _with(GOOD_KEY, at=2, to=base64.b64encode(b"\4" + ALICE.verifier.key.raw).decode()),
        format_verifier_key(NAME, SignatureKind.ED25519, VerifyingKey(bytes(31))),
        format_verifier_key(NAME, SignatureKind.ED25519, VerifyingKey(bytes(33))),
        format_verifier_key("al ice", SignatureKind.ED25519, ALICE.verifier.key),
        format_verifier_key("", SignatureKind.ED25519, ALICE.verifier.key),
        f"{GOOD_KEY}\n",
        WITNESS.verifier.vkey,
        ALICE.to_text(),
    ],
)
def test_malformed_verifier_keys_are_refused(text: str) -> None:
    assert NoteVerifier.parse(GOOD_KEY) == ALICE.verifier

    with pytest.raises(NoteKeyMalformed):
        NoteVerifier.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD_KEY,
        ALICE.to_text().removeprefix("PRIVATE+"),
        ALICE.to_text().removeprefix("PRIVATE+KEY+"),
        ALICE.to_text()[:-1],
        ALICE.to_text().replace(ALICE.verifier.key_id.hex(), "00000000"),
        WITNESS.to_text(),
    ],
)
def test_malformed_private_keys_are_refused_without_being_repeated(text: str) -> None:
    assert NoteSigner.parse(ALICE.to_text()).to_text() == ALICE.to_text()

    with pytest.raises(NoteKeyMalformed) as refusal:
        NoteSigner.parse(text)

    assert ALICE.to_text().rpartition("+")[2][:20] not in refusal.value.message
