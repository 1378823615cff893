"""An upload: the key its publisher holds, the states it passes through, and what was found in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import JsonValue

from annex_registry.domain.errors import InvalidUploadKey
from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown
from annex_shared.ids import TenantId, UploadId

_KEY = re.compile(r"sha256/_staging/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/bundle\.tar\.zst")


class UploadState(StrEnum):
    """``receiving`` waits for bytes, ``staged`` was judged; only these two can still be published."""

    RECEIVING = "receiving"
    STAGED = "staged"
    PUBLISHED = "published"
    REFUSED = "refused"
    ABORTED = "aborted"
    EXPIRED = "expired"


def upload_key(upload_id: UploadId) -> str:
    """Write the key in the predecessor's form; it names an upload, not a place in the store."""
    return f"sha256/_staging/{upload_id}/bundle.tar.zst"


def parse_upload_key(key: str) -> UploadId:
    """Raise InvalidUploadKey for anything that ``upload_key`` does not write."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise InvalidUploadKey(
            f'"{shown(key, limit=120)}" is not an upload key. Send the key that the upload answered with.'
        )
    return UploadId(UUID(match[1]))


@dataclass(frozen=True, slots=True)
class Uploader:
    """To whom an upload belongs; nobody else can finalize, see or abort it."""

    principal: str
    tenant_id: TenantId | None


@dataclass(frozen=True, slots=True)
class StagedBundle:
    """What was measured and found; while an upload is received, what was declared, and no manifest."""

    content_hash: ContentHash
    size_bytes: int
    manifest: Mapping[str, JsonValue]
    has_handler: bool


@dataclass(frozen=True, slots=True)
class UploadAttempt:
    """The record of one upload; kept for 30 days, whatever became of it."""

    id: UploadId
    uploader: Uploader
    filename: str
    bundle: StagedBundle
    state: UploadState
    outcome: Mapping[str, JsonValue] | None
    created_at: datetime
    expires_at: datetime
    received_bytes: int
    # The stored parts in their order; an upload that came whole has none.
    parts: tuple[UUID, ...] = ()
    # Until then a presigned address lets the uploader write the staged object.
    presigned_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in (UploadState.RECEIVING, UploadState.STAGED)
