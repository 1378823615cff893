"""Subscriptions, deliveries and emitted events in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection

from annex_runner_proxy.adapters.postgres.database import Database
from annex_runner_proxy.adapters.postgres.schedules import is_within_rate
from annex_runner_proxy.adapters.postgres.statements import SUBSCRIPTIONS
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.kept import Occurrence
from annex_shared.contracts.dispatch import EVENTS_PATH
from annex_shared.contracts.events import CloudEvent, ExtensionEvent
from annex_shared.contracts.schedules import SubscriptionView
from annex_shared.ids import InstallId
from annex_shared.messaging.port import Bus, PublishUnconfirmed

_EMIT = "emit"
_RELAYED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class PostgresSubscriptions:
    """Meets ``Subscriptions``."""

    database: Database

    async def follow(self, install: Install, topics: Mapping[str, str], *, now: datetime) -> bool:
        tenant_id, install_id = install.tenant_id, install.install_id
        async with self.database.of_tenant(tenant_id) as connection:
            newer = await connection.fetchval(
                SUBSCRIPTIONS["followed_revision"], tenant_id, install_id, install.revision
            )
            if newer is None:
                return False
            await connection.execute(
                SUBSCRIPTIONS["clear_subscriptions"], tenant_id, install_id, list(topics)
            )
            for topic, handler in topics.items():
                await connection.execute(
                    SUBSCRIPTIONS["add_subscription"],
                    tenant_id,
                    install_id,
                    topic,
                    install.extension_id,
                    handler,
                    now,
                )
            return True

    async def revisions(self) -> Mapping[InstallId, int]:
        async with self.database.of_platform() as connection:
            rows = await connection.fetch(SUBSCRIPTIONS["revisions"])
        return {InstallId(row["install_id"]): row["revision"] for row in rows}

    async def of_install(self, install: Install) -> list[SubscriptionView]:
        async with self.database.of_tenant(install.tenant_id) as connection:
            rows = await connection.fetch(
                SUBSCRIPTIONS["subscriptions"], install.tenant_id, install.install_id
            )
        return [SubscriptionView(**row) for row in rows]

    async def deliver(self, occurrence: Occurrence, *, now: datetime) -> int:
        async with self.database.of_platform() as connection:
            return await _deliver(connection, occurrence, now)

    async def emit(
        self,
        install: Install,
        topic: str,
        data: Mapping[str, Any],
        *,
        event_key: UUID,
        now: datetime,
        limit: int,
    ) -> str | None:
        async with self.database.of_tenant(install.tenant_id) as connection:
            is_allowed = await is_within_rate(
                connection, install.tenant_id, install.install_id, _EMIT, now, limit
            )
            if not is_allowed:
                return None
            position = await connection.fetchval(
                SUBSCRIPTIONS["add_emitted"], install.tenant_id, event_key, dict(data), now
            )
            event = _event(data, position, now)
            occurrence = Occurrence(topic, event.id, event.to_bytes().decode(), tenant_id=install.tenant_id)
            await _deliver(connection, occurrence, now)
            return event.id

    async def relay(self, bus: Bus, *, now: datetime) -> int:
        """Publish what was emitted and is not sent; one replica at a time, at least once, in order.

        Say how many the bus vouched for; it stops at the first that nobody vouched for.
        Raises DatabaseUnavailable.
        """
        async with self.database.of_platform() as connection:
            if not await connection.fetchval(SUBSCRIPTIONS["become_event_relay"]):
                return 0
            rows = await connection.fetch(SUBSCRIPTIONS["unsent"], _RELAYED_AT_ONCE)
            for sent, row in enumerate(rows):
                try:
                    await bus.publish(_event(row["data"], row["position"], row["recorded_at"]))
                except PublishUnconfirmed:
                    return sent
                await connection.execute(SUBSCRIPTIONS["note_sent"], row["tenant_id"], row["id"], now)
            return len(rows)


async def _deliver(connection: Connection, occurrence: Occurrence, now: datetime) -> int:
    rows = await connection.fetch(
        SUBSCRIPTIONS["deliver"],
        occurrence.topic,
        occurrence.event_id,
        EVENTS_PATH + occurrence.topic,
        occurrence.body,
        now,
        occurrence.tenant_id,
        occurrence.install_id,
        occurrence.extension_id,
    )
    return len(rows)


def _event(data: Mapping[str, Any], position: int, recorded_at: datetime) -> CloudEvent:
    return CloudEvent.of(ExtensionEvent.model_validate(data), serial=position, time=recorded_at)
