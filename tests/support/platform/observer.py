"""A stranger on the exchange: somebody outside the platform who subscribes to its events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aio_pika
from aio_pika import ExchangeType
from aio_pika.abc import AbstractIncomingMessage

from annex_shared.contracts.events import CloudEvent


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came, and the event in it."""

    routing_key: str
    content_type: str | None
    body: bytes

    @property
    def event(self) -> CloudEvent:
        return CloudEvent.parse(self.body)


@dataclass(slots=True)
class Observer:
    """Collects every delivery since the platform began."""

    deliveries: list[Delivery] = field(default_factory=list)

    async def note(self, message: AbstractIncomingMessage) -> None:
        async with message.process():
            self.deliveries.append(Delivery(message.routing_key or "", message.content_type, message.body))

    def of(self, event_type: str) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if delivery.event.type == event_type]

    def serials(self, feed: str) -> list[int]:
        """Return the places of a feed in the order they came; a repeat counts where it first came."""
        events = [delivery.event for delivery in self.deliveries]
        return list(dict.fromkeys(event.serial for event in events if event.feed == feed))


@asynccontextmanager
async def observing(url: str, *, exchange: str) -> AsyncIterator[Observer]:
    """Bind a queue of our own to everything, with nothing but the documented names."""
    observer = Observer()
    async with asyncio.timeout(30):
        connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        topic = await channel.declare_exchange(exchange, ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(topic, "#")
        await queue.consume(observer.note)
        yield observer
