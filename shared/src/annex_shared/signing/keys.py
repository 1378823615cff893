"""Ed25519 keys of publishers: PEM in and out, and the short id people compare."""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from annex_shared.signing.errors import KeyMalformed, UnsupportedKey

_KEY_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key; two are equal when their bytes are."""

    raw: bytes

    @classmethod
    def load(cls, pem: bytes) -> "VerifyingKey":
        """Read one ``PUBLIC KEY`` block; raise KeyMalformed or UnsupportedKey."""
        try:
            key = load_pem_public_key(pem)
        except UnsupportedAlgorithm as error:
            raise unsupported("of an unknown kind") from error
        except (ValueError, TypeError):
            raise _malformed("PUBLIC KEY") from None
        return cls.of(key)

    @classmethod
    def of(cls, key: object) -> "VerifyingKey":
        """Take a key of the cryptography library; anything but Ed25519 is refused."""
        if not isinstance(key, Ed25519PublicKey):
            raise unsupported(_kind(key))
        return cls(key.public_bytes_raw())

    def to_public_key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)

    def to_pem(self) -> bytes:
        return self.to_public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            self.to_public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @property
    def key_id(self) -> str:
        """The first 16 hex digits of SHA-256 over the SubjectPublicKeyInfo DER."""
        spki = self.to_public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(spki).hexdigest()[:_KEY_ID_DIGITS]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; its representation shows nothing of it."""

    private_key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, pem: bytes) -> "SigningKey":
        """Read one unencrypted ``PRIVATE KEY`` block; raise KeyMalformed or UnsupportedKey."""
        try:
            key = load_pem_private_key(pem, password=None)
        except UnsupportedAlgorithm as error:
            raise unsupported("of an unknown kind") from error
        except TypeError:
            raise KeyMalformed("The private key is encrypted. Decrypt it before use.") from None
        except ValueError:
            raise _malformed("PRIVATE KEY") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise unsupported(_kind(key))
        return cls(key)

    def to_pem(self) -> bytes:
        """Write PKCS#8 without encryption; whoever stores it must keep it readable by the owner only."""
        return self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> VerifyingKey:
        return VerifyingKey.of(self.private_key.public_key())


def unsupported(kind: str) -> UnsupportedKey:
    return UnsupportedKey(
        f"The key is {kind}; only Ed25519 keys are accepted. Make an Ed25519 key and use it instead.",
        details={"kind": kind, "accepted": ["Ed25519"]},
    )


def _malformed(label: str) -> KeyMalformed:
    return KeyMalformed(
        f"The text is not a PEM key: it must hold one -----BEGIN {label}----- block.",
        details={"label": label},
    )


def _kind(key: object) -> str:
    return type(key).__name__.removesuffix("PublicKey").removesuffix("PrivateKey").lstrip("_")
