"""Certificates of signing keys: the chain to an authority the operator trusts, judged at one moment.

``cryptography.x509.verification`` builds and judges the chain. It takes an Ed25519 leaf under authorities
with RSA or NIST curve keys and refuses Ed25519 authorities, so these are refused by name before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from annex_shared.display_text import shown
from annex_shared.names import PublisherSlug
from annex_shared.signing.errors import (
    CertificateAlgorithmRefused,
    CertificateChainTooLong,
    CertificateExpired,
    CertificateMalformed,
    CertificateNotYetValid,
    CertificateUntrusted,
    CertificateWrongPublisher,
    UnsupportedKey,
)
from annex_shared.signing.keys import VerifyingKey

# A URI of this form in subjectAltName says for whom the certificate signs; nothing else does.
PUBLISHER_URI: Final = "annex:publisher/"
# The leaf, two intermediates, and the authority itself for those who send it along.
MAX_CHAIN: Final = 4
MAX_INTERMEDIATES: Final = 2
MAX_CHAIN_BYTES: Final = 16 << 10
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignerCertificate:
    """What stays on record of the certificate that vouched for a signing key."""

    subject: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class CertificateChain:
    """Certificates as they came beside a signature, the signing key's own first; nothing is believed yet."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, pem: str) -> "CertificateChain":
        """Read PEM blocks. Raise CertificateMalformed or CertificateChainTooLong."""
        if len(pem) > MAX_CHAIN_BYTES:
            raise _malformed(f"it is larger than {MAX_CHAIN_BYTES:,} characters")
        blocks = _BLOCK.findall(pem)
        if not blocks or len(blocks) != pem.count("-----BEGIN "):
            raise _malformed("it must hold CERTIFICATE blocks in PEM and nothing else")
        if len(blocks) > MAX_CHAIN:
            raise too_long()
        try:
            return cls(tuple(x509.load_pem_x509_certificate(block.encode()) for block in blocks))
        except ValueError:
            raise _malformed("a certificate is damaged") from None

    @property
    def leaf(self) -> x509.Certificate:
        return self.certificates[0]

    def signing_key(self) -> VerifyingKey:
        """Return the key the first certificate is for. Raise CertificateAlgorithmRefused unless Ed25519."""
        try:
            return VerifyingKey.of(self.leaf.public_key())
        except (UnsupportedKey, UnsupportedAlgorithm, ValueError):
            raise CertificateAlgorithmRefused(
                "The certificate of the signing key is not for an Ed25519 key. Order one that is.",
                details={"certificate": _subject(self.leaf), "accepted": ["Ed25519"]},
            ) from None

    def to_pem(self) -> str:
        """Write the chain as it travels, without what stood around the blocks."""
        return "".join(
            certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in self.certificates
        )


def verify_chain(
    chain: CertificateChain,
    authorities: Sequence[x509.Certificate],
    publisher: PublisherSlug,
    *,
    at: datetime,
) -> SignerCertificate:
    """Judge whether a chain lets its key sign for the publisher at a moment; each refusal is a fact."""
    leaf = chain.leaf
    for certificate in (*authorities, *chain.certificates[1:]):
        refuse_authority_key(certificate)
    own = [certificate for certificate in chain.certificates[1:] if certificate not in authorities]
    if len(own) > MAX_INTERMEDIATES:
        raise too_long()
    reason = _refusal(leaf, own, authorities, at)
    if reason is not None:
        _refuse_by_time(leaf, own, authorities, at)
        raise CertificateUntrusted(
            f'The certificate "{_subject(leaf)}" does not lead to an authority this registry trusts: '
            f"{shown(reason, limit=160)}. Send the whole chain, or ask the operator which authority to use.",
            details={"certificate": _subject(leaf), "fingerprint": _fingerprint(leaf)},
        )
    _refuse_other_publisher(leaf, publisher)
    return SignerCertificate(
        _subject(leaf), _fingerprint(leaf), leaf.not_valid_before_utc, leaf.not_valid_after_utc
    )


