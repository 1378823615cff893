"""The end of every feed in PostgreSQL, over a connection that hears of new events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asyncpg import Connection

from annex_registry.adapters.postgres.outbox_listening import listening_to_outbox, wait_until_woken
from annex_registry.adapters.postgres.records import reading_whole_platform, unavailable_is_busy
from annex_registry.adapters.postgres.statements import OUTBOX
from annex_registry.domain.feed import Arrival
from annex_shared.ids import TenantId


@dataclass(frozen=True, slots=True)
class PostgresFeedTail:
    """Meets ``FeedTail`` over one connection."""

    connection: Connection
    woken: asyncio.Event

    async def serial(self, feed: str) -> int:
        with unavailable_is_busy():
            serial: int = await self.connection.fetchval(OUTBOX["feed_serial"], feed)
        return serial

    async def arrivals(self, feed: str, *, after: int, limit: int) -> list[Arrival]:
        with unavailable_is_busy():
            async with reading_whole_platform(self.connection):
                rows = await self.connection.fetch(OUTBOX["feed_arrivals"], feed, after, limit)
        return [
            Arrival(row["serial"], None if row["tenant_id"] is None else TenantId(row["tenant_id"]))
            for row in rows
        ]

    async def wait(self, timeout_seconds: float) -> None:
        await wait_until_woken(self.woken, timeout_seconds)


@dataclass(frozen=True, slots=True)
class PostgresFeedTails:
    """Meets ``FeedTails``."""

    url: str

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[PostgresFeedTail]:
        async with listening_to_outbox(self.url, application="annex-registry-feeds") as (connection, woken):
            yield PostgresFeedTail(connection, woken)
