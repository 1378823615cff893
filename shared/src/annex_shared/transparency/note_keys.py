"""Names, ids and texts of the keys that sign notes: ``<name>+<key id>+<base64>``."""

import hashlib
import re
from enum import IntEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_shared.display_text import shown
from annex_shared.signing.keys import SigningKey, VerifyingKey
from annex_shared.transparency.canonical import NotCanonical, read_base64, write_base64
from annex_shared.transparency.errors import NoteKeyMalformed

KEY_ID_SIZE: Final = 4
_KEY_SIZE = 32
_PRIVATE: Final = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")


class SignatureKind(IntEnum):
    """The signature types we make and verify; the byte is part of the key id."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


def is_key_name(name: str) -> bool:
    """Tell whether a name may stand in a signature line: no spaces, no plus, no control characters."""
    return _NAME.fullmatch(name) is not None


def key_id_of(name: str, kind: SignatureKind, key: VerifyingKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key.raw).digest()[:KEY_ID_SIZE]


def format_verifier_key(name: str, kind: SignatureKind, key: VerifyingKey) -> str:
    return f"{name}+{key_id_of(name, kind, key).hex()}+{write_base64(bytes([kind]) + key.raw)}"


def parse_verifier_key(text: str, kind: SignatureKind) -> tuple[str, VerifyingKey]:
    """Read a verifier key of one kind; raise NoteKeyMalformed."""
    name, key_id, raw = _split(text, kind)
    key = VerifyingKey(raw)
    _refuse_other_id(key_id, name, kind, key)
    return name, key


def format_private_key(name: str, kind: SignatureKind, key: SigningKey) -> str:
    """Write the seed; whoever stores the text must keep it readable by the owner only."""
    seed = bytes([kind]) + key.private_key.private_bytes_raw()
    return f"{_PRIVATE}{name}+{key_id_of(name, kind, key.public).hex()}+{write_base64(seed)}"


def parse_private_key(text: str, kind: SignatureKind) -> tuple[str, SigningKey]:
    """Read a private key of one kind; raise NoteKeyMalformed, which never repeats the text."""
    if not text.startswith(_PRIVATE):
        raise NoteKeyMalformed(f"The private key of a note begins with {_PRIVATE}<name>.")
    name, key_id, seed = _split(text.removeprefix(_PRIVATE), kind)
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(seed))
    _refuse_other_id(key_id, name, kind, key.public)
    return name, key


def _split(text: str, kind: SignatureKind) -> tuple[str, str, bytes]:
    # Base64 may hold a plus, a name may not.
    name, key_id, encoded = [*text.split("+", maxsplit=2), "", ""][:3]
    try:
        material = read_base64(encoded)
    except NotCanonical as reason:
        raise _malformed(name, str(reason)) from None
    if not is_key_name(name):
        raise _malformed(name, "its name is empty or holds a space")
    if material[:1] != bytes([kind]) or len(material) != 1 + _KEY_SIZE:
        raise _malformed(name, f"it is not a key of 32 bytes and type 0x{kind:02x}")
    return name, key_id, material[1:]


def _refuse_other_id(key_id: str, name: str, kind: SignatureKind, key: VerifyingKey) -> None:
    if key_id != key_id_of(name, kind, key).hex():
        raise _malformed(name, "its id is not the one of its name and key")


def _malformed(name: str, reason: str) -> NoteKeyMalformed:
    return NoteKeyMalformed(
        f'The note key "{shown(name, limit=80)}" cannot be used: {reason}. '
        "It is written <name>+<8 hex digits>+<base64>.",
        details={"reason": reason},
    )
