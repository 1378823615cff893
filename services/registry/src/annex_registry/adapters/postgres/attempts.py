"""Attempts to publish in PostgreSQL: uploads and idempotency records."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.statements import ATTEMPTS
from annex_registry.domain.errors import IdempotencyInProgress, IdempotencyKeyReused
from annex_registry.domain.ports import IdempotencyClaim, JsonObject
from annex_registry.domain.upload import StagedBundle, UploadAttempt, Uploader, UploadState
from annex_shared.content_hash import ContentHash
from annex_shared.ids import TenantId, UploadId


@dataclass(frozen=True, slots=True)
class PostgresUploads:
    """Meets ``Uploads`` inside one transaction."""

    connection: Connection

    async def add(self, attempt: UploadAttempt, *, forget_at: datetime, may_have_object: bool = True) -> None:
        await self.connection.execute(
            ATTEMPTS["add_upload"],
            attempt.id,
            attempt.uploader.principal,
            attempt.uploader.tenant_id,
            attempt.filename,
            attempt.bundle.content_hash.digest,
            attempt.bundle.size_bytes,
            dict(attempt.bundle.manifest),
            attempt.bundle.has_handler,
            attempt.created_at,
            attempt.expires_at,
            forget_at,
            attempt.state.value,
            attempt.received_bytes,
            may_have_object,
        )

    async def find(
        self, upload_id: UploadId, uploader: Uploader, *, for_change: bool = False
    ) -> UploadAttempt | None:
        statement = ATTEMPTS["find_upload_for_change" if for_change else "find_upload"]
        row = await self.connection.fetchrow(statement, upload_id, uploader.principal, uploader.tenant_id)
        return None if row is None else _to_attempt(row)

    async def close(self, upload_id: UploadId, state: UploadState, outcome: JsonObject | None) -> None:
        await self.connection.execute(ATTEMPTS["close_upload"], upload_id, state.value, outcome)

    async def add_part(self, upload_id: UploadId, part: UUID, *, size_bytes: int) -> None:
        await self.connection.execute(ATTEMPTS["add_upload_part"], upload_id, part, size_bytes)

    async def presigned(self, upload_id: UploadId, *, until: datetime) -> None:
        await self.connection.execute(ATTEMPTS["upload_presigned"], upload_id, until)

    async def object_removed(self, upload_id: UploadId, *, now: datetime) -> None:
        await self.connection.execute(ATTEMPTS["upload_object_removed"], upload_id, now)

    async def with_stale_object(self, *, now: datetime, limit: int) -> list[UploadId]:
        rows = await self.connection.fetch(ATTEMPTS["uploads_with_stale_object"], now, limit)
        return [UploadId(row["id"]) for row in rows]

    async def expire(self, upload_id: UploadId, *, now: datetime) -> None:
        await self.connection.execute(ATTEMPTS["expire_upload"], upload_id, now)

    async def forget(self, *, now: datetime) -> int:
        uploads: int = await self.connection.fetchval(ATTEMPTS["forget_uploads"], now)
        keys: int = await self.connection.fetchval(ATTEMPTS["forget_idempotency"], now)
        return uploads + keys


@dataclass(frozen=True, slots=True)
class PostgresIdempotency:
    """Meets ``IdempotencyRecords`` inside one transaction."""

    connection: Connection

    async def answer(self, claim: IdempotencyClaim) -> JsonObject | None:
        row = await self.connection.fetchrow(ATTEMPTS["find_idempotency"], claim.principal, claim.key)
        if row is None:
            return None
        if row["request_digest"] != claim.request_digest:
            raise key_reused(claim)
        answer: JsonObject | None = row["answer"]
        return answer

    async def begin(self, claim: IdempotencyClaim, *, at: datetime, forget_at: datetime) -> JsonObject | None:
        if not await self.connection.fetchval(ATTEMPTS["enter_idempotency"], claim.principal, claim.key):
            raise key_in_progress(claim)
        begun = await self.connection.fetchval(
            ATTEMPTS["begin_idempotency"], claim.principal, claim.key, claim.request_digest, at, forget_at
        )
        return None if begun is not None else await self.answer(claim)

    async def finish(self, claim: IdempotencyClaim, answer: JsonObject) -> None:
        await self.connection.execute(ATTEMPTS["finish_idempotency"], claim.principal, claim.key, answer)


def key_in_progress(claim: IdempotencyClaim) -> IdempotencyInProgress:
    return IdempotencyInProgress(
        "A request with this Idempotency-Key is still running. Send the same request again in a moment: it "
        "is answered like the first.",
        details={"idempotency_key": claim.key},
        retry_after_seconds=1,
    )


def key_reused(claim: IdempotencyClaim) -> IdempotencyKeyReused:
    return IdempotencyKeyReused(
        "This Idempotency-Key was used for another request. Use a new key for a new request; repeat a "
        "request unchanged. Nothing was published.",
        details={"idempotency_key": claim.key},
    )


def _to_attempt(row: Record) -> UploadAttempt:
    tenant_id = row["tenant_id"]
    return UploadAttempt(
        id=UploadId(row["id"]),
        uploader=Uploader(row["principal_id"], None if tenant_id is None else TenantId(tenant_id)),
        filename=row["filename"],
        bundle=StagedBundle(
            content_hash=ContentHash(row["content_hash"]),
            size_bytes=row["size_bytes"],
            manifest=row["manifest"],
            has_handler=row["has_handler"],
        ),
        state=UploadState(row["state"]),
        outcome=row["outcome"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        received_bytes=row["received_bytes"],
        parts=tuple(row["parts"]),
        presigned_until=row["presigned_until"],
    )
