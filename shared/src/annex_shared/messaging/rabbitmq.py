"""The bus over RabbitMQ 3.10 or newer: publisher confirms, own wake-up queues, quorum group queues."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from aio_pika import ExchangeType, Message
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage, AbstractQueue

from annex_shared.clock import NewId, new_id
from annex_shared.contracts.events import CloudEvent, routing_key
from annex_shared.messaging import topology
from annex_shared.messaging.delivery import DeliveryPolicy
from annex_shared.messaging.port import BusUnavailable, DeadLetter, Handler, OnGap, PublishUnconfirmed
from annex_shared.messaging.rabbitmq_connection import (
    BrokerConnection,
    BrokerLost,
    broker_faults,
    close_quietly,
)
from annex_shared.messaging.rabbitmq_frames import to_dead_letter, to_message, to_second_life
from annex_shared.messaging.rabbitmq_subscriptions import Follower, GroupConsumer, declare_dead_letters
from annex_shared.messaging.subscription import RunningSubscription

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_RETRY_DELAY_SECONDS = 0.1
_DEAD_LETTER_TIMEOUT_SECONDS = 60.0


class RabbitMqBus:
    """Publishes on one channel with confirms; every subscription has a channel of its own."""

    def __init__(
        self,
        connection: BrokerConnection,
        *,
        exchange: str,
        publish_timeout_seconds: float,
        app_id: str,
        policy: DeliveryPolicy,
        new_id: NewId,
    ) -> None:
        self._connection = connection
        self._exchange = exchange
        self._publish_timeout_seconds = publish_timeout_seconds
        self._app_id = app_id
        self._policy = policy
        self._new_id = new_id
        self._publishing: tuple[AbstractChannel, AbstractExchange] | None = None
        self._opening = asyncio.Lock()
        self._subscriptions: set[RunningSubscription] = set()

    @property
    def is_connected(self) -> bool:
        return self._connection.is_connected

    async def publish(self, event: CloudEvent) -> None:
        """Publish without the mandatory flag: the broker confirms what no queue is bound for.

        The feed, not the broker, remembers events, so one that nobody listens to is no fault of the relay.
        """
        message, key = to_message(event, app_id=self._app_id), routing_key(event)
        fault: BrokerLost | None = None
        try:
            async with asyncio.timeout(self._publish_timeout_seconds):
                while True:
                    try:
                        return await self._publish_once(message, key)
                    except BrokerLost as error:
                        fault = error
                        log.warning("publish_retried", event_id=event.id, reason=str(error))
                        await asyncio.sleep(_RETRY_DELAY_SECONDS)
        except TimeoutError:
            raise PublishUnconfirmed(f"RabbitMQ did not confirm event {event.id} in time.") from fault

    async def follow(
        self,
        *,
        bindings: Sequence[str],
        handler: Handler,
        name: str,
        on_gap: OnGap | None = None,
    ) -> RunningSubscription:
        follower = Follower(
            self._connection,
            exchange=self._exchange,
            name=name,
            bindings=tuple(bindings),
            handler=handler,
            on_gap=on_gap,
            policy=self._policy,
            new_id=self._new_id,
        )
        return self._subscribe(name, follower.serve)

    async def work(self, *, queue: str, bindings: Sequence[str], handler: Handler) -> RunningSubscription:
        consumer = GroupConsumer(
            self._connection,
            exchange=self._exchange,
            queue=queue,
            bindings=tuple(bindings),
            handler=handler,
            policy=self._policy,
        )
        return self._subscribe(queue, consumer.serve)

    async def dead_letters(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        async with self._dead_letter_channel(queue) as (_, dead):
            # Closing the channel gives back what was looked at, behind the others.
            return [to_dead_letter(letter) for letter in await _take(dead, limit)]

    async def replay(self, queue: str, *, limit: int = 100) -> int:
        async with self._dead_letter_channel(queue) as (channel, dead):
            letters = await _take(dead, limit)
            for letter in letters:
                # Through the default exchange a message reaches this queue only; a crash before the ack
                # leaves the letter as well, which repeats it and loses nothing.
                await channel.default_exchange.publish(to_second_life(letter), queue, mandatory=True)
                await letter.ack()
            return len(letters)

    async def close(self) -> None:
        await asyncio.gather(*(subscription.close() for subscription in tuple(self._subscriptions)))
        await self._discard_publishing()
        await self._connection.close()

    def _subscribe(
        self, name: str, serve: Callable[[RunningSubscription], Awaitable[None]]
    ) -> RunningSubscription:
        subscription = RunningSubscription(
            name, serve, policy=self._policy, on_closed=self._subscriptions.discard
        )
        self._subscriptions.add(subscription)
        return subscription

    async def _publish_once(self, message: Message, key: str) -> None:
        channel, exchange = await self._open_publishing()
        try:
            with broker_faults():
                await exchange.publish(message, key, mandatory=False)
        except BrokerLost:
            # A channel that began to publish while a quorum queue elected its leader is refused for as long
            # as it lives; a new one is confirmed at once.
            if self._publishing is not None and self._publishing[0] is channel:
                await self._discard_publishing()
            raise

    async def _open_publishing(self) -> tuple[AbstractChannel, AbstractExchange]:
        async with self._opening:
            if self._publishing is None or self._publishing[0].is_closed:
                channel = await self._connection.open_channel(confirms=True)
                with broker_faults():
                    exchange = await channel.declare_exchange(
                        self._exchange, ExchangeType.TOPIC, durable=True
                    )
                self._publishing = (channel, exchange)
            return self._publishing

    async def _discard_publishing(self) -> None:
        if self._publishing is not None:
            channel, self._publishing = self._publishing[0], None
            await close_quietly(channel)

    @asynccontextmanager
    async def _dead_letter_channel(self, queue: str) -> AsyncIterator[tuple[AbstractChannel, AbstractQueue]]:
        try:
            async with asyncio.timeout(_DEAD_LETTER_TIMEOUT_SECONDS):
                channel = await self._connection.open_channel(confirms=True)
                try:
                    with broker_faults():
                        yield channel, await declare_dead_letters(channel, queue)
                finally:
                    await close_quietly(channel)
        except (BrokerLost, TimeoutError) as error:
            raise BusUnavailable(f"RabbitMQ did not finish with the dead letters of {queue}.") from error


async def _take(queue: AbstractQueue, limit: int) -> list[AbstractIncomingMessage]:
    """Hold up to ``limit`` messages before any is given back, so that none is met twice."""
    taken: list[AbstractIncomingMessage] = []
    while len(taken) < limit:
        message = await queue.get(fail=False)
        if message is None:
            break
        taken.append(message)
    return taken


@asynccontextmanager
async def rabbitmq_bus(
    url: str,
    *,
    app_id: str,
    exchange: str = topology.EXCHANGE,
    publish_timeout_seconds: float = 5.0,
    policy: DeliveryPolicy | None = None,
    new_id: NewId = new_id,
) -> AsyncIterator[RabbitMqBus]:
    """Open the bus of one service; returns at once and connects in the background, now or later."""
    bus = RabbitMqBus(
        BrokerConnection(url, name=app_id),
        exchange=exchange,
        publish_timeout_seconds=publish_timeout_seconds,
        app_id=app_id,
        policy=policy or DeliveryPolicy(),
        new_id=new_id,
    )
    try:
        yield bus
    finally:
        await bus.close()
