"""Later facts about versions in PostgreSQL: appended and read."""

from dataclasses import dataclass

from asyncpg import Connection

from annex_registry.adapters.postgres.statements import VERSION_STATUSES
from annex_registry.domain.version_status import StatusChange, StatusFact
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.ids import VersionId


@dataclass(frozen=True, slots=True)
class PostgresVersionStatuses:
    """Meets ``VersionStatuses`` inside one transaction."""

    connection: Connection

    async def add(self, fact: StatusFact, *, serial: int, log_index: int | None) -> None:
        await self.connection.execute(
            VERSION_STATUSES["add_status"],
            fact.version.id,
            fact.version.extension.id,
            serial,
            fact.change.value,
            fact.reason,
            fact.actor,
            fact.recorded_at,
            log_index,
        )

    async def newest(self, version_id: VersionId) -> tuple[StatusChange, str] | None:
        row = await self.connection.fetchrow(VERSION_STATUSES["newest_status"], version_id)
        return None if row is None else (StatusChange(row["status"]), row["reason"])

    async def records(self, *, after: int, limit: int) -> list[VersionStatusRecord]:
        rows = await self.connection.fetch(VERSION_STATUSES["status_records"], after, limit)
        return [
            VersionStatusRecord(
                serial=row["serial"],
                version_id=str(row["version_id"]),
                extension_id=str(row["extension_id"]),
                publisher=row["publisher"],
                name=row["name"],
                version=row["version"],
                content_hash=ContentHash(row["content_hash"]),
                status=row["status"],
                reason=row["reason"],
                recorded_at=row["recorded_at"],
            )
            for row in rows
        ]
