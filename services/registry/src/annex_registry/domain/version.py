"""Extensions and their versions: what a published version is, and the refusal of a spent number."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import semver
from pydantic import JsonValue

from annex_registry.domain.errors import VersionAlreadyExists
from annex_registry.domain.trusted_publishing import TrustedActor
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, VersionId
from annex_shared.manifest import Manifest, parse_manifest
from annex_shared.names import ExtensionRef
from annex_shared.signing import SignerCertificate
from annex_shared.version_number import VersionNumber


class VersionStatus(StrEnum):
    """What is true of a version now; it begins as published and its facts never change."""

    PUBLISHED = "published"
    DEPRECATED = "deprecated"
    YANKED = "yanked"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Extension:
    """An installable product; ``id`` never changes."""

    id: ExtensionId
    ref: ExtensionRef
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExtensionSummary:
    """An extension with its newest version, as lists show it."""

    extension: Extension
    latest_version: VersionNumber
    latest_published_at: datetime
    version_count: int


@dataclass(frozen=True, slots=True)
class Signature:
    """A verified signature: the text beside the archive and the id of the key that vouches for it.

    ``certificate`` is what made that key count, where the registry did not know the key itself.
    """

    text: str
    signer: str
    certificate: SignerCertificate | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version about to be claimed."""

    id: VersionId
    extension: Extension
    number: VersionNumber
    manifest: Manifest
    document: Mapping[str, JsonValue]
    content_hash: ContentHash
    size_bytes: int
    has_handler: bool
    signature: Signature | None
    published_by: str
    published_at: datetime
    # Of an imported version: how many bundles the predecessor had for it, and when it came here.
    bundle_count: int = 1
    imported_at: datetime | None = None
    trusted_actor: TrustedActor | None = None


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version as it was published."""

    id: VersionId
    extension: Extension
    number: VersionNumber
    content_hash: ContentHash
    size_bytes: int
    published_at: datetime
    status: VersionStatus
    signer: str | None
    ext_seq: int
    log_index: int | None
    capabilities: tuple[str, ...]
    status_reason: str | None = None
    status_log_index: int | None = None
    bundle_count: int = 1
    imported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VersionContents:
    """What a version's bundle declares, the signature that came with it, and whose word let it in.

    ``trusted_actor`` is None for a version that a principal of the platform published.
    """

    manifest: Mapping[str, JsonValue]
    signature: Signature | None
    trusted_actor: TrustedActor | None = None

    def declared(self) -> Manifest:
        """Read the document, which was judged when it was uploaded, in its normal form."""
        return parse_manifest(json.dumps(dict(self.manifest)).encode())


def version_already_exists(
    ref: ExtensionRef,
    number: VersionNumber,
    existing: PublishedVersion,
    *,
    content_hash: ContentHash,
    suggested: VersionNumber,
) -> VersionAlreadyExists:
    """Build the refusal everybody sees; it names both numbers when only build metadata differs."""
    spent = "" if existing.number == number else f' as "{existing.number}"'
    return VersionAlreadyExists(
        f'Version "{number}" of {ref} is already published{spent} and cannot be changed. '
        "Choose a new version number and publish again.",
        details={
            "extension": str(ref),
            "version": str(number),
            "existing_version": str(existing.number),
            "published_at": existing.published_at.isoformat().replace("+00:00", "Z"),
            "content_hash": str(existing.content_hash),
            "same_content": existing.content_hash == content_hash,
            "log_index": existing.log_index,
            "suggested_version": str(suggested),
        },
        extension_id=str(existing.extension.id),
    )


def suggested_version(number: VersionNumber, highest_patch: int | None) -> VersionNumber:
    """Suggest the smallest free release after ``number`` in its minor line.

    ``highest_patch`` is the highest patch released as ``major.minor.*``, if any.
    """
    parsed = semver.Version.parse(number.text)
    patch = parsed.patch if highest_patch is None else max(parsed.patch, highest_patch)
    return VersionNumber(f"{parsed.major}.{parsed.minor}.{patch + 1}")
