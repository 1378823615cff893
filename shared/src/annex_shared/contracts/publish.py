"""The `ext-bundles` publish routes, in the predecessor's camelCase, and publisher administration."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.wire import Exchanged, Received


class _Camel(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class UploadedFile(_Camel):
    key: str
    strategy: str = "staging"


class UploadReceipt(_Camel):
    """Answer of `POST /api/ext-bundles/upload-proxy?filename&size&declaredHash` (body: the archive bytes)."""

    upload: UploadedFile
    filename: str
    size: int
    content_hash: ContentHash
    declared_hash: str | None = None


class FinalizeSignature(_Camel):
    """``algorithm`` is `dsse-ed25519`; ``text`` is the DSSE envelope beside the archive."""

    text: str
    algorithm: str


class FinalizeUpload(_Camel):
    """Body of `POST /api/ext-bundles/finalize`; ``key`` comes from the upload receipt."""

    key: str
    size: int | None = None
    declared_hash: str | None = None
    manifest_json: dict[str, Any] | str | None = None
    signature: FinalizeSignature | None = None


class AbortUpload(_Camel):
    key: str
    reason: str | None = None


class AbortReceipt(_Camel):
    """``status`` is `deleted`, or `noop` when nothing was staged under the key."""

    status: str
    key: str
    area: str = "staging"


class PublishedExtension(_Camel):
    id: str
    name: str
    publisher: str


class PublishedVersion(_Camel):
    id: str
    version: str


class PublishReceipt(_Camel):
    """Answer of finalize. A replay of the winning attempt answers the same document.

    ``proof`` is a `c2sp.org/tlog-proof@v1` of the leaf at ``logIndex``; null as long as nothing that covers
    it is signed. Then `GET /api/v1/extensions/{publisher}/{name}/versions/{version}/proof` has it later.
    """

    extension: PublishedExtension
    version: PublishedVersion
    content_hash: ContentHash
    canonical_key: str
    size_bytes: int
    signer: str | None = None
    upload_id: str | None = None
    published_at: datetime | None = None
    log_index: int | None = None
    proof: str | None = None


class CreatePublisher(Received):
    """`POST /api/v1/publishers`: ``name`` is canonicalised to the slug; the caller becomes its owner."""

    name: str


class AddPublisherKey(Received):
    """`POST /api/v1/publishers/{slug}/keys`: an Ed25519 public key in PEM (SubjectPublicKeyInfo).

    Also `POST …/keys/{key_id}/rotate`, which revokes that key in the same step.
    """

    public_key_pem: str = Field(max_length=4096)
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None


class PublisherKeyView(Exchanged):
    """A key that counts; ``log_index`` is the leaf that says it was added."""

    key_id: str
    added_at: str
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    log_index: int | None = None


class RevokedKeyView(Exchanged):
    """A key that counts no more; what it signed before stays published."""

    key_id: str
    added_at: AwareDatetime
    revoked_at: AwareDatetime


class PublisherView(Exchanged):
    """A publisher with the keys that count, and those that did."""

    slug: str
    keys: list[PublisherKeyView]
    revoked_keys: list[RevokedKeyView] = Field(default_factory=list)
