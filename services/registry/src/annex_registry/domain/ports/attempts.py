"""Attempts to publish: uploads, answers that are kept, and how often one may try."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from annex_registry.domain.ports.json_object import JsonObject
from annex_registry.domain.publish_rate import LimitedAction, PublishRate
from annex_registry.domain.upload import UploadAttempt, Uploader, UploadState
from annex_shared.ids import UploadId


class Uploads(Protocol):
    """Records of attempts to publish."""

    async def add(
        self, attempt: UploadAttempt, *, forget_at: datetime, may_have_object: bool = True
    ) -> None: ...

    async def find(
        self, upload_id: UploadId, uploader: Uploader, *, for_change: bool = False
    ) -> UploadAttempt | None: ...

    async def close(self, upload_id: UploadId, state: UploadState, outcome: JsonObject | None) -> None: ...

    async def add_part(self, upload_id: UploadId, part: UUID, *, size_bytes: int) -> None:
        """Count a stored part; the caller has found the upload for change."""
        ...

    async def presigned(self, upload_id: UploadId, *, until: datetime) -> None: ...

    async def object_removed(self, upload_id: UploadId, *, now: datetime) -> None:
        """Forget the staged object, unless an address is out through which it may come back."""
        ...

    async def with_stale_object(self, *, now: datetime, limit: int) -> list[UploadId]:
        """List uploads whose staged object should be gone: finished ones and expired ones."""
        ...

    async def expire(self, upload_id: UploadId, *, now: datetime) -> None: ...

    async def forget(self, *, now: datetime) -> int:
        """Drop the records, also of idempotency keys, whose time is over; count them."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """One principal's promise that equal keys are one request."""

    principal: str
    key: str
    request_digest: bytes


class IdempotencyRecords(Protocol):
    """Answers kept for repeated requests."""

    async def answer(self, claim: IdempotencyClaim) -> JsonObject | None:
        """Return the stored answer. Raises IdempotencyKeyReused for another request's key."""
        ...

    async def begin(self, claim: IdempotencyClaim, *, at: datetime, forget_at: datetime) -> JsonObject | None:
        """Take the key until the transaction ends, or return the answer it stands for.

        Raises IdempotencyInProgress while another request has it, and IdempotencyKeyReused.
        """
        ...

    async def finish(self, claim: IdempotencyClaim, answer: JsonObject) -> None: ...


class TokenBuckets(Protocol):
    """What principals have left of limited actions, shared by every replica."""

    async def draw(self, principal: str, action: LimitedAction, rate: PublishRate) -> float | None:
        """Take one token. None means it was there; a number is what is left of less than one."""
        ...
