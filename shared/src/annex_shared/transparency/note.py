"""Signed notes (c2sp.org/signed-note): text, a blank line, and a line for each signature."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from annex_shared.display_text import shown
from annex_shared.signing.keys import SigningKey, VerifyingKey
from annex_shared.transparency.canonical import NotCanonical, read_base64, write_base64
from annex_shared.transparency.errors import NoteMalformed, NoteSignatureBroken, NoteSignerUnknown
from annex_shared.transparency.note_keys import (
    KEY_ID_SIZE,
    SignatureKind,
    format_private_key,
    format_verifier_key,
    is_key_name,
    key_id_of,
    parse_private_key,
    parse_verifier_key,
)

MAX_NOTE_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_SIGNATURE_PREFIX: Final = "\u2014 "
_UNCLEAN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line; what ``signature`` means depends on the key's kind."""

    name: str
    key_id: bytes
    signature: bytes

    @classmethod
    def parse(cls, line: str) -> "NoteSignature":
        """Read a line without its newline; raise NoteMalformed."""
        prefix, rest = line[: len(_SIGNATURE_PREFIX)], line[len(_SIGNATURE_PREFIX) :]
        name, _, encoded = rest.partition(" ")
        if prefix != _SIGNATURE_PREFIX or not is_key_name(name):
            raise _malformed("a line after the text is not a signature")
        try:
            material = read_base64(encoded)
        except NotCanonical as reason:
            raise _malformed(str(reason)) from None
        if len(material) <= KEY_ID_SIZE:
            raise _malformed("a signature is shorter than five bytes")
        return cls(name, material[:KEY_ID_SIZE], material[KEY_ID_SIZE:])

    def line(self) -> str:
        return f"{_SIGNATURE_PREFIX}{self.name} {write_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class ParsedNote:
    """A note whose signatures nobody has looked at: its text may choose a key and nothing else."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_bytes(self) -> bytes:
        """Write the note; raise NoteMalformed if it could not be read back."""
        lines = "".join(signature.line() for signature in self.signatures)
        data = f"{self.text}\n{lines}".encode("utf-8", "surrogatepass")
        if parse_note(data) != self:
            raise _malformed("the text does not end with a newline")
        return data


@dataclass(frozen=True, slots=True)
class Note:
    """A note that at least one known key has signed."""

    text: str
    verified: tuple[NoteSignature, ...]
    unverified: tuple[NoteSignature, ...]

    def signatures_by(self, verifier: "Verifier") -> tuple[NoteSignature, ...]:
        """Return what a key that was given to ``open_note`` has signed this note with."""
        return tuple(signature for signature in self.verified if _place_of(signature) == _place_of(verifier))


class Verifier(Protocol):
    """A known key."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> bytes: ...

    def verifies(self, text: str, signature: bytes) -> bool: ...


class Signer(Protocol):
    """A key that signs a text as it is."""

    def sign(self, text: str) -> NoteSignature: ...


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """An Ed25519 key that signs note texts (type 0x01): the key of a log."""

    name: str
    key: VerifyingKey

    @classmethod
    def parse(cls, text: str) -> "NoteVerifier":
        return cls(*parse_verifier_key(text, SignatureKind.ED25519))

    @property
    def vkey(self) -> str:
        return format_verifier_key(self.name, SignatureKind.ED25519, self.key)

    @property
    def key_id(self) -> bytes:
        return key_id_of(self.name, SignatureKind.ED25519, self.key)

    def verifies(self, text: str, signature: bytes) -> bool:
        return self.key.verifies(signature, text.encode())


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """The private half of a NoteVerifier; its representation shows nothing of the key."""

    name: str
    key: SigningKey

    @classmethod
    def parse(cls, text: str) -> "NoteSigner":
        """Read ``PRIVATE+KEY+<name>+<id>+<base64>``; raise NoteKeyMalformed."""
        return cls(*parse_private_key(text, SignatureKind.ED25519))

    def to_text(self) -> str:
        return format_private_key(self.name, SignatureKind.ED25519, self.key)

    @property
    def verifier(self) -> NoteVerifier:
        return NoteVerifier(self.name, self.key.public)

    def sign(self, text: str) -> NoteSignature:
        return NoteSignature(self.name, self.verifier.key_id, self.key.private_key.sign(text.encode()))


def sign(text: str, signers: Iterable[Signer]) -> bytes:
    """Sign a text that ends with a newline; raise NoteMalformed for one that no note can hold."""
    if _UNCLEAN.search(text):
        raise _malformed("the text holds control characters or is not Unicode")
    return ParsedNote(text, tuple(signer.sign(text) for signer in signers)).to_bytes()


def parse_note(data: bytes) -> ParsedNote:
    """Read a note without believing it; raise NoteMalformed."""
    if len(data) > MAX_NOTE_BYTES:
        raise _malformed(f"it is larger than {MAX_NOTE_BYTES:,} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"it is not UTF-8 at byte {error.start}") from None
    if _UNCLEAN.search(whole):
        raise _malformed("it holds a control character")
    # The text may hold blank lines of its own; the last one ends it.
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise _malformed("it does not end with a blank line and signature lines")
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise _malformed(f"it holds more than {MAX_SIGNATURES} signatures")
    return ParsedNote(f"{text}\n", tuple(NoteSignature.parse(line) for line in signatures))


def open_note(data: bytes, verifiers: Iterable[Verifier]) -> Note:
    """Read a note that a known key has signed.

    Signatures of other keys are kept apart. Raise NoteMalformed, NoteSignatureBroken if any signature in a
    known key's name fails, and NoteSignerUnknown if there is none.
    """
    parsed = parse_note(data)
    known = {_place_of(verifier): verifier for verifier in verifiers}
    verified: list[NoteSignature] = []
    unverified: list[NoteSignature] = []
    for signature in parsed.signatures:
        verifier = known.get(_place_of(signature))
        if verifier is None:
            unverified.append(signature)
        elif verifier.verifies(parsed.text, signature.signature):
            verified.append(signature)
        else:
            raise NoteSignatureBroken(
                f"The signature by {shown(signature.name, limit=80)} does not fit the note. "
                "It was changed, or another key made it; do not use it.",
                details={"key_name": shown(signature.name)},
            )
    if not verified:
        raise _nobody_known(parsed)
    return Note(parsed.text, tuple(verified), tuple(unverified))


def _place_of(key: Verifier | NoteSignature) -> tuple[str, bytes]:
    return key.name, key.key_id


def _nobody_known(note: ParsedNote) -> NoteSignerUnknown:
    names = [shown(signature.name, limit=80) for signature in note.signatures[:3]]
    return NoteSignerUnknown(
        f"The note is signed by {', '.join(names)}, and none of these keys is known.",
        details={"key_names": [*names]},
    )


def _malformed(reason: str) -> NoteMalformed:
    return NoteMalformed(f"The signed note cannot be read: {reason}.", details={"reason": reason})
