"""Indexes of bundles in PostgreSQL: inserted, read, never updated."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Connection

from annex_registry.adapters.postgres.statements import BUNDLE_INDEXES
from annex_shared.bundle import IndexedEntry
from annex_shared.content_hash import ContentHash


@dataclass(frozen=True, slots=True)
class PostgresBundleIndexes:
    """Meets ``BundleIndexes`` inside one transaction."""

    connection: Connection

    async def find(self, content_hash: ContentHash) -> tuple[IndexedEntry, ...] | None:
        row = await self.connection.fetchrow(BUNDLE_INDEXES["find_index"], content_hash.digest)
        if row is None:
            return None
        columns = zip(row["paths"], row["sizes"], row["hashes"], row["archive_bytes"], strict=True)
        return tuple(
            IndexedEntry(path, size, ContentHash(digest), archive_bytes)
            for path, size, digest, archive_bytes in columns
        )

    async def add(self, content_hash: ContentHash, entries: Sequence[IndexedEntry]) -> None:
        await self.connection.execute(
            BUNDLE_INDEXES["add_index"],
            content_hash.digest,
            [entry.path for entry in entries],
            [entry.size_bytes for entry in entries],
            [entry.content_hash.digest for entry in entries],
            [entry.archive_bytes for entry in entries],
        )