def refuse_authority_key(certificate: x509.Certificate) -> None:
    """Raise CertificateAlgorithmRefused for an authority whose key the verifier does not take."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        key = None
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        raise CertificateAlgorithmRefused(
            f'The authority "{_subject(certificate)}" has a key of a kind that is not verified here. '
            "Authorities have RSA or NIST curve (P-256, P-384, P-521) keys; only the signing key is Ed25519.",
            details={"certificate": _subject(certificate), "accepted": ["RSA", "EC"]},
        )


def too_long() -> CertificateChainTooLong:
    return CertificateChainTooLong(
        f"The certificate chain is too long: between the signing certificate and the authority at most "
        f"{MAX_INTERMEDIATES} may stand. Send the shortest chain.",
        details={"max_intermediates": MAX_INTERMEDIATES},
    )


def _refusal(
    leaf: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    at: datetime,
) -> str | None:
    """Return why the verifier refuses the chain at a moment; None when it accepts it."""
    if not authorities:
        return "no authority is trusted here"
    verifier = (
        PolicyBuilder()
        .store(Store(list(authorities)))
        .time(at.astimezone(UTC).replace(tzinfo=None, microsecond=0))
        .max_chain_depth(MAX_INTERMEDIATES)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_LEAF_POLICY)
        .build_client_verifier()
    )
    try:
        verifier.verify(leaf, list(intermediates))
    except (VerificationError, ValueError) as error:
        return str(error).partition("(encountered")[0].strip()
    return None


def _refuse_by_time(
    leaf: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    """Say expired or not valid yet where time is the only fault: a foreign chain is foreign at any time."""
    begin, end = _window(leaf, *intermediates)
    for moment in _moments(begin, end, authorities):
        if _refusal(leaf, intermediates, authorities, moment) is None:
            break
    else:
        return
    details = {"certificate": _subject(leaf), "fingerprint": _fingerprint(leaf)}
    if at < begin:
        raise CertificateNotYetValid(
            f'The chain of "{_subject(leaf)}" is valid from {begin:%Y-%m-%d %H:%M} UTC. Sign with a '
            "certificate that is valid now.",
            details={**details, "not_before": begin.isoformat()},
        )
    raise CertificateExpired(
        f'The chain of "{_subject(leaf)}" was valid until {end:%Y-%m-%d %H:%M} UTC. Renew it, and sign the '
        "bundle again.",
        details={**details, "not_after": end.isoformat()},
    )


def _window(*certificates: x509.Certificate) -> tuple[datetime, datetime]:
    """Return when all of them are valid at once; the end may lie before the beginning."""
    return (
        max(certificate.not_valid_before_utc for certificate in certificates),
        min(certificate.not_valid_after_utc for certificate in certificates),
    )


def _moments(begin: datetime, end: datetime, authorities: Sequence[x509.Certificate]) -> Iterator[datetime]:
    """List the moments at which the chain would stand, if it ever does, with one authority or another."""
    for authority in authorities:
        first = max(begin, authority.not_valid_before_utc)
        if first <= min(end, authority.not_valid_after_utc):
            yield first


def _refuse_other_publisher(leaf: x509.Certificate, publisher: PublisherSlug) -> None:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    allowed = [uri.removeprefix(PUBLISHER_URI) for uri in uris if uri.startswith(PUBLISHER_URI)]
    if publisher.text not in allowed:
        says = ", ".join(shown(name, limit=64) for name in allowed[:3]) or "no publisher at all"
        raise CertificateWrongPublisher(
            f'The certificate "{_subject(leaf)}" signs for {says}, not for {publisher}. Its subjectAltName '
            f"must hold the URI {PUBLISHER_URI}{publisher}.",
            details={
                "publisher": publisher.text,
                "certificate_publishers": [shown(name, limit=64) for name in allowed[:10]],
            },
        )


def _require_code_signing(_policy: Policy, _leaf: x509.Certificate, usage: x509.ExtendedKeyUsage) -> None:
    if ExtendedKeyUsageOID.CODE_SIGNING not in usage:
        raise ValueError("its extended key usage lacks codeSigning")


def _require_readable(_policy: Policy, _leaf: x509.Certificate, _names: x509.SubjectAlternativeName) -> None:
    """Have the names parsed: what cannot be read is refused with the chain."""


def _require_signing(_policy: Policy, _leaf: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.digital_signature:
        raise ValueError("its key usage lacks digitalSignature")


def _refuse_authority(
    _policy: Policy, _leaf: x509.Certificate, constraints: x509.BasicConstraints | None
) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("it is an authority's certificate, which signs certificates only")


_LEAF_POLICY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _require_code_signing)
    .require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, _require_readable)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _require_signing)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _refuse_authority)
)


def _subject(certificate: x509.Certificate) -> str:
    return shown(certificate.subject.rfc4514_string(), limit=200)


def _fingerprint(certificate: x509.Certificate) -> str:
    return f"sha256:{certificate.fingerprint(SHA256()).hex()}"


def _malformed(reason: str) -> CertificateMalformed:
    return CertificateMalformed(
        f"The certificate chain cannot be read: {reason}.", details={"reason": reason}
    )
