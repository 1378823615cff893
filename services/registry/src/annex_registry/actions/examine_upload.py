"""Decide everything about a publication that can be decided before its number is claimed."""

import json
from collections.abc import Sequence
from datetime import datetime

from annex_registry.actions.stage_upload import hash_mismatch, size_mismatch
from annex_registry.domain.errors import (
    ManifestMismatch,
    PublisherNotNamed,
    PublishTokenMismatch,
    SignatureAlgorithmRefused,
    SignatureRequired,
    SignerNotValid,
)
from annex_registry.domain.manifest_difference import first_difference
from annex_registry.domain.membership import membership_required, publisher_not_found
from annex_registry.domain.ports import Publishers
from annex_registry.domain.publication import DSSE_ED25519, Candidate, FinalizeCommand, SentSignature
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.publisher import Publisher, PublisherKey
from annex_registry.domain.trusted_publishing import PublishGrant
from annex_registry.domain.upload import StagedBundle, UploadAttempt
from annex_registry.domain.version import Signature
from annex_shared.display_text import shown
from annex_shared.manifest import parse_manifest
from annex_shared.names import ExtensionRef, PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.signing import BundleStatement, VerifyingKey, verify_envelope
from annex_shared.signing.errors import (
    CertificateRefused,
    SignatureMalformed,
    SignatureRefused,
    SignerUnknown,
)
from annex_shared.strict_json import NotStrictJson, read_strict_json

# It stands in the version's leaf, in Base64; a leaf holds 65,535 bytes.
_MAX_SIGNATURE_LENGTH = 32_768


async def examine_upload(
    command: FinalizeCommand,
    attempt: UploadAttempt,
    *,
    caller: Caller,
    publishers: Publishers,
    policy: PublishPolicy,
    at: datetime,
    is_direct: bool = False,
) -> Candidate:
    """Compare what was declared, find the publisher and check the caller's membership and the signature."""
    _refuse_declared(command, attempt.bundle)
    # The document was judged when the upload was received; this gives it its types back.
    manifest = parse_manifest(json.dumps(dict(attempt.bundle.manifest)).encode())
    named = command.extension
    grant = command.grant
    slug = manifest.publisher or await _publisher_of(command, caller, publishers)
    if named is not None:
        _refuse_other_extension(named, ExtensionRef(slug, manifest.name))
    if grant is None:
        publisher = await find_publisher(slug, caller=caller, publishers=publishers, policy=policy)
    else:
        _refuse_beyond_grant(grant, ExtensionRef(slug, manifest.name))
        publisher = await publishers.find(slug)
    is_signature_required = policy.is_signature_required and not (grant and policy.may_trusted_be_unsigned)
    statement = BundleStatement(slug, manifest.name, manifest.version, attempt.bundle.content_hash)
    return Candidate(
        attempt=attempt,
        publisher=slug,
        is_new_publisher=publisher is None,
        manifest=manifest,
        signature=_verified(
            command.signature, statement, publisher, policy, at=at, is_required=is_signature_required
        ),
        is_direct=is_direct,
        trusted_actor=grant.actor if grant else None,
    )


async def find_publisher(
    slug: PublisherSlug, *, caller: Caller, publishers: Publishers, policy: PublishPolicy
) -> Publisher | None:
    """Return the publisher the caller belongs to, or None when the caller may and has to create it."""
    publisher = await publishers.find(slug)
    if publisher is None:
        if policy.may_create_publisher and caller.may(Permission.PLATFORM_ADMIN):
            return None
        raise publisher_not_found(slug)
    if await publishers.role_of(caller.principal, slug) is None:
        raise membership_required(slug)
    return publisher


async def _publisher_of(command: FinalizeCommand, caller: Caller, publishers: Publishers) -> PublisherSlug:
    """Find the publisher of a manifest that names none."""
    if command.extension is not None:
        return command.extension.publisher
    if command.grant is not None:
        return command.grant.extension.publisher
    return await _only_publisher_of(caller, publishers)


def _refuse_beyond_grant(grant: PublishGrant, found: ExtensionRef) -> None:
    granted = grant.extension
    if (granted.publisher, granted.name.key) != (found.publisher, found.name.key):
        raise PublishTokenMismatch(
            f"The publish token is for {granted} and manifest.json says {found}. Exchange an id "
            "token for that one.",
            details={"granted": str(granted), "extension": str(found)},
        )


