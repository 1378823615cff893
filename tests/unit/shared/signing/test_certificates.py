from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionName, PublisherSlug
from annex_shared.signing import (
    BundleStatement,
    CertificateChain,
    SigningKey,
    load_trust_bundle,
    sign_statement,
    verify_envelope,
)
from annex_shared.signing.errors import (
    CertificateAlgorithmRefused,
    CertificateChainTooLong,
    CertificateExpired,
    CertificateMalformed,
    CertificateNotYetValid,
    CertificateUntrusted,
    CertificateWrongPublisher,
    SignatureInvalid,
    SignatureMalformed,
    SignatureMismatch,
    SignatureRefused,
    SignerUnknown,
)
from annex_shared.version_number import VersionNumber
from support.certificates import BEGIN, END, Authority, pem

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = SigningKey.generate()
PUBLIC = KEY.private_key.public_key()
ROOT = Authority.root()
STATEMENT = BundleStatement(
    PublisherSlug("acme"), ExtensionName("notes"), VersionNumber("1.4.0"), ContentHash.of(b"bundle")
)


def _envelope(*certificates: x509.Certificate, key: SigningKey = KEY) -> str:
    chain = CertificateChain.parse(pem(*certificates))
    return sign_statement(STATEMENT, [key], chain=chain)


def _verified(text: str, *authorities: x509.Certificate, at: datetime = NOW):  # type: ignore[no-untyped-def] # the result of the function under test
    return verify_envelope(text, STATEMENT, [], authorities=authorities, at=at)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "RSA"],
)
def test_a_key_signs_under_an_authority_of_every_accepted_kind(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
) -> None:
    root = Authority.root(key=key)
    leaf = root.leaf(PUBLIC)

    verified = _verified(_envelope(leaf), root.certificate)

    assert verified.key_ids == (KEY.public.key_id,)
    assert verified.certificate.subject == "CN=Acme Release"
    assert verified.certificate.fingerprint.startswith("sha256:")
    assert (verified.certificate.not_before, verified.certificate.not_after) == (BEGIN, END)


def test_two_intermediates_may_stand_between_and_the_authority_may_come_along() -> None:
    first = ROOT.below("First")
    second = first.below("Second")
    chain = (second.leaf(PUBLIC), second.certificate, first.certificate, ROOT.certificate)

    verified = _verified(_envelope(*chain), ROOT.certificate)

    assert verified.certificate is not None


def test_a_key_that_is_trusted_itself_needs_no_certificate() -> None:
    text = _envelope(Authority.root("Stranger").leaf(PUBLIC))

    verified = verify_envelope(text, STATEMENT, [KEY.public], authorities=[ROOT.certificate], at=NOW)

    assert (verified.key_ids, verified.certificate) == ((KEY.public.key_id,), None)


def _under(*, intermediates: int) -> tuple[x509.Certificate, ...]:
    authority = ROOT
    between: list[x509.Certificate] = []
    for number in range(intermediates):
        authority = authority.below(f"Level {number}")
        between.insert(0, authority.certificate)
    return authority.leaf(PUBLIC), *between


