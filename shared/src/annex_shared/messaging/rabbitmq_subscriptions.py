"""How followers and group consumers attach to RabbitMQ and take their deliveries."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from annex_shared.clock import NewId
from annex_shared.contracts.events import CloudEvent, InvalidEvent
from annex_shared.messaging import topology
from annex_shared.messaging.delivery import DeliveryPolicy, handle_once, handle_or_drop
from annex_shared.messaging.port import Handler, OnGap
from annex_shared.messaging.rabbitmq_connection import (
    BrokerConnection,
    BrokerLost,
    broker_faults,
    close_quietly,
)
from annex_shared.messaging.rabbitmq_frames import attempt_number
from annex_shared.messaging.subscription import RunningSubscription

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_DECLARE_TIMEOUT_SECONDS = 30.0
_SETTLE_TIMEOUT_SECONDS = 10.0

# When a consumer vanishes, the broker counts a delivery for every message it held, handled or not. One at a
# time, only the message in hand comes nearer to its limit.
_WORK_PREFETCH = 1


@dataclass(frozen=True, slots=True)
class _Attachment:
    """Deliveries in the order of the queue; the broker's prefetch keeps them few, None ends them."""

    deliveries: asyncio.Queue[AbstractIncomingMessage | None]

    async def next(self) -> AbstractIncomingMessage:
        message = await self.deliveries.get()
        if message is None:
            raise BrokerLost("The broker stopped delivering.")
        return message


@asynccontextmanager
async def _attached(
    connection: BrokerConnection,
    declare: Callable[[AbstractChannel], Awaitable[AbstractQueue]],
    *,
    prefetch: int,
) -> AsyncIterator[_Attachment]:
    channel = await connection.open_channel(confirms=False)
    # One place more than the broker delivers ahead, for the end.
    attachment = _Attachment(asyncio.Queue(prefetch + 1))

    def end(*_: object) -> None:
        with suppress(asyncio.QueueFull):
            attachment.deliveries.put_nowait(None)

    try:
        with broker_faults():
            async with asyncio.timeout(_DECLARE_TIMEOUT_SECONDS):
                await channel.set_qos(prefetch_count=prefetch)
                queue = await declare(channel)
                channel.close_callbacks.add(end)
                (await channel.get_underlay_channel()).on_consumer_cancel_callbacks.add(end)
                await queue.consume(attachment.deliveries.put)
        yield attachment
    finally:
        await close_quietly(channel)


@dataclass(frozen=True, slots=True)
class Follower:
    """One replica's wake-ups: a queue of its own that goes when its connection goes."""

    connection: BrokerConnection
    exchange: str
    name: str
    bindings: Sequence[str]
    handler: Handler
    on_gap: OnGap | None
    policy: DeliveryPolicy
    new_id: NewId

    async def serve(self, subscription: RunningSubscription) -> None:
        async with _attached(self.connection, self._declare, prefetch=self.policy.prefetch) as attachment:
            # The queue collects already, so nothing falls between the listing and the first delivery.
            if self.on_gap is not None:
                async with asyncio.timeout(self.policy.repair_timeout_seconds):
                    await self.on_gap()
            subscription.mark_attached()
            while not subscription.is_closing:
                message = await attachment.next()
                with subscription.in_hand():
                    await self._take(message)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        event = _event_in(message, subscription=self.name)
        if event is not None:
            await handle_or_drop(event, self.handler, subscription=self.name, policy=self.policy)
        await _settle(message.ack())

    async def _declare(self, channel: AbstractChannel) -> AbstractQueue:
        queue = await channel.declare_queue(
            topology.follower_queue(self.name, self.new_id()),
            exclusive=True,
            auto_delete=True,
            arguments=dict(topology.FOLLOWER_ARGUMENTS),
        )
        await _bind(channel, queue, self.exchange, self.bindings)
        return queue


@dataclass(frozen=True, slots=True)
class GroupConsumer:
    """One member of a group that shares a durable queue; the broker counts attempts and buries letters."""

    connection: BrokerConnection
    exchange: str
    queue: str
    bindings: Sequence[str]
    handler: Handler
    policy: DeliveryPolicy

    async def serve(self, subscription: RunningSubscription) -> None:
        async with _attached(self.connection, self._declare, prefetch=_WORK_PREFETCH) as attachment:
            subscription.mark_attached()
            while not subscription.is_closing:
                message = await attachment.next()
                with subscription.in_hand():
                    await self._take(message)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        event = _event_in(message, subscription=self.queue)
        if event is None:
            await _settle(message.reject(requeue=False))
            return
        attempt = attempt_number(message)
        if await handle_once(
            event, self.handler, subscription=self.queue, attempt=attempt, policy=self.policy
        ):
            await _settle(message.ack())
            return
        if attempt >= topology.WORK_ATTEMPTS:
            log.error("delivery_dead_lettered", subscription=self.queue, event_id=event.id)
        else:
            await asyncio.sleep(self.policy.delay_after(attempt))
        await _settle(message.nack(requeue=True))

    async def _declare(self, channel: AbstractChannel) -> AbstractQueue:
        await declare_dead_letters(channel, self.queue)
        queue = await channel.declare_queue(
            self.queue, durable=True, arguments=dict(topology.work_arguments(self.queue))
        )
        await _bind(channel, queue, self.exchange, self.bindings)
        return queue


def _event_in(message: AbstractIncomingMessage, *, subscription: str) -> CloudEvent | None:
    """Read the event; what is none is logged by its id alone, its body is a stranger's."""
    try:
        return CloudEvent.parse(message.body)
    except InvalidEvent as error:
        fault = error.message
    log.error("delivery_undecodable", subscription=subscription, message_id=message.message_id, reason=fault)
    return None


async def declare_dead_letters(channel: AbstractChannel, queue: str) -> AbstractQueue:
    return await channel.declare_queue(
        topology.dead_letter_queue(queue), durable=True, arguments=dict(topology.DEAD_LETTER_ARGUMENTS)
    )


async def _bind(
    channel: AbstractChannel, queue: AbstractQueue, exchange: str, bindings: Sequence[str]
) -> None:
    source = await channel.declare_exchange(exchange, ExchangeType.TOPIC, durable=True)
    for binding in bindings:
        await queue.bind(source, binding)


async def _settle(answer: Awaitable[None]) -> None:
    """Answer the broker; if that fails the delivery comes again, or its follower repairs."""
    with broker_faults():
        async with asyncio.timeout(_SETTLE_TIMEOUT_SECONDS):
            await answer
