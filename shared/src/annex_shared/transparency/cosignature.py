"""Cosignatures of checkpoints (c2sp.org/tlog-cosignature, Ed25519): who saw which tree, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from annex_shared.signing.keys import SigningKey, VerifyingKey
from annex_shared.transparency.canonical import MAX_NUMBER
from annex_shared.transparency.errors import NoteMalformed
from annex_shared.transparency.note import NoteSignature, ParsedNote, open_note, parse_note
from annex_shared.transparency.note_keys import (
    SignatureKind,
    format_private_key,
    format_verifier_key,
    key_id_of,
    parse_private_key,
    parse_verifier_key,
)

_TIMESTAMP_SIZE: Final = 8
_SIZE: Final = _TIMESTAMP_SIZE + 64


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """The public key of a witness (type 0x04)."""

    name: str
    key: VerifyingKey

    @classmethod
    def parse(cls, text: str) -> "CosignatureVerifier":
        return cls(*parse_verifier_key(text, SignatureKind.COSIGNATURE))

    @property
    def vkey(self) -> str:
        return format_verifier_key(self.name, SignatureKind.COSIGNATURE, self.key)

    @property
    def key_id(self) -> bytes:
        return key_id_of(self.name, SignatureKind.COSIGNATURE, self.key)

    def verifies(self, text: str, signature: bytes) -> bool:
        timestamp = int.from_bytes(signature[:_TIMESTAMP_SIZE], "big")
        if len(signature) != _SIZE or timestamp > MAX_NUMBER:
            return False
        return self.key.verifies(signature[_TIMESTAMP_SIZE:], _signed_message(text, timestamp))


@dataclass(frozen=True, slots=True)
class Cosigner:
    """The private key of a witness. One key belongs to one witness: the signed bytes do not name it."""

    name: str
    key: SigningKey

    @classmethod
    def parse(cls, text: str) -> "Cosigner":
        """Read our private text: the form of a note's private key, with type 0x04."""
        return cls(*parse_private_key(text, SignatureKind.COSIGNATURE))

    def to_text(self) -> str:
        return format_private_key(self.name, SignatureKind.COSIGNATURE, self.key)

    @property
    def verifier(self) -> CosignatureVerifier:
        return CosignatureVerifier(self.name, self.key.public)

    def cosign(self, body: str, *, timestamp: int) -> NoteSignature:
        """State that at ``timestamp`` (POSIX seconds) this was the largest consistent tree seen.

        The caller has verified and stored that before: a cosignature cannot be taken back.
        """
        if not 0 < timestamp <= MAX_NUMBER:
            raise ValueError("a cosignature's timestamp is POSIX seconds")
        signature = self.key.private_key.sign(_signed_message(body, timestamp))
        return NoteSignature(
            self.name, self.verifier.key_id, timestamp.to_bytes(_TIMESTAMP_SIZE, "big") + signature
        )


def cosigned_at(cosignature: NoteSignature) -> int:
    """Return when a verified cosignature was made, in POSIX seconds."""
    return int.from_bytes(cosignature.signature[:_TIMESTAMP_SIZE], "big")


def read_cosignatures(
    note: bytes, lines: bytes, witnesses: Iterable[CosignatureVerifier]
) -> tuple[NoteSignature, ...]:
    """Return the good ones of the signature lines that a witness answered a checkpoint's note with.

    Raise NoteMalformed, NoteSignatureBroken, or NoteSignerUnknown if no line is by one of ``witnesses``.
    """
    text = parse_note(note).text
    answered = open_note(f"{text}\n".encode() + lines, witnesses)
    if answered.text != text:
        raise NoteMalformed("The witness answered with another text, not with signature lines only.")
    return answered.verified


def add_cosignatures(note: bytes, lines: bytes, witnesses: Iterable[CosignatureVerifier]) -> bytes:
    """Add the signature lines a witness answered with to a checkpoint's note; keep only the good ones.

    Raise what ``read_cosignatures`` raises.
    """
    parsed = parse_note(note)
    cosignatures = read_cosignatures(note, lines, witnesses)
    return ParsedNote(parsed.text, tuple(dict.fromkeys((*parsed.signatures, *cosignatures)))).to_bytes()


def _signed_message(body: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{body}".encode()
