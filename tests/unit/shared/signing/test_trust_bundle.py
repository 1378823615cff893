from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from annex_shared.signing import SigningKey, load_trust_bundle
from annex_shared.signing.errors import KeyMalformed, TrustBundleMalformed, UnsupportedKey

START = datetime(2026, 1, 1, tzinfo=UTC)


def _certificate(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
    algorithm = None if isinstance(key, Ed25519PrivateKey) else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
        .sign(key, algorithm)
    )
    return certificate.public_bytes(Encoding.PEM)


def test_keys_and_certificates_stand_side_by_side_in_order() -> None:
    first, second, third = (SigningKey.generate() for _ in range(3))
    pem = (
        b"# acme, since 2026-03-02\n"
        + first.public.to_pem()
        + b"\r\n"
        + _certificate(second.private_key)
        + third.public.to_pem()
    )

    keys = load_trust_bundle(pem).keys

    assert keys == (first.public, second.public, third.public)


def test_a_key_that_stands_twice_counts_once() -> None:
    key = SigningKey.generate()

    assert load_trust_bundle(key.public.to_pem() + _certificate(key.private_key)).keys == (key.public,)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"no keys here",
        SigningKey.generate().to_pem(),
        SigningKey.generate().public.to_pem() + SigningKey.generate().public.to_pem()[:-10],
        b"-----BEGIN PUBLIC KEY-----\n" + SigningKey.generate().public.to_pem(),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b" " * ((1 << 20) + 1),
    ],
    ids=["empty", "text", "private-key", "half-a-block", "nested-begin", "damaged-certificate", "too-large"],
)
def test_a_bundle_that_is_not_wholly_understood_is_refused(pem: bytes) -> None:
    with pytest.raises(TrustBundleMalformed):
        load_trust_bundle(pem)


def test_a_damaged_key_is_refused() -> None:
    with pytest.raises(KeyMalformed):
        load_trust_bundle(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")


def test_a_certificate_of_another_kind_of_key_is_refused() -> None:
    with pytest.raises(UnsupportedKey):
        load_trust_bundle(_certificate(ec.generate_private_key(ec.SECP256R1())))


def test_a_refusal_never_repeats_a_private_key() -> None:
    pem = SigningKey.generate().to_pem()

    with pytest.raises(TrustBundleMalformed) as refused:
        load_trust_bundle(pem)

    secret = pem.split(b"\n")[1].decode()
    assert secret not in refused.value.message
    assert secret not in str(refused.value.details)
