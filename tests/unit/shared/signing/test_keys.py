import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from annex_shared.signing import SigningKey, VerifyingKey
from annex_shared.signing.errors import KeyMalformed, UnsupportedKey

# RFC 8032 §7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
    "d25bf5f0595bbe24655141438e7a100b"
)
# RFC 8410 §4: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }.
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")

OTHER_KEYS = [
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ec.generate_private_key(ec.SECP256R1()),
    ed448.Ed448PrivateKey.generate(),
    x25519.X25519PrivateKey.generate(),
]


def test_a_key_id_is_the_start_of_the_hash_of_its_spki() -> None:
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(SEED))

    assert key.public.raw == PUBLIC
    assert key.public.key_id == hashlib.sha256(SPKI_PREFIX + PUBLIC).hexdigest()[:16]


def test_a_known_signature_verifies_and_a_changed_one_does_not() -> None:
    key = VerifyingKey(PUBLIC)

    assert key.verifies(SIGNATURE, b"")
    assert not key.verifies(SIGNATURE, b"x")
    assert not key.verifies(SIGNATURE[:-1], b"")


def test_keys_survive_pem() -> None:
    key = SigningKey.generate()

    assert SigningKey.load(key.to_pem()).public == key.public
    assert VerifyingKey.load(key.public.to_pem()) == key.public
    assert key.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert key.public.to_pem().startswith(b"-----BEGIN PUBLIC KEY-----\n")


def test_two_generated_keys_differ() -> None:
    assert SigningKey.generate().public != SigningKey.generate().public


def test_a_private_key_is_not_shown() -> None:
    key = SigningKey.generate()

    assert repr(key) == "SigningKey()"


@pytest.mark.parametrize("other", OTHER_KEYS, ids=lambda key: type(key).__name__)
def test_other_kinds_of_key_are_refused(other: rsa.RSAPrivateKey) -> None:
    private = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(UnsupportedKey):
        SigningKey.load(private)
    with pytest.raises(UnsupportedKey):
        VerifyingKey.load(public)


def test_what_is_no_key_is_refused() -> None:
    key = SigningKey.generate()

    for pem in (b"", b"hello", key.public.to_pem(), key.to_pem()[:60]):
        with pytest.raises(KeyMalformed):
            SigningKey.load(pem)
    for pem in (b"", b"hello", key.to_pem(), key.public.to_pem()[:60]):
        with pytest.raises(KeyMalformed):
            VerifyingKey.load(pem)


def test_an_encrypted_key_is_refused_with_what_to_do() -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
    )

    with pytest.raises(KeyMalformed, match="encrypted"):
        SigningKey.load(pem)
