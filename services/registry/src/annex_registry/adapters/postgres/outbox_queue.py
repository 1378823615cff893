"""The queue of the outbox: a dedicated connection that holds the lead and hears of new events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
from asyncpg import Connection

from annex_registry.adapters.postgres.records import unavailable_is_busy
from annex_registry.adapters.postgres.statements import OUTBOX
from annex_shared.contracts.events import CloudEvent

# The name in the statement add_event. The relay also polls, so a lost wake-up costs a second.
_CHANNEL = "annex_registry_outbox"
_CONNECT_SECONDS = 5
_COMMAND_SECONDS = 10
_CLOSE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class PostgresOutboxQueue:
    """Meets ``OutboxQueue`` over one connection."""

    connection: Connection
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def become_leader(self) -> bool:
        with unavailable_is_busy():
            is_leader: bool = await self.connection.fetchval(OUTBOX["become_relay_leader"])
        return is_leader

    async def pending(self, feed: str, *, limit: int) -> list[CloudEvent]:
        with unavailable_is_busy():
            rows = await self.connection.fetch(OUTBOX["pending_events"], feed, limit)
        return [CloudEvent.model_validate_json(row["event"]) for row in rows]

    async def forget(self, feed: str, serials: Sequence[int]) -> None:
        with unavailable_is_busy():
            await self.connection.execute(OUTBOX["events_published"], feed, list(serials))

    async def wait(self, timeout_seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self.woken.wait()
        # Cleared before the next reading, so that nothing written after it goes unheard.
        self.woken.clear()


@dataclass(frozen=True, slots=True)
class PostgresOutboxQueues:
    """Meets ``OutboxQueues``. No pool: its reset would give the lead away."""

    url: str

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[PostgresOutboxQueue]:
        with unavailable_is_busy():
            connection = await asyncpg.connect(
                self.url,
                timeout=_CONNECT_SECONDS,
                command_timeout=_COMMAND_SECONDS,
                server_settings={"application_name": "annex-registry-relay", "search_path": "registry"},
            )
        try:
            queue = PostgresOutboxQueue(connection)
            with unavailable_is_busy():
                await connection.add_listener(_CHANNEL, lambda *_: queue.woken.set())
            connection.add_termination_listener(lambda _: queue.woken.set())
            yield queue
        finally:
            with suppress(
                OSError,
                TimeoutError,
                asyncpg.exceptions.PostgresError,
                asyncpg.exceptions.InterfaceError,
                asyncpg.exceptions.InternalClientError,
            ):
                await connection.close(timeout=_CLOSE_SECONDS)
