"""A publication: what is asked for, what was established about it, and what is answered."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from annex_registry.domain.ports import IdempotencyClaim, JsonObject
from annex_registry.domain.trusted_publishing import PublishGrant, TrustedActor
from annex_registry.domain.upload import UploadAttempt
from annex_registry.domain.version import Extension, NewVersion, Signature
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import VersionPublished
from annex_shared.contracts.publish import PublishedExtension, PublishReceipt
from annex_shared.contracts.publish import PublishedVersion as PublishedVersionDocument
from annex_shared.ids import UploadId, VersionId
from annex_shared.manifest import Manifest
from annex_shared.names import ExtensionRef, PublisherSlug

DSSE_ED25519 = "dsse-ed25519"


@dataclass(frozen=True, slots=True)
class SentSignature:
    """A signature as it came, not looked at yet."""

    algorithm: str
    text: str


@dataclass(frozen=True, slots=True)
class FinalizeCommand:
    """The wish to publish a staged upload, with what the publisher declares about it."""

    upload_id: UploadId
    request_id: str
    size_bytes: int | None = None
    content_hash: ContentHash | None = None
    manifest: Mapping[str, JsonValue] | str | None = None
    signature: SentSignature | None = None
    # Whose version the sender says this is; from the address of a one-shot publish.
    extension: ExtensionRef | None = None
    idempotency_key: str | None = None
    # What a publish token stands for, where one was sent in the place of a principal's credential.
    grant: PublishGrant | None = None

    def claim(self, principal: str, content_hash: ContentHash) -> IdempotencyClaim | None:
        """Bind the key to what is published, not to how it came: the same bytes may be uploaded again."""
        if self.idempotency_key is None:
            return None
        declared = {
            "content_hash": str(content_hash),
            "extension": str(self.extension) if self.extension else None,
            "manifest": dict(self.manifest) if isinstance(self.manifest, Mapping) else self.manifest,
            "signature": [self.signature.algorithm, self.signature.text] if self.signature else None,
        }
        text = json.dumps(declared, sort_keys=True, separators=(",", ":"))
        return IdempotencyClaim(principal, self.idempotency_key, hashlib.sha256(text.encode()).digest())


@dataclass(frozen=True, slots=True)
class Candidate:
    """An upload that may be published if its number is free: everything but the race is decided.

    ``is_direct``: the bytes came with the wish, so the attempt is recorded only if it wins.
    """

    attempt: UploadAttempt
    publisher: PublisherSlug
    is_new_publisher: bool
    manifest: Manifest
    signature: Signature | None
    is_direct: bool = False
    trusted_actor: TrustedActor | None = None

    @property
    def ref(self) -> ExtensionRef:
        return ExtensionRef(self.publisher, self.manifest.name)

    def to_version(self, extension: Extension, *, version_id: VersionId, at: datetime) -> NewVersion:
        return NewVersion(
            id=version_id,
            extension=extension,
            number=self.manifest.version,
            manifest=self.manifest,
            document=self.attempt.bundle.manifest,
            content_hash=self.attempt.bundle.content_hash,
            size_bytes=self.attempt.bundle.size_bytes,
            has_handler=self.attempt.bundle.has_handler,
            signature=self.signature,
            published_by=self.attempt.uploader.principal,
            published_at=at,
            trusted_actor=self.trusted_actor,
        )


@dataclass(frozen=True, slots=True)
class FinalizeOutcome:
    """The answer of the winning attempt; a replay wrote nothing."""

    answer: JsonObject
    is_replay: bool


def published_event(version: NewVersion, *, log_index: int) -> VersionPublished:
    ref = version.extension.ref
    return VersionPublished(
        extension=str(ref),
        extension_id=str(version.extension.id),
        publisher=ref.publisher.text,
        name=ref.name.text,
        version_id=str(version.id),
        version=version.number.text,
        content_hash=version.content_hash,
        size_bytes=version.size_bytes,
        published_at=version.published_at,
        signer=version.signature.signer if version.signature else None,
        has_ui=version.manifest.ui is not None,
        has_handler=version.has_handler,
        log_index=log_index,
    )


def receipt(version: NewVersion, attempt: UploadAttempt, *, log_index: int) -> JsonObject:
    """Write the answer that is stored; ``canonicalKey`` is the predecessor's path, which we serve as a route.

    The proof is not in it: it exists only after the transaction, and is added whenever this is answered.
    """
    extension, tenant_id = version.extension, attempt.uploader.tenant_id
    tenant = f"tenants/{tenant_id}/" if tenant_id else ""
    return PublishReceipt(
        extension=PublishedExtension(
            id=str(extension.id), name=extension.ref.name.text, publisher=extension.ref.publisher.text
        ),
        version=PublishedVersionDocument(id=str(version.id), version=version.number.text),
        content_hash=version.content_hash,
        canonical_key=f"{tenant}extensions/{extension.id}/sha256/{version.content_hash.hex}/bundle.tar.zst",
        size_bytes=version.size_bytes,
        signer=version.signature.signer if version.signature else None,
        upload_id=str(attempt.id),
        published_at=version.published_at,
        log_index=log_index,
    ).model_dump(mode="json", by_alias=True, exclude={"proof"})
