"""The outbox in PostgreSQL: events recorded in the transaction of the change they tell of."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection

from annex_registry.adapters.postgres.statements import OUTBOX
from annex_shared.contracts.events import CloudEvent, EventPayload


@dataclass(frozen=True, slots=True)
class PostgresOutbox:
    """Meets ``Outbox`` inside one transaction."""

    connection: Connection

    async def append(self, payload: EventPayload, *, at: datetime) -> int:
        serial: int = await self.connection.fetchval(OUTBOX["next_serial"], payload.feed)
        event = CloudEvent.of(payload, serial=serial, time=at)
        await self.connection.execute(
            OUTBOX["add_event"], payload.feed, serial, event.type, event.model_dump(mode="json"), at
        )
        return serial

    async def serial(self, feed: str) -> int:
        serial: int = await self.connection.fetchval(OUTBOX["feed_serial"], feed)
        return serial
