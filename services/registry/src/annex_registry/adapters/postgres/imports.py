"""What is kept about an import in PostgreSQL: inserted and read, never updated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from annex_registry.adapters.postgres.rows import to_extension
from annex_registry.adapters.postgres.statements import IMPORTS
from annex_registry.domain.importation import ImportedBundle
from annex_registry.domain.predecessor import SourceExtension
from annex_registry.domain.version import Extension
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, VersionId


@dataclass(frozen=True, slots=True)
class PostgresImports:
    """Meets ``Imports`` inside one transaction."""

    connection: Connection

    async def source_of(self, extension_id: ExtensionId) -> UUID | None:
        source: UUID | None = await self.connection.fetchval(IMPORTS["source_of_extension"], extension_id)
        return source

    async def extension_of(self, source_id: UUID) -> Extension | None:
        row = await self.connection.fetchrow(IMPORTS["extension_of_source"], source_id)
        return None if row is None else to_extension(row)

    async def add_source(self, extension: Extension, source: SourceExtension, *, at: datetime) -> None:
        await self.connection.execute(
            IMPORTS["add_source"], extension.id, source.id, source.publisher, source.name, at
        )

    async def is_version_id_taken(self, version_id: VersionId) -> bool:
        taken: bool = await self.connection.fetchval(IMPORTS["is_version_id_taken"], version_id)
        return taken

    async def add_bundles(self, version_id: VersionId, bundles: Sequence[ImportedBundle]) -> None:
        await self.connection.execute(
            IMPORTS["add_bundles"],
            version_id,
            [bundle.content_hash.digest for bundle in bundles],
            [bundle.size_bytes for bundle in bundles],
            [bundle.created_at for bundle in bundles],
        )

    async def bundles_of(self, version_id: VersionId) -> list[ImportedBundle]:
        rows = await self.connection.fetch(IMPORTS["bundles_of_version"], version_id)
        return [
            ImportedBundle(ContentHash(row["content_hash"]), row["size_bytes"], row["created_at"])
            for row in rows
        ]
