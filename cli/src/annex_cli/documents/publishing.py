"""What the commands for publishers print: bundles, versions, keys and trusted builds."""

from typing import Literal

from pydantic import Field, JsonValue

from annex_cli.claims import Status
from annex_cli.documents.data import Data, Text
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.publish import PublisherKeyView
from annex_shared.contracts.trusted_publishing import TrustedPublisherView
from annex_shared.contracts.versions import VersionRow


class Packed(Data):
    file: str
    content_hash: ContentHash
    size_bytes: int
    entries: int
    reproducible: bool | None = Field(
        description="Whether packing twice gave the same; null without --check."
    )


class Signed(Data):
    file: str
    content_hash: ContentHash
    key_id: str
    algorithm: str
    signature_file: str


class Published(Data):
    extension: str
    version: str
    content_hash: ContentHash
    size_bytes: int
    signer: Text
    extension_id: Text
    version_id: Text
    log_index: int | None
    proof_file: Text
    result: Literal["published", "recovered", "already_published"]
    recovered: bool
    same_content: bool


class PublishRehearsed(Data):
    extension: str
    version: str
    content_hash: ContentHash
    size_bytes: int
    signed: bool
    result: Literal["would_publish"]


class ClaimDocument(Data):
    claim: str
    status: Status
    subject: str
    evidence: JsonValue


class Verified(Data):
    claims: list[ClaimDocument]


class Versions(Data):
    items: list[VersionRow]
    next_cursor: Text
    claims: list[ClaimDocument] = Field(default_factory=list, description="With --verify only.")


class TrustedPublishers(Data):
    items: list[TrustedPublisherView]


class TrustedPublisherRemoved(Data):
    id: str
    publisher: str


class TrustedOnly(Data):
    extension: str
    trusted_only: bool


class Keys(Data):
    publisher: str
    items: list[PublisherKeyView]


class KeyAdded(PublisherKeyView):
    publisher: str


class KeyRotated(PublisherKeyView):
    publisher: str
    revoked: str


class KeyRevoked(Data):
    publisher: str
    revoked: str


class Artifact(Data):
    path: str
    bytes: int
    sha256: str


class BuildResult(Data):
    build: str = Field(description="The command that was run.")
    artifacts: list[Artifact]
    kind: Text = Field(description="Component or core module; null without a handler.")
    imports: list[str]
    imports_everything: bool = Field(description="The tool chain imports every interface, used or not.")
    capabilities_needed: list[str]
    capabilities_missing: list[str]
    capabilities_unused: list[str]
    duration_ms: int


class ProjectMade(Data):
    dir: str
    extension: str
    template: str
    lang: str
    files: list[str]
    git: bool = Field(description="Whether a repository was made.")
    next: list[str] = Field(description="Commands that go on from here.")


class RouteTypes(Data):
    endpoints: list[str]
    file: Text = Field(description="null where the types were only printed.")
    changed: bool
    text: str


class BuiltProject(BuildResult):
    extension: str
