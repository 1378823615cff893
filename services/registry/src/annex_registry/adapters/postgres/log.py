"""The transparency log in PostgreSQL: leaves through ``log_append`` alone, tiles read out of rows."""

from dataclasses import dataclass
from datetime import UTC, datetime

from asyncpg import Connection, Record

from annex_registry.adapters.postgres.rows import to_ref, to_version
from annex_registry.adapters.postgres.statements import LOG
from annex_registry.domain.transparency import (
    ChainHead,
    KeyStatement,
    LastCosigned,
    StatusStatement,
    StoredCheckpoint,
    TreeState,
    UnloggedStatus,
    UnloggedVersion,
)
from annex_registry.domain.version import Extension, Signature
from annex_registry.domain.version_status import StatusChange
from annex_shared.ids import ExtensionId, VersionId
from annex_shared.names import PublisherSlug
from annex_shared.transparency import (
    CosignatureVerifier,
    EntriesTile,
    KeyChange,
    LogEntry,
    NoteSignature,
    Tile,
    cosigned_at,
)
from annex_shared.transparency.tiles import TILE_WIDTH
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class PostgresLog:
    """Meets ``TransparencyLog`` over one connection; appending needs its transaction."""

    connection: Connection

    async def chain_head(self, extension_id: ExtensionId) -> ChainHead:
        row = await self.connection.fetchrow(LOG["chain_head"], extension_id)
        assert row is not None  # noqa: S101 - an extension's head is added with it
        return ChainHead(row["next_log_seq"], row["last_leaf_hash"])

    async def append(self, extension_id: ExtensionId, entry: LogEntry) -> int:
        index: int = await self.connection.fetchval(LOG["append_leaf"], extension_id, entry.to_bytes())
        return index

    async def publisher_chain_head(self, publisher: PublisherSlug) -> ChainHead:
        await self.connection.execute(LOG["add_publisher_head"], publisher.text)
        row = await self.connection.fetchrow(LOG["publisher_chain_head"], publisher.text)
        assert row is not None  # noqa: S101 - added above, and never removed
        return ChainHead(row["next_log_seq"], row["last_leaf_hash"])

    async def append_for_publisher(self, publisher: PublisherSlug, entry: LogEntry) -> int:
        index: int = await self.connection.fetchval(
            LOG["append_publisher_leaf"], publisher.text, entry.to_bytes()
        )
        return index

    async def is_checked(self) -> bool:
        is_checked: bool = await self.connection.fetchval(LOG["is_checked"])
        return is_checked

    async def state(self) -> TreeState:
        row = await self.connection.fetchrow(LOG["tree_state"])
        assert row is not None  # noqa: S101 - the row is made by the migration and cannot be deleted
        return TreeState(row["size"], row["root"])

    async def tile(self, tile: Tile) -> bytes:
        first = tile.index * TILE_WIDTH
        last = first + tile.width
        if tile.level == 0:
            found = await self.connection.fetchval(LOG["leaf_hashes"], first, last)
        else:
            found = await self.connection.fetchval(LOG["subtree_hashes"], tile.level, first, last)
        return found or b""

    async def entries(self, tile: EntriesTile) -> list[bytes]:
        first = tile.index * TILE_WIDTH
        rows = await self.connection.fetch(LOG["entries"], first, first + tile.width)
        return [row["entry"] for row in rows]

    async def entry(self, index: int) -> bytes | None:
        entry: bytes | None = await self.connection.fetchval(LOG["entries"], index, index + 1)
        return entry

    async def newest_signed(self) -> StoredCheckpoint | None:
        return _to_checkpoint(await self.connection.fetchrow(LOG["newest_signed"]))

    async def newest_checkpoint(self) -> StoredCheckpoint | None:
        return _to_checkpoint(await self.connection.fetchrow(LOG["newest_checkpoint"]))

    async def first_checkpoint_over(self, index: int) -> StoredCheckpoint | None:
        return _to_checkpoint(await self.connection.fetchrow(LOG["first_checkpoint_over"], index))

    async def add_checkpoint(self, checkpoint: StoredCheckpoint, *, at: datetime) -> None:
        await self.connection.execute(
            LOG["add_checkpoint"], checkpoint.size, checkpoint.root, checkpoint.note, at
        )

    async def show_checkpoint(self, size: int, *, at: datetime) -> None:
        await self.connection.execute(LOG["show_checkpoint"], size, at)

    async def cosigned_checkpoint(self, size: int) -> StoredCheckpoint | None:
        return _to_checkpoint(await self.connection.fetchrow(LOG["cosigned_checkpoint"], size))

    async def add_cosignature(self, size: int, cosignature: NoteSignature) -> None:
        at = datetime.fromtimestamp(cosigned_at(cosignature), UTC)
        await self.connection.execute(
            LOG["add_cosignature"], size, cosignature.name, cosignature.key_id, at, cosignature.line()
        )

    async def last_cosigned(self, witness: CosignatureVerifier) -> LastCosigned | None:
        row = await self.connection.fetchrow(LOG["last_cosigned"], witness.name, witness.key_id)
        return None if row is None else LastCosigned(row["size"], row["cosigned_at"])

    async def lock_backfill(self) -> None:
        await self.connection.execute(LOG["lock_backfill"])

    async def versions_without_leaf(self, *, after: int, limit: int) -> list[UnloggedVersion]:
        rows = await self.connection.fetch(LOG["versions_without_leaf"], after, limit)
        return [UnloggedVersion(to_version(row), row["serial"], _to_signature(row)) for row in rows]

    async def add_late_leaf(self, version_id: VersionId, index: int) -> None:
        await self.connection.execute(LOG["add_late_leaf"], version_id, index)

    async def statuses_without_leaf(
        self, *, extension_id: ExtensionId | None, through: int | None, limit: int
    ) -> list[UnloggedStatus]:
        rows = await self.connection.fetch(LOG["statuses_without_leaf"], extension_id, through, limit)
        return [UnloggedStatus(_to_statement(row), row["serial"]) for row in rows]

    async def add_late_status_leaf(self, serial: int, index: int) -> None:
        await self.connection.execute(LOG["add_late_status_leaf"], serial, index)

    async def keys_without_leaf(
        self, *, publisher: PublisherSlug | None, until: datetime | None, limit: int
    ) -> list[KeyStatement]:
        rows = await self.connection.fetch(
            LOG["keys_without_leaf"], None if publisher is None else publisher.text, until, limit
        )
        return [
            KeyStatement(PublisherSlug(row["publisher"]), row["key_id"], KeyChange(row["change"]), row["at"])
            for row in rows
        ]

    async def add_key_leaf(self, statement: KeyStatement, index: int) -> None:
        await self.connection.execute(
            LOG["add_key_leaf"], statement.publisher.text, statement.key_id, statement.change.value, index
        )

    async def has_facts_without_leaf(self) -> bool:
        has_facts: bool = await self.connection.fetchval(LOG["has_facts_without_leaf"])
        return has_facts


def _to_statement(row: Record) -> StatusStatement:
    return StatusStatement(
        Extension(ExtensionId(row["extension_id"]), to_ref(row), row["created_at"]),
        VersionNumber(row["version"]),
        StatusChange(row["status"]),
        row["reason"],
        row["recorded_at"],
    )


def _to_signature(row: Record) -> Signature | None:
    return None if row["signature"] is None else Signature(row["signature"], row["signer"])


def _to_checkpoint(row: Record | None) -> StoredCheckpoint | None:
    return None if row is None else StoredCheckpoint(row["size"], row["root"], row["note"])
