"""The claims about one version: its content, its publication and its signature."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from annex_cli.claims import Claim, Status
from annex_cli.log_memory import SeenCheckpoint
from annex_cli.presenting import size
from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug
from annex_shared.signing import BundleStatement, TrustBundle, VerifiedSignature, verify_envelope
from annex_shared.signing.errors import SignerUnknown
from annex_shared.transparency import (
    LogPolicy,
    LogProof,
    VerifiedEntry,
    VersionEntry,
    parse_entry,
    verify_version_proof,
)
from annex_shared.transparency.errors import EntryMismatch, TransparencyError
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class Held:
    """What is held against the log: a bundle that was hashed here, or what the registry lists."""

    publisher: PublisherSlug | None
    name: ExtensionName
    version: VersionNumber
    content_hash: ContentHash
    size_bytes: int
    is_here: bool

    @property
    def subject(self) -> str:
        owner = f"{self.publisher}/" if self.publisher else ""
        return f"{owner}{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Publication:
    """The claims `content` and `published`, and what the log proved for them if it did."""

    claims: tuple[Claim, ...]
    verified: VerifiedEntry | None = None
    checkpoint: SeenCheckpoint | None = None


def check_publication(held: Held, proof_text: bytes, policy: LogPolicy) -> Publication:
    """Verify the proof against what is held; broken proofs are claims, not errors."""
    try:
        proof = LogProof.parse(proof_text)
        verified = verify_version_proof(
            proof,
            policy,
            extension=ExtensionRef(held.publisher or _logged_publisher(proof, held.name), held.name),
            version=held.version,
            content_hash=held.content_hash,
        )
        checkpoint = SeenCheckpoint.opened(proof.checkpoint_note.encode(), policy)
    except EntryMismatch as difference:
        is_content = difference.details["field"] == "bundle"
        return Publication(
            (_content(held, difference if is_content else None), _unpublished(held, difference))
        )
    except TransparencyError as error:
        return Publication((_content(held, None), _unpublished(held, error)))
    tree = verified.accepted.checkpoint
    published = Claim(
        "published",
        Status.OK,
        held.subject,
        f"entry {verified.index} of log {tree.origin}, tree of {tree.size}",
        {"log": tree.origin, "log_index": verified.index, "tree_size": tree.size},
    )
    return Publication((_content(held, None), published), verified, checkpoint)


def check_signer(
    held: Held, verified: VerifiedEntry | None, envelope: str | None, trusted: TrustBundle, *, now: datetime
) -> Claim:
    """Say who signed: the envelope beside the bundle, or the one that the log holds for it.

    A certificate is judged at the moment that the log proves for the publication; without one, now.
    """
    entry = verified.entry if verified else None
    if envelope is None and isinstance(entry, VersionEntry) and entry.signature is not None:
        envelope = entry.signature.decode("utf-8", "replace")
    if envelope is None and verified is None:
        text = "no signature is beside the bundle, and the log proves nothing about it"
        return Claim("signed by", Status.UNCHECKED, held.subject, text)
    if envelope is None:
        return Claim(
            "signed by", Status.NONE, held.subject, "no signature is beside the bundle or in the log"
        )
    publisher = entry.extension.publisher if isinstance(entry, VersionEntry) else held.publisher
    if trusted == TrustBundle() or publisher is None:
        text = "there is a signature; --publisher-keys names the keys that may sign"
        return Claim("signed by", Status.UNCHECKED, held.subject, text)
    statement = BundleStatement(publisher, held.name, held.version, held.content_hash)
    try:
        signature = verify_envelope(
            envelope,
            statement,
            trusted.keys,
            authorities=trusted.authorities,
            at=entry.time if entry else now,
        )
    except SignerUnknown as error:
        return Claim("signed by", Status.FAILED, held.subject, "by none of the keys given", error.details)
    except AnnexError as error:
        return Claim("signed by", Status.FAILED, held.subject, error.message, error.details)
    return _signed_by(held, signature)


def _signed_by(held: Held, signature: VerifiedSignature) -> Claim:
    signers, certificate = signature.key_ids, signature.certificate
    facts: dict[str, JsonValue] = {"key_ids": list(signers)}
    text = f"key {', '.join(signers)}, one of those given"
    if certificate is not None:
        facts |= {"subject": certificate.subject, "certificate": certificate.fingerprint}
        text = f"key {signers[0]} of {certificate.subject}, by an authority of those given"
    return Claim("signed by", Status.OK, held.subject, text, facts)


def unreadable(subject: str, content_hash: ContentHash, size_bytes: int, reason: AnnexError) -> Claim:
    """Claim that what is here is no bundle at all."""
    text = f"the {size(size_bytes)} here hash to {content_hash.short} and are no bundle: {reason.message}"
    return Claim("content", Status.FAILED, subject, text, {"content_hash": str(content_hash)})


def _content(held: Held, difference: EntryMismatch | None) -> Claim:
    facts: dict[str, JsonValue] = {"content_hash": str(held.content_hash), "size_bytes": held.size_bytes}
    if difference is not None:
        logged = str(difference.details["logged"])
        where = f"the {size(held.size_bytes)} here hash" if held.is_here else "the list says"
        text = f"{where} to {held.content_hash}, and the log holds {logged}"
        return Claim("content", Status.FAILED, held.subject, text, {**facts, "logged": logged})
    if not held.is_here:
        text = f"no bundle is here; the list says {held.content_hash}"
        return Claim("content", Status.UNCHECKED, held.subject, text, facts)
    text = f"the {size(held.size_bytes)} here hash to {held.content_hash}"
    return Claim("content", Status.OK, held.subject, text, facts)


def _unpublished(held: Held, error: AnnexError) -> Claim:
    return Claim("published", Status.FAILED, held.subject, error.message, error.details)


def _logged_publisher(proof: LogProof, name: ExtensionName) -> PublisherSlug:
    """Take the publisher from the entry where the manifest leaves it to the publishing key.

    The entry is not verified yet, which does no harm: the comparison with it follows its verification.
    """
    entry = parse_entry(proof.extra) if proof.extra else None
    return entry.extension.publisher if isinstance(entry, VersionEntry) else PublisherSlug.of(str(name))
