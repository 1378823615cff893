"""Storage behind its port, kept in PostgreSQL and in memory, with small limits and a clock of our own."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import asyncpg
import pytest

from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.postgres.storage import PostgresStorage
from annex_runner_proxy.adapters.postgres.storage_sweeps import PostgresStorageSweeps
from annex_runner_proxy.domain.storage import (
    ALWAYS,
    Condition,
    Item,
    PageWish,
    Storage,
    StorageOwner,
    StorageSweeps,
    Usage,
    Write,
)
from annex_runner_proxy.domain.storage_rules import StorageLimits
from annex_shared.ids import InstallId, TenantId
from annex_shared.postgres.pool import open_pool
from support.memory_storage import MemoryStorage
from support.runner_proxy_database import as_application, migrated_database
from support.stack.isolation import Databases

LIMITS = StorageLimits(namespaces=3, keys_per_namespace=5, total_bytes=1_000)
SECONDS = 10.0
TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_TENANT = TenantId(UUID("22222222-2222-4222-8222-222222222222"))


@dataclass(slots=True)
class SetClock:
    """Stands still until a test moves it."""

    time: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(slots=True)
class Shelf:
    """One install's storage, with short ways to use it; ``effects`` counts what was announced."""

    storage: Storage
    sweeps: StorageSweeps
    clock: SetClock
    owner: StorageOwner = field(default_factory=lambda: StorageOwner(TENANT, InstallId(uuid4())))
    effects: int = 0

    def of(self, owner: StorageOwner) -> "Shelf":
        return Shelf(self.storage, self.sweeps, self.clock, owner)

    async def put(
        self,
        key: str,
        value: bytes = b"v",
        condition: Condition = ALWAYS,
        *,
        at: str = "notes",
        **more: object,
    ) -> Item:
        write = Write(key, value, condition=condition, **more)  # type: ignore[arg-type]
        (item,) = await self.put_all([write], at=at)
        return item

    async def put_all(self, writes: list[Write], *, at: str = "notes") -> list[Item]:
        return await self.storage.put(self.owner, at, writes, before_writing=self._count, seconds=SECONDS)

    async def get(self, key: str, *, at: str = "notes") -> Item | None:
        return await self.storage.get(self.owner, at, key, seconds=SECONDS)

    async def delete(self, key: str, condition: Condition = ALWAYS, *, at: str = "notes") -> None:
        await self.storage.delete(self.owner, at, key, condition, before_writing=self._count, seconds=SECONDS)

    async def keys(
        self, *, at: str = "notes", limit: int = 100, prefix: str = "", after: str = ""
    ) -> list[str]:
        wish = PageWish(limit, prefix=prefix, after=after)
        return [item.key for item in await self.storage.page(self.owner, at, wish, seconds=SECONDS)]

    async def usage(self) -> Usage:
        return await self.storage.usage(self.owner, seconds=SECONDS)

    def _count(self) -> None:
        self.effects += 1


class OpensShelf(Protocol):
    def __call__(self, limits: StorageLimits = LIMITS) -> Shelf: ...


@pytest.fixture(scope="session")
async def storage_url(databases: Databases) -> AsyncIterator[str]:
    """Return the URL of a migrated database; each test has an install of its own in it."""
    async with migrated_database(databases) as url:
        yield url


@pytest.fixture(scope="session")
async def pool(storage_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(as_application(storage_url), application="tests", schema=SCHEMA) as pool:
        yield pool


def _in_postgres(pool: asyncpg.Pool, clock: SetClock, limits: StorageLimits) -> Shelf:
    return Shelf(PostgresStorage(pool, limits, clock), PostgresStorageSweeps(pool), clock)


def _in_memory(_pool: asyncpg.Pool, clock: SetClock, limits: StorageLimits) -> Shelf:
    memory = MemoryStorage(clock, limits)
    return Shelf(memory, memory, clock)


KEEPERS: dict[str, Callable[[asyncpg.Pool, SetClock, StorageLimits], Shelf]] = {
    "memory": _in_memory,
    "postgres": _in_postgres,
}


@pytest.fixture(params=KEEPERS)
def open_shelf(request: pytest.FixtureRequest, pool: asyncpg.Pool) -> OpensShelf:
    """Return what gives an install of its own in each of the two."""

    def opened(limits: StorageLimits = LIMITS) -> Shelf:
        return KEEPERS[request.param](pool, SetClock(), limits)

    return opened


@pytest.fixture
def shelf(open_shelf: OpensShelf) -> Shelf:
    return open_shelf()