async def _only_publisher_of(caller: Caller, publishers: Publishers) -> PublisherSlug:
    slugs = await publishers.slugs_of(caller.principal)
    if len(slugs) != 1:
        belongs = f"you belong to {', '.join(map(str, slugs))}" if slugs else "you belong to none"
        raise PublisherNotNamed(
            f'manifest.json names no publisher, and {belongs}. Add "publisher" to manifest.json.',
            details={"publishers": [slug.text for slug in slugs]},
        )
    return slugs[0]


def _refuse_declared(command: FinalizeCommand, bundle: StagedBundle) -> None:
    if command.content_hash is not None and command.content_hash != bundle.content_hash:
        raise hash_mismatch(command.content_hash, bundle.content_hash)
    if command.size_bytes is not None and command.size_bytes != bundle.size_bytes:
        raise size_mismatch(command.size_bytes, bundle.size_bytes)
    if command.manifest is not None:
        pointer = _difference(command, bundle)
        if pointer is not None:
            raise ManifestMismatch(
                f'The declared manifest differs from manifest.json in the bundle at "{shown(pointer)}". '
                "Leave manifestJson out, or declare what is in the bundle.",
                details={"pointer": shown(pointer)},
            )


def _refuse_other_extension(named: ExtensionRef, found: ExtensionRef) -> None:
    if named != found:
        raise ManifestMismatch(
            f"The address is that of {named} and manifest.json says {found}. Publish it under its own name.",
            details={"pointer": "/publisher" if named.publisher != found.publisher else "/name"},
        )


def _difference(command: FinalizeCommand, bundle: StagedBundle) -> str | None:
    declared = command.manifest
    if isinstance(declared, str):
        try:
            return first_difference(read_strict_json(declared.encode()), dict(bundle.manifest))
        except NotStrictJson:
            return ""
    return first_difference(dict(declared or {}), dict(bundle.manifest))


def _verified(
    sent: SentSignature | None,
    statement: BundleStatement,
    publisher: Publisher | None,
    policy: PublishPolicy,
    *,
    at: datetime,
    is_required: bool,
) -> Signature | None:
    if sent is None:
        if is_required:
            raise SignatureRequired(
                f"{statement.name} {statement.version} is not signed, and this registry "
                "takes signed bundles only. Sign it with `annex sign` and publish again."
            )
        return None
    if sent.algorithm != DSSE_ED25519:
        raise SignatureAlgorithmRefused(
            f'Signatures of the kind "{shown(sent.algorithm, limit=40)}" are not verified here; '
            f"{DSSE_ED25519} is. Sign the bundle with `annex sign`.",
            details={"algorithm": shown(sent.algorithm, limit=40), "accepted": [DSSE_ED25519]},
        )
    if len(sent.text) > _MAX_SIGNATURE_LENGTH:
        raise SignatureMalformed(
            f"The signature is longer than {_MAX_SIGNATURE_LENGTH:,} characters. Sign with fewer keys."
        )
    keys = publisher.keys if publisher else ()
    counting = [_loaded(key) for key in keys if key.reason_not_to_trust(at) is None]
    try:
        verified = verify_envelope(
            sent.text,
            statement,
            [*counting, *policy.trusted.keys],
            authorities=policy.trusted.authorities,
            at=at,
        )
    except (SignerUnknown, CertificateRefused):
        _refuse_former_signer(sent.text, statement, keys, at=at)
        raise
    if verified.certificate is not None:
        # Taking a key back outweighs what an authority once said of it.
        _refuse_former_signer(sent.text, statement, keys, at=at)
    return Signature(sent.text, verified.key_ids[0], verified.certificate)


def _refuse_former_signer(
    text: str, statement: BundleStatement, keys: Sequence[PublisherKey], *, at: datetime
) -> None:
    """Raise SignerNotValid when the signature is good, but of a key that does not count now."""
    reasons = {key.key_id: reason for key in keys if (reason := key.reason_not_to_trust(at)) is not None}
    try:
        verified = verify_envelope(text, statement, [_loaded(key) for key in keys if key.key_id in reasons])
    except SignatureRefused:
        return
    key_id = verified.key_ids[0]
    raise SignerNotValid(
        f"The bundle is signed by key {key_id}, which is {reasons[key_id]}. Sign it with a key of the "
        "publisher that is valid now, and publish again.",
        details={"key_id": key_id, "reason": reasons[key_id]},
    )


def _loaded(key: PublisherKey) -> VerifyingKey:
    return VerifyingKey.load(key.public_key_pem.encode())
