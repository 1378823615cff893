"""The queue of the outbox: a dedicated connection that holds the lead and hears of new events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from asyncpg import Connection

from annex_registry.adapters.postgres.outbox_listening import listening_to_outbox, wait_until_woken
from annex_registry.adapters.postgres.records import reading_whole_platform, unavailable_is_busy
from annex_registry.adapters.postgres.statements import OUTBOX
from annex_shared.contracts.events import CloudEvent


@dataclass(frozen=True, slots=True)
class PostgresOutboxQueue:
    """Meets ``OutboxQueue`` over one connection."""

    connection: Connection
    woken: asyncio.Event

    async def become_leader(self) -> bool:
        with unavailable_is_busy():
            is_leader: bool = await self.connection.fetchval(OUTBOX["become_relay_leader"])
        return is_leader

    async def pending(self, feed: str, *, limit: int) -> list[CloudEvent]:
        with unavailable_is_busy():
            async with reading_whole_platform(self.connection):
                rows = await self.connection.fetch(OUTBOX["pending_events"], feed, limit)
        return [CloudEvent.model_validate_json(row["event"]) for row in rows]

    async def forget(self, feed: str, serials: Sequence[int]) -> None:
        with unavailable_is_busy():
            await self.connection.execute(OUTBOX["events_published"], feed, list(serials))

    async def wait(self, timeout_seconds: float) -> None:
        await wait_until_woken(self.woken, timeout_seconds)


@dataclass(frozen=True, slots=True)
class PostgresOutboxQueues:
    """Meets ``OutboxQueues``. No pool: its reset would give the lead away."""

    url: str

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[PostgresOutboxQueue]:
        async with listening_to_outbox(self.url, application="annex-registry-relay") as (connection, woken):
            yield PostgresOutboxQueue(connection, woken)
