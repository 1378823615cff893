"""Resumable uploads and one-shot publishing under `/api/v1`, in snake_case."""

from datetime import datetime
from typing import Any

from pydantic import Field, JsonValue

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.publish import PublishReceipt
from annex_shared.contracts.versions import VersionRow
from annex_shared.contracts.wire import Exchanged, Received

BUNDLE_TYPE = "application/vnd.annex.bundle"
UPLOAD_OFFSET_HEADER = "upload-offset"
UPLOAD_LENGTH_HEADER = "upload-length"
CONTENT_DIGEST_HEADER = "content-digest"
# A DSSE envelope in base64.
SIGNATURE_HEADER = "x-annex-signature"


class OpenUpload(Received):
    """`POST /api/v1/uploads`: what will be sent; with a version named, a spent one is refused at once."""

    size_bytes: int = Field(gt=0)
    content_hash: ContentHash
    extension: str | None = Field(default=None, max_length=300)
    version: str | None = Field(default=None, max_length=300)


class SentSignatureBody(Received):
    """``algorithm`` is `dsse-ed25519`; ``text`` is the DSSE envelope beside the archive."""

    algorithm: str
    text: str


class FinalizeUploadSession(Received):
    """`POST /api/v1/uploads/{upload_id}/finalize`; a declared manifest must equal the bundle's."""

    signature: SentSignatureBody | None = None
    manifest: dict[str, Any] | None = None


class Publication(Exchanged):
    """The answer of whoever published; its repeats get the same document.

    ``proof`` is a `c2sp.org/tlog-proof@v1` of the version's leaf; null as long as nothing over it is signed.
    """

    upload_id: str
    extension_id: str
    extension: str
    publisher: str
    name: str
    version: VersionRow
    proof: str | None = None

    @classmethod
    def of(cls, receipt: PublishReceipt) -> "Publication":
        publisher, name = receipt.extension.publisher, receipt.extension.name
        # Answers kept from before these two were written have neither; then the caller reads the version.
        if receipt.upload_id is None or receipt.published_at is None:
            raise ValueError("The stored answer is of an older form.")
        return cls(
            upload_id=receipt.upload_id,
            extension_id=receipt.extension.id,
            extension=f"{publisher}/{name}",
            publisher=publisher,
            name=name,
            version=VersionRow(
                version_id=receipt.version.id,
                version=receipt.version.version,
                published_at=receipt.published_at,
                content_hash=receipt.content_hash,
                size_bytes=receipt.size_bytes,
                status="published",
                signer=receipt.signer,
                log_index=receipt.log_index,
                bundle_count=1,
                installed=False,
            ),
            proof=receipt.proof,
        )


class UploadRefusal(Exchanged):
    """Why an upload was refused; the code is that of the problem its finalize was answered with."""

    code: str
    message: str
    details: dict[str, JsonValue]


class UploadView(Exchanged):
    """`GET /api/v1/uploads/{upload_id}`, readable for 30 days.

    ``state`` is receiving, staged, published, refused, aborted or expired; ``offset`` counts the bytes held.
    """

    upload_id: str
    state: str
    offset: int
    size_bytes: int
    content_hash: ContentHash
    created_at: datetime
    expires_at: datetime
    publication: Publication | None
    refusal: UploadRefusal | None


class PresignedUpload(Exchanged):
    """`POST /api/v1/uploads/{upload_id}/presign`: send exactly this request to the store, then finalize."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime
