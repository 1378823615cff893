"""DSSE envelopes that say who published which bundle: signed bytes are verified before they are read."""

import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from pydantic import JsonValue
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # it lists no __all__

from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown
from annex_shared.names import ExtensionName, PublisherSlug
from annex_shared.signing.certificates import CertificateChain, SignerCertificate, verify_chain
from annex_shared.signing.errors import (
    CertificateMalformed,
    SignatureInvalid,
    SignatureMalformed,
    SignatureMismatch,
    SignatureRefused,
    SignerUnknown,
)
from annex_shared.signing.keys import SigningKey, VerifyingKey
from annex_shared.strict_json import NotStrictJson, read_strict_json
from annex_shared.version_number import VersionNumber

PAYLOAD_TYPE: Final = "application/vnd.annex.bundle+json"
MAX_ENVELOPE_BYTES: Final = 64 << 10
_MAX_SIGNATURES = 32
_FIELDS = ("publisher", "name", "version", "content_hash")


@dataclass(frozen=True, slots=True)
class BundleStatement:
    """What a signature says: these bytes are this version of this extension."""

    publisher: PublisherSlug
    name: ExtensionName
    version: VersionNumber
    content_hash: ContentHash

    def to_facts(self) -> dict[str, str]:
        return {field: str(getattr(self, field)) for field in _FIELDS}

    def to_payload(self) -> bytes:
        """Write the bytes that are signed: compact JSON with sorted keys."""
        return json.dumps(self.to_facts(), sort_keys=True, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """The keys that signed the statement and are trusted, in the order they are trusted; never empty.

    ``certificate`` is there when it made the first of them trusted, and not a key the verifier knew.
    """

    key_ids: tuple[str, ...]
    certificate: SignerCertificate | None = None


def sign_statement(
    statement: BundleStatement, keys: Sequence[SigningKey], *, chain: CertificateChain | None = None
) -> str:
    """Sign with every key given, at least one, and write the envelope that travels beside the archive.

    ``chain`` goes with the key its first certificate is for. Raise CertificateMalformed when that is none.
    """
    if not keys:
        raise ValueError("signing needs at least one key")
    envelope = Envelope(statement.to_payload(), PAYLOAD_TYPE, {})
    for key in keys:
        envelope.sign(CryptoSigner(key.private_key, _library_key(key.public)))
    document = envelope.to_dict()
    if chain is not None:
        _attach(chain, document["signatures"])
    return json.dumps(document, separators=(",", ":"))


def _attach(chain: CertificateChain, signatures: list[dict[str, Any]]) -> None:
    key_id = chain.signing_key().key_id
    named = [signature for signature in signatures if signature["keyid"] == key_id]
    if not named:
        raise CertificateMalformed(
            f"The first certificate of the chain is for key {key_id}, which does not sign. "
            "Name the key file that belongs to the certificate.",
            details={"key_id": key_id},
        )
    named[0]["cert"] = chain.to_pem()


def verify_envelope(
    text: str,
    statement: BundleStatement,
    trusted: Sequence[VerifyingKey],
    *,
    authorities: Sequence[x509.Certificate] = (),
    at: datetime | None = None,
) -> VerifiedSignature:
    """Find the trusted signers of exactly this statement; one is enough, strangers beside it are ignored.

    Where no trusted key signed, a signature's ``cert`` may lead to one of the authorities, judged ``at`` a
    moment. The payload is parsed only after a trusted key has verified its exact bytes.
    """
    envelope, certificates = _read_envelope(text)
    signers = tuple(key.key_id for key in dict.fromkeys(trusted) if _signed_by(envelope, key))
    certificate = None
    if not signers:
        refusal = _not_signed(envelope, trusted)
        if at is None or not certificates or isinstance(refusal, SignatureInvalid):
            raise refusal
        key_id, certificate = _certified(envelope, certificates, authorities, statement.publisher, at=at)
        signers = (key_id,)
    _refuse_difference(_read_payload(envelope.payload), statement)
    return VerifiedSignature(signers, certificate)


def _certified(
    envelope: Envelope,
    certificates: Mapping[str, str],
    authorities: Sequence[x509.Certificate],
    publisher: PublisherSlug,
    *,
    at: datetime,
) -> tuple[str, SignerCertificate]:
    """Return the first signer whose certificate is good, or raise what is wrong with the first."""
    refusals: list[SignatureRefused] = []
    for key_id, pem in certificates.items():
        try:
            chain = CertificateChain.parse(pem)
            key = chain.signing_key()
            if key.key_id != key_id or not _signed_by(envelope, key):
                raise SignatureInvalid(
                    f"The certificate beside the signature of key {shown(key_id, limit=32)} is for another "
                    "key, or that key did not make the signature. Sign again with the right certificate.",
                    details={"key_ids": [shown(key_id, limit=64)]},
                )
            return key_id, verify_chain(chain, authorities, publisher, at=at)
        except SignatureRefused as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _read_envelope(text: str) -> tuple[Envelope, dict[str, str]]:
    """Read an envelope, and the certificate chains beside its signatures by key id."""
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_ENVELOPE_BYTES:
        raise _malformed(f"it is larger than {MAX_ENVELOPE_BYTES:,} bytes")
    try:
        document = read_strict_json(data)
    except NotStrictJson as reason:
        raise _malformed(str(reason)) from None
    match document:
        case {"payload": str(payload), "payloadType": str(kind), "signatures": [_, *_] as signatures}:
            if kind != PAYLOAD_TYPE:
                raise _malformed(f'its payloadType is "{shown(kind, limit=80)}", not {PAYLOAD_TYPE}')
            if len(signatures) > _MAX_SIGNATURES:
                raise _malformed(f"it holds more than {_MAX_SIGNATURES} signatures")
            return _decoded(payload, signatures)
        case _:
            raise _malformed("payload, payloadType or signatures is missing")


def _decoded(payload: str, signatures: Sequence[JsonValue]) -> tuple[Envelope, dict[str, str]]:
    known: list[dict[str, Any]] = []
    certificates: dict[str, str] = {}
    for signature in signatures:
        match signature:
            case {"sig": str(text), "keyid": str(key_id), **others}:
                known.append({"sig": text, "keyid": key_id})
                match others.get("cert"):
                    case None:
                        pass
                    case str(pem):
                        certificates[key_id] = pem
                    case _:
                        raise _malformed("a cert is not text")
            case _:
                raise _malformed("a signature lacks keyid or sig")
    try:
        envelope = Envelope.from_dict({"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": known})
    except (binascii.Error, ValueError, KeyError):
        raise _malformed("its base64 is damaged, or a key signed twice") from None
    return envelope, certificates


def _signed_by(envelope: Envelope, key: VerifyingKey) -> bool:
    try:
        envelope.verify([_library_key(key)], threshold=1)
    except VerificationError:
        return False
    return True


def _not_signed(envelope: Envelope, trusted: Sequence[VerifyingKey]) -> SignatureInvalid | SignerUnknown:
    """Tell a false signature in a trusted key's name, damage or attack, from a stranger's good one."""
    named = list(envelope.signatures)
    claimed = [key.key_id for key in trusted if key.key_id in named]
    if claimed:
        return SignatureInvalid(
            f"The signature in the name of key {claimed[0]} was not made by it, or the envelope was changed. "
            "Sign the bundle again.",
            details={"key_ids": [*claimed]},
        )
    listed = ", ".join(shown(key_id, limit=32) for key_id in named[:3])
    return SignerUnknown(
        f"The bundle is signed by {listed}, and no such key is trusted for this publisher. "
        "Register the key, or sign with a registered one.",
        details={"key_ids": [shown(key_id, limit=64) for key_id in named]},
    )


def _read_payload(payload: bytes) -> dict[str, str]:
    try:
        document = read_strict_json(payload)
    except NotStrictJson as reason:
        raise _malformed(f"its payload is not usable JSON: {reason}") from None
    if not isinstance(document, dict) or sorted(document) != sorted(_FIELDS):
        raise _malformed(f"its payload must hold exactly {', '.join(_FIELDS)}")
    facts = {field: value for field, value in document.items() if isinstance(value, str)}
    if len(facts) != len(_FIELDS):
        raise _malformed("its payload must hold texts only")
    return facts


def _refuse_difference(signed: dict[str, str], statement: BundleStatement) -> None:
    for field, expected in statement.to_facts().items():
        if signed[field] != expected:
            raise SignatureMismatch(
                f'The signature is for another bundle: its {field} is "{shown(signed[field], limit=80)}", '
                f'this bundle\'s is "{expected}". Sign this bundle and publish again.',
                details={"field": field, "signed": shown(signed[field]), "expected": expected},
            )


def _library_key(key: VerifyingKey) -> SSlibKey:
    return SSlibKey.from_crypto(key.to_public_key(), keyid=key.key_id)


def _malformed(reason: str) -> SignatureMalformed:
    return SignatureMalformed(
        f"The signature cannot be read: {reason}. Sign the bundle again with `annex sign`.",
        details={"reason": reason},
    )
