"""The outbox in PostgreSQL: events recorded in the transaction of the change they tell of."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Connection

from annex_registry.adapters.postgres.statements import OUTBOX
from annex_shared.contracts.events import INSTALLS_FEED, CloudEvent, EventPayload
from annex_shared.ids import TenantId


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

    async def events(
        self, feed: str, *, after: int, limit: int, tenant_id: TenantId | None = None
    ) -> list[CloudEvent]:
        if tenant_id is None:
            rows = await self.connection.fetch(OUTBOX["feed_events"], feed, after, limit)
        elif feed == INSTALLS_FEED:
            rows = await self.connection.fetch(OUTBOX["install_events_of_tenant"], tenant_id, after, limit)
        else:
            raise ValueError(f"The feed {feed} has no part of a tenant's own.")
        return [CloudEvent.model_validate(row["event"]) for row in rows]

    async def serial(self, feed: str) -> int:
        serial: int = await self.connection.fetchval(OUTBOX["feed_serial"], feed)
        return serial
