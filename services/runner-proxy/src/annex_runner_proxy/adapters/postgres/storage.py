"""Extension storage in PostgreSQL: each write whole or not at all, under a lock of its install's counters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asyncpg import Connection, Pool, Record

from annex_runner_proxy.adapters.postgres.statements import STORAGE
from annex_runner_proxy.adapters.postgres.transactions import for_tenant
from annex_runner_proxy.domain.storage import (
    Condition,
    Item,
    PageWish,
    Refusal,
    StorageOwner,
    StorageRefused,
    Usage,
    Write,
)
from annex_runner_proxy.domain.storage_rules import (
    Change,
    Present,
    StorageLimits,
    Stored,
    judge_delete,
    judge_writes,
)
from annex_shared.clock import Clock, SystemClock

# Expired records that make way for a write; more of them wait for the sweep.
_MAKE_WAY = 500


@dataclass(frozen=True, slots=True)
class PostgresStorage:
    """Meets ``Storage``."""

    pool: Pool
    limits: StorageLimits = field(default_factory=StorageLimits)
    clock: Clock = field(default_factory=SystemClock)

    async def get(self, owner: StorageOwner, namespace: str, key: str, *, seconds: float) -> Item | None:
        async with for_tenant(self.pool, owner.tenant_id, seconds=seconds) as connection:
            row = await connection.fetchrow(
                STORAGE["find_record"], owner.tenant_id, owner.install_id, namespace, key, self.clock.now()
            )
        return None if row is None else _to_item(row)

    async def page(
        self, owner: StorageOwner, namespace: str, wish: PageWish, *, seconds: float
    ) -> list[Item]:
        async with for_tenant(self.pool, owner.tenant_id, seconds=seconds) as connection:
            rows = await connection.fetch(
                STORAGE["page_of_records"],
                owner.tenant_id,
                owner.install_id,
                namespace,
                wish.prefix,
                wish.after,
                wish.limit,
                self.clock.now(),
                wish.with_values,
            )
        return [_to_item(row) for row in rows]

    async def usage(self, owner: StorageOwner, *, seconds: float) -> Usage:
        async with for_tenant(self.pool, owner.tenant_id, seconds=seconds) as connection:
            row = await connection.fetchrow(STORAGE["usage_of_install"], owner.tenant_id, owner.install_id)
        if row is None:
            return Usage()
        return Usage(row["bytes_used"], row["keys_count"], row["namespaces_count"])

    async def put(
        self,
        owner: StorageOwner,
        namespace: str,
        writes: Sequence[Write],
        *,
        before_writing: Callable[[], None],
        seconds: float,
    ) -> list[Item]:
        keys = [write.key for write in writes]
        async with for_tenant(self.pool, owner.tenant_id, seconds=seconds) as connection:
            counted = _Counted(connection, owner, namespace)
            last_revision = await counted.lock(len(writes))
            now = self.clock.now()
            stored = await counted.stored(keys, now)
            try:
                change = judge_writes(writes, stored, limits=self.limits)
            except StorageRefused as refused:
                if refused.reason is not Refusal.QUOTA_EXCEEDED or not await counted.make_way(now):
                    raise
                change = judge_writes(writes, await counted.stored(keys, now), limits=self.limits)
            items = _to_items(writes, last_revision, now)
            before_writing()
            await counted.put(writes, items, now)
            await counted.add(change)
        return items

    async def delete(
        self,
        owner: StorageOwner,
        namespace: str,
        key: str,
        condition: Condition,
        *,
        before_writing: Callable[[], None],
        seconds: float,
    ) -> None:
        async with for_tenant(self.pool, owner.tenant_id, seconds=seconds) as connection:
            counted = _Counted(connection, owner, namespace)
            await counted.lock(0)
            stored = await counted.stored([key], self.clock.now())
            change = judge_delete(key, condition, stored)
            before_writing()
            await counted.delete(key)
            await counted.add(change)


@dataclass(slots=True)
class _Counted:
    """One namespace of an install inside a transaction, with the counters that follow what is written."""

    connection: Connection
    owner: StorageOwner
    namespace: str
    _bytes_used: int = 0
    _namespaces: int = 0

    async def lock(self, revisions: int) -> int:
        """Wait for the install's other writers; return the last of the revisions taken."""
        row = await self.connection.fetchrow(STORAGE["lock_usage"], *self._install, revisions)
        self._bytes_used, self._namespaces = row["bytes_used"], row["namespaces_count"]
        last: int = row["last_revision"]
        return last

    async def stored(self, keys: Sequence[str], now: datetime) -> Stored:
        rows = await self.connection.fetch(
            STORAGE["state_of_keys"], *self._install, self.namespace, list(keys)
        )
        present = {
            row["key"]: Present(row["revision"], row["size_bytes"], _has_expired(row, now))
            for row in rows
            if row["key"] is not None
        }
        return Stored(self._bytes_used, self._namespaces, rows[0]["namespace_keys"], present)

    async def make_way(self, now: datetime) -> bool:
        """Remove what has expired, so that it stands in nobody's way; say whether that was anything."""
        row = await self.connection.fetchrow(STORAGE["remove_expired"], *self._install, now, _MAKE_WAY)
        await self.connection.execute(STORAGE["drop_empty_namespaces"], *self._install)
        self._bytes_used, self._namespaces = row["bytes_used"], row["namespaces_count"]
        return bool(row["removed"])

    async def put(self, writes: Sequence[Write], items: Sequence[Item], now: datetime) -> None:
        await self.connection.execute(
            STORAGE["put_records"],
            *self._install,
            self.namespace,
            [write.key for write in writes],
            [write.value for write in writes],
            [write.metadata for write in writes],
            [item.revision for item in items],
            [item.expires_at for item in items],
            now,
        )

    async def delete(self, key: str) -> None:
        await self.connection.execute(STORAGE["delete_record"], *self._install, self.namespace, key)

    async def add(self, change: Change) -> None:
        if change.keys > 0:
            await self.connection.execute(STORAGE["count_keys"], *self._install, self.namespace, change.keys)
        elif change.keys < 0:
            await self.connection.execute(STORAGE["count_one_key_fewer"], *self._install, self.namespace)
        if change.namespaces < 0:
            await self.connection.execute(STORAGE["drop_empty_namespaces"], *self._install)
        await self.connection.execute(
            STORAGE["count_usage"], *self._install, change.size_bytes, change.keys, change.namespaces
        )

    @property
    def _install(self) -> tuple[object, object]:
        return self.owner.tenant_id, self.owner.install_id


def _to_items(writes: Sequence[Write], last_revision: int, now: datetime) -> list[Item]:
    first = last_revision - len(writes) + 1
    return [
        Item(
            write.key,
            b"",
            write.metadata,
            first + position,
            None if write.ttl_seconds is None else now + timedelta(seconds=write.ttl_seconds),
            now,
        )
        for position, write in enumerate(writes)
    ]


def _to_item(row: Record) -> Item:
    return Item(
        row["key"], row["value"], row["metadata"], row["revision"], row["expires_at"], row["updated_at"]
    )


def _has_expired(row: Record, now: datetime) -> bool:
    return row["expires_at"] is not None and row["expires_at"] <= now
