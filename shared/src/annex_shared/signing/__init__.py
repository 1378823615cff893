"""Signatures of bundles: Ed25519 keys, trust bundles, and DSSE envelopes beside the archive."""

from annex_shared.signing.certificates import PUBLISHER_URI, CertificateChain, SignerCertificate
from annex_shared.signing.envelope import (
    MAX_ENVELOPE_BYTES,
    PAYLOAD_TYPE,
    BundleStatement,
    VerifiedSignature,
    sign_statement,
    verify_envelope,
)
from annex_shared.signing.keys import SigningKey, VerifyingKey
from annex_shared.signing.trust_bundle import TrustBundle, load_trust_bundle

__all__ = [
    "MAX_ENVELOPE_BYTES",
    "PAYLOAD_TYPE",
    "PUBLISHER_URI",
    "BundleStatement",
    "CertificateChain",
    "SignerCertificate",
    "SigningKey",
    "TrustBundle",
    "VerifiedSignature",
    "VerifyingKey",
    "load_trust_bundle",
    "sign_statement",
    "verify_envelope",
]