PAST, FUTURE = datetime(2021, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
BRIEF = ROOT.below("Brief", end=PAST)
ED_ROOT = Authority.root("Edwards", key=Ed25519PrivateKey.generate())
ED_BELOW = ROOT.below("Edwards", key=Ed25519PrivateKey.generate())
REFUSED: list[tuple[str, Callable[[], tuple[x509.Certificate, ...]], type[SignatureRefused]]] = [
    ("foreign-authority", lambda: (Authority.root().leaf(PUBLIC),), CertificateUntrusted),
    ("expired-and-foreign", lambda: (Authority.root().leaf(PUBLIC, end=PAST),), CertificateUntrusted),
    ("an-intermediate-is-missing", lambda: (ROOT.below("Gone").leaf(PUBLIC),), CertificateUntrusted),
    ("expired", lambda: (ROOT.leaf(PUBLIC, end=PAST),), CertificateExpired),
    ("intermediate-expired", lambda: (BRIEF.leaf(PUBLIC), BRIEF.certificate), CertificateExpired),
    ("not-valid-yet", lambda: (ROOT.leaf(PUBLIC, begin=FUTURE),), CertificateNotYetValid),
    ("other-publisher", lambda: (ROOT.leaf(PUBLIC, publishers=("globex",)),), CertificateWrongPublisher),
    ("no-publisher", lambda: (ROOT.leaf(PUBLIC, publishers=()),), CertificateWrongPublisher),
    ("too-long", lambda: _under(intermediates=3), CertificateChainTooLong),
    (
        "for-another-use",
        lambda: (ROOT.leaf(PUBLIC, usage=(ExtendedKeyUsageOID.CLIENT_AUTH,)),),
        CertificateUntrusted,
    ),
    ("for-no-use", lambda: (ROOT.leaf(PUBLIC, usage=None),), CertificateUntrusted),
    ("an-authority-signs", lambda: (ROOT.leaf(PUBLIC, is_authority=True),), CertificateUntrusted),
    (
        "ed25519-intermediate",
        lambda: (ED_BELOW.leaf(PUBLIC), ED_BELOW.certificate),
        CertificateAlgorithmRefused,
    ),
]


@pytest.mark.parametrize(("chain", "fact"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_each_fault_of_a_chain_is_a_fact_of_its_own(
    chain: Callable[[], tuple[x509.Certificate, ...]], fact: type[SignatureRefused]
) -> None:
    text = _envelope(*chain())

    with pytest.raises(SignatureRefused) as refused:
        _verified(text, ROOT.certificate)

    assert type(refused.value) is fact


def test_a_leaf_cannot_issue_certificates() -> None:
    between = SigningKey.generate()
    middle = ec.generate_private_key(ec.SECP256R1())
    not_an_authority = Authority(ROOT.leaf(middle.public_key()), middle)
    text = _envelope(
        not_an_authority.leaf(between.private_key.public_key()), not_an_authority.certificate, key=between
    )

    with pytest.raises(CertificateUntrusted):
        _verified(text, ROOT.certificate)


def test_the_moment_decides_and_not_today() -> None:
    text = _envelope(ROOT.leaf(PUBLIC, end=PAST))

    verified = _verified(text, ROOT.certificate, at=datetime(2020, 6, 1, tzinfo=UTC))

    assert verified.certificate is not None


def test_without_an_authority_a_certificate_changes_nothing() -> None:
    with pytest.raises(CertificateUntrusted):
        _verified(_envelope(ROOT.leaf(PUBLIC)))


def test_a_certificate_of_another_key_vouches_for_nothing() -> None:
    stranger = SigningKey.generate()
    good = _envelope(ROOT.leaf(PUBLIC))
    stolen = sign_statement(STATEMENT, [stranger]).replace(
        '"keyid":', f'"cert":{_json_text(pem(ROOT.leaf(PUBLIC)))},"keyid":'
    )

    assert _verified(good, ROOT.certificate).key_ids == (KEY.public.key_id,)
    with pytest.raises(SignatureInvalid):
        _verified(stolen, ROOT.certificate)


def test_a_good_chain_signs_no_other_bundle() -> None:
    other = BundleStatement(
        STATEMENT.publisher, STATEMENT.name, VersionNumber("1.4.1"), STATEMENT.content_hash
    )
    text = _envelope(ROOT.leaf(PUBLIC))

    with pytest.raises(SignatureMismatch):
        verify_envelope(text, other, [], authorities=[ROOT.certificate], at=NOW)


@pytest.mark.parametrize("text", ["", "no certificate", KEY.to_pem().decode(), "x" * 20_000])
def test_what_is_no_chain_is_refused(text: str) -> None:
    with pytest.raises(CertificateMalformed):
        CertificateChain.parse(text)


def test_a_chain_of_a_key_that_does_not_sign_is_refused_before_it_travels() -> None:
    chain = CertificateChain.parse(pem(ROOT.leaf(PUBLIC)))

    with pytest.raises(CertificateMalformed):
        sign_statement(STATEMENT, [SigningKey.generate()], chain=chain)


def test_a_leaf_that_is_not_ed25519_cannot_vouch_for_a_signing_key() -> None:
    leaf = ROOT.leaf(ec.generate_private_key(ec.SECP256R1()).public_key())

    with pytest.raises(CertificateAlgorithmRefused):
        CertificateChain.parse(pem(leaf)).signing_key()


def test_a_cert_that_is_no_text_is_malformed() -> None:
    text = sign_statement(STATEMENT, [KEY]).replace('"keyid":', '"cert":7,"keyid":')

    with pytest.raises(SignatureMalformed):
        _verified(text, ROOT.certificate)


def test_a_signature_without_a_certificate_stays_a_strangers() -> None:
    with pytest.raises(SignerUnknown):
        _verified(sign_statement(STATEMENT, [KEY]), ROOT.certificate)


def test_a_trust_bundle_tells_authorities_from_keys() -> None:
    text = KEY.public.to_pem() + pem(ROOT.certificate).encode()

    trusted = load_trust_bundle(text)

    assert (trusted.keys, trusted.authorities) == ((KEY.public,), (ROOT.certificate,))


def test_an_ed25519_authority_is_refused_where_it_is_configured() -> None:
    with pytest.raises(CertificateAlgorithmRefused):
        load_trust_bundle(pem(ED_ROOT.certificate).encode())


def _json_text(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'
