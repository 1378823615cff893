"""The keys an operator trusts, from one PEM file of public keys and certificates.

A certificate counts as the key it carries. Its dates and issuer are not judged here: whoever puts it in
this file vouches for the key.
"""

import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from annex_shared.display_text import shown
from annex_shared.signing.errors import TrustBundleMalformed
from annex_shared.signing.keys import VerifyingKey, unsupported

_BLOCK = re.compile(rb"-----BEGIN (?P<label>[A-Z0-9 ]{1,64})-----[^-]*-----END (?P=label)-----", re.ASCII)
_BEGIN = re.compile(rb"-----BEGIN ")
_MAX_BYTES = 1 << 20


def load_trust_bundle(pem: bytes) -> tuple[VerifyingKey, ...]:
    """Read every ``PUBLIC KEY`` and ``CERTIFICATE`` block, each key once, in order.

    Raise TrustBundleMalformed for any other block, a damaged one or none at all: a bundle read in part
    would trust less, or more, than its owner meant.
    """
    if len(pem) > _MAX_BYTES:
        raise _malformed("it is larger than one MiB")
    blocks = list(_BLOCK.finditer(pem))
    if not blocks or len(blocks) != len(_BEGIN.findall(pem)):
        raise _malformed("a PEM block is missing or incomplete")
    keys = (_key_of(block["label"].decode("ascii"), block[0]) for block in blocks)
    return tuple(dict.fromkeys(keys))


def _key_of(label: str, block: bytes) -> VerifyingKey:
    if label == "PUBLIC KEY":
        return VerifyingKey.load(block)
    if label != "CERTIFICATE":
        raise _malformed(f'it holds a "{shown(label, limit=40)}" block')
    try:
        key = x509.load_pem_x509_certificate(block).public_key()
    except UnsupportedAlgorithm as error:
        raise unsupported("of an unknown kind") from error
    except ValueError:
        raise _malformed("a certificate is damaged") from None
    return VerifyingKey.of(key)


def _malformed(reason: str) -> TrustBundleMalformed:
    return TrustBundleMalformed(
        f"The trust bundle cannot be used: {reason}. It must hold PUBLIC KEY or CERTIFICATE blocks only.",
        details={"reason": reason},
    )
