"""The keys and authorities an operator trusts, from one PEM file of public keys and certificates.

An authority's certificate (``CA:TRUE``) vouches for the certificates below it. Any other certificate counts
as the key it carries; its dates and issuer are not judged: whoever puts it in this file vouches for the key.
"""

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from annex_shared.display_text import shown
from annex_shared.signing.certificates import refuse_authority_key
from annex_shared.signing.errors import TrustBundleMalformed
from annex_shared.signing.keys import VerifyingKey, unsupported

_BLOCK = re.compile(rb"-----BEGIN (?P<label>[A-Z0-9 ]{1,64})-----[^-]*-----END (?P=label)-----", re.ASCII)
_BEGIN = re.compile(rb"-----BEGIN ")
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """Keys that sign, and authorities whose certificates say which keys sign for whom."""

    keys: tuple[VerifyingKey, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()


def load_trust_bundle(pem: bytes) -> TrustBundle:
    """Read every ``PUBLIC KEY`` and ``CERTIFICATE`` block, each once, in order.

    Raise TrustBundleMalformed for any other block, a damaged one or none at all: a bundle read in part
    would trust less, or more, than its owner meant.
    """
    if len(pem) > _MAX_BYTES:
        raise _malformed("it is larger than one MiB")
    blocks = list(_BLOCK.finditer(pem))
    if not blocks or len(blocks) != len(_BEGIN.findall(pem)):
        raise _malformed("a PEM block is missing or incomplete")
    trusted = list(dict.fromkeys(_trusted(block["label"].decode("ascii"), block[0]) for block in blocks))
    return TrustBundle(
        keys=tuple(one for one in trusted if isinstance(one, VerifyingKey)),
        authorities=tuple(one for one in trusted if isinstance(one, x509.Certificate)),
    )


def _trusted(label: str, block: bytes) -> VerifyingKey | x509.Certificate:
    if label == "PUBLIC KEY":
        return VerifyingKey.load(block)
    if label != "CERTIFICATE":
        raise _malformed(f'it holds a "{shown(label, limit=40)}" block')
    try:
        certificate = x509.load_pem_x509_certificate(block)
        if _is_authority(certificate):
            refuse_authority_key(certificate)
            return certificate
        key = certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise unsupported("of an unknown kind") from error
    except ValueError:
        raise _malformed("a certificate is damaged") from None
    return VerifyingKey.of(key)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return constraints.value.ca


def _malformed(reason: str) -> TrustBundleMalformed:
    return TrustBundleMalformed(
        f"The trust bundle cannot be used: {reason}. It must hold PUBLIC KEY or CERTIFICATE blocks only.",
        details={"reason": reason},
    )
