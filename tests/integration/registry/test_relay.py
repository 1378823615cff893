"""The relay: what was committed is announced, in order, whatever goes away in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest

from annex_registry.adapters.postgres.outbox_queue import PostgresOutboxQueues
from annex_registry.loops.relay import Pause, relay_for_ever
from annex_shared.contracts.events import CloudEvent, routing_key
from annex_shared.messaging.port import Bus, PublishUnconfirmed
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from integration.registry.world import World

LIMIT_SECONDS = 20


@dataclass
class RecordingBus:
    """A bus that keeps what it is given; it can be down, and can lose its confirmations."""

    is_connected: bool = True
    is_forgetful: bool = False
    published: list[CloudEvent] = field(default_factory=list)

    async def publish(self, event: CloudEvent) -> None:
        if self.is_connected or self.is_forgetful:
            self.published.append(event)
        if not self.is_connected:
            raise PublishUnconfirmed("The bus is down.")

    def ids(self, feed: str) -> list[str]:
        return [event.id for event in self.published if event.feed == feed]


@pytest.fixture
def recorder() -> RecordingBus:
    return RecordingBus()


async def drained(world: World) -> None:
    """Wait until nothing is left to announce."""
    async with asyncio.timeout(LIMIT_SECONDS), world.database() as connection:
        while await connection.fetchval("SELECT count(*) FROM outbox_pending"):  # noqa: ASYNC110 - a table is polled
            await asyncio.sleep(0.02)


@asynccontextmanager
async def relaying(world: World, bus: RecordingBus) -> AsyncIterator[None]:
    queues = PostgresOutboxQueues(world.app_url)
    pause = Pause(first_seconds=0.02, longest_seconds=0.1)
    task = asyncio.create_task(relay_for_ever(queues, cast("Bus", bus), poll_seconds=0.05, pause=pause))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_publishing_works_while_the_bus_is_down_and_everything_arrives_in_order(
    world: World, recorder: RecordingBus
) -> None:
    recorder.is_connected = False
    async with world.running(cast("Bus", recorder)) as registry:
        for minor in range(5):
            await registry.published(version=f"1.{minor}.0")
        await registry.installed()
        ready = await registry.ask("GET", "/readyz")
        recorder.is_connected = True

        await drained(registry)

    assert ready.status == 200
    assert ready.body["checks"]["bus"] == {"ok": True, "state": "disconnected"}
    assert recorder.ids("registry") == [f"registry/{serial}" for serial in range(1, 6)]
    assert recorder.ids("installs") == ["installs/1"]


async def test_an_event_published_but_not_forgotten_is_repeated_and_none_is_lost(
    world: World, recorder: RecordingBus
) -> None:
    async with world.running(cast("Bus", recorder)) as registry:
        await registry.published(version="1.0.0")
        await drained(registry)
        async with registry.database() as connection:
            # As a relay leaves it that was killed after the bus had the event and before the row was gone.
            await connection.execute("INSERT INTO outbox_pending VALUES ('registry', 1)")
        await drained(registry)
        await registry.published(version="2.0.0")

        await drained(registry)

    assert recorder.ids("registry") == ["registry/1", "registry/1", "registry/2"]


async def test_confirmations_that_are_lost_cost_repeats_but_neither_events_nor_their_order(
    world: World, recorder: RecordingBus
) -> None:
    async with world.running(cast("Bus", RecordingBus(is_connected=False))) as registry:
        for minor in range(4):
            await registry.published(version=f"1.{minor}.0")
    recorder.is_connected, recorder.is_forgetful = False, True

    async with relaying(world, recorder):
        async with asyncio.timeout(LIMIT_SECONDS):
            while len(recorder.published) < 3:  # noqa: ASYNC110 - a list is polled
                await asyncio.sleep(0.01)
        recorder.is_connected = True
        await drained(world)

    assert set(recorder.ids("registry")[:3]) == {"registry/1"}
    first_seen = list(dict.fromkeys(recorder.ids("registry")))
    assert first_seen == [f"registry/{serial}" for serial in range(1, 5)]


async def test_one_relay_leads_and_another_takes_over(world: World) -> None:
    first, second = RecordingBus(), RecordingBus()
    silent = cast("Bus", RecordingBus(is_connected=False))
    async with relaying(world, second):
        async with relaying(world, first):
            async with world.running(silent) as registry:
                # Three relays want to lead now: exactly one of the two that can publish does, or none yet.
                await registry.published(version="1.0.0")
            await drained(world)
        async with world.running(cast("Bus", second)) as registry:
            await registry.published(version="2.0.0")
            await drained(registry)

    delivered = first.ids("registry") + second.ids("registry")
    assert delivered == ["registry/1", "registry/2"]


async def test_the_relay_survives_the_loss_of_its_database_connection(
    world: World, recorder: RecordingBus
) -> None:
    async with world.running(cast("Bus", recorder)) as registry:
        await registry.published(version="1.0.0")
        await drained(registry)
        async with registry.database() as connection:
            killed = await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE application_name = 'annex-registry-relay' AND datname = current_database()"
            )
        await registry.published(version="2.0.0")

        await drained(registry)

    assert killed == 1
    assert recorder.ids("registry") == ["registry/1", "registry/2"]


async def test_a_gap_in_the_outbox_stops_the_feed_instead_of_being_skipped(
    world: World, recorder: RecordingBus
) -> None:
    async with world.running(cast("Bus", RecordingBus(is_connected=False))) as registry:
        for minor in range(3):
            await registry.published(version=f"1.{minor}.0")
        await registry.installed()
    async with world.database() as connection:
        await connection.execute("DELETE FROM outbox_pending WHERE feed = 'registry' AND serial = 2")

    async with relaying(world, recorder):
        await asyncio.sleep(0.5)

    assert recorder.ids("registry") == []


async def test_over_rabbitmq_an_event_reaches_who_follows(world: World, rabbitmq_url: str) -> None:
    received: asyncio.Queue[CloudEvent] = asyncio.Queue()
    async with (
        rabbitmq_bus(rabbitmq_url, app_id="test") as listener,
        await listener.follow(bindings=["version.published.#"], handler=received.put, name="test") as ear,
    ):
        async with asyncio.timeout(LIMIT_SECONDS):
            await ear.attached()
            async with (
                rabbitmq_bus(rabbitmq_url, app_id="registry") as bus,
                world.running(bus) as registry,
            ):
                receipt = await registry.published()
                event = await received.get()

    assert event.data["version_id"] == receipt["version"]["id"]
    assert routing_key(event) == "version.published.acme.invoice-notes"
