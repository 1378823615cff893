"""What only a broker can do to us: be away, come back, refuse, forget, and deliver what is no event."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from structlog.testing import LogCapture

from annex_shared.contracts.events import CONTENT_TYPE
from annex_shared.messaging.port import BusUnavailable, DeadReason, PublishUnconfirmed
from annex_shared.messaging.rabbitmq import RabbitMqBus, rabbitmq_bus
from annex_shared.messaging.topology import EXCHANGE
from contracts.messaging.conftest import QUICK
from contracts.messaging.events import LIMIT_SECONDS, Heard, an_event, eventually, refuse
from contracts.messaging.link import link_to
from contracts.messaging.node import own_node

ORDERS = ["order.#"]


def a_bus(url: str, *, publish_timeout_seconds: float = 30) -> AbstractAsyncContextManager[RabbitMqBus]:
    return rabbitmq_bus(url, app_id="tests", publish_timeout_seconds=publish_timeout_seconds, policy=QUICK)


@asynccontextmanager
async def a_channel(url: str) -> AsyncIterator[AbstractChannel]:
    """Open a plain client's channel: what operators and strangers use."""
    async with await aio_pika.connect(url) as connection, connection.channel() as channel:
        yield channel


async def publish_bytes(url: str, body: bytes, *, key: str = "order.placed") -> None:
    async with a_channel(url) as channel:
        exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        await exchange.publish(aio_pika.Message(body, message_id="stranger/1"), key)


async def receive(url: str, queue: str) -> AbstractIncomingMessage:
    async with a_channel(url) as channel:
        return await (await channel.get_queue(queue, ensure=False)).get()


@pytest.mark.parametrize("body", [b"", b"not json", b"{}", b"\xff\xfe", b'{"specversion":"1.0"}'])
async def test_a_follower_drops_what_is_no_event_and_goes_on(
    rabbitmq_url: str, logged: LogCapture, body: bytes
) -> None:
    async with a_bus(rabbitmq_url) as bus:
        heard = Heard()
        await (await bus.follow(bindings=ORDERS, handler=heard, name="follower")).attached()

        await publish_bytes(rabbitmq_url, body)
        await bus.publish(an_event(2))
        await heard.until_count(1)

    assert heard.serials == [2]
    undecodable = [entry for entry in logged.entries if entry["event"] == "delivery_undecodable"]
    assert [entry["message_id"] for entry in undecodable] == ["stranger/1"]


async def test_a_group_keeps_what_is_no_event_as_a_dead_letter(rabbitmq_url: str) -> None:
    async with a_bus(rabbitmq_url) as bus:
        heard = Heard()
        await (await bus.work(queue="group", bindings=ORDERS, handler=heard)).attached()

        await publish_bytes(rabbitmq_url, b"not json")
        await bus.publish(an_event(2))
        await heard.until_count(1)
        await eventually(lambda: _has_dead_letter(bus))
        [letter] = await bus.dead_letters("group")

    assert heard.serials == [2]
    assert (letter.body, letter.event, letter.reason) == (b"not json", None, DeadReason.UNDECODABLE)


async def _has_dead_letter(bus: RabbitMqBus) -> bool:
    return bool(await bus.dead_letters("group"))


async def test_a_replayed_letter_carries_no_trace_of_its_death(rabbitmq_url: str) -> None:
    async with a_bus(rabbitmq_url) as bus:
        group = await bus.work(queue="group", bindings=ORDERS, handler=Heard(refuse))
        await group.attached()
        await bus.publish(an_event(1))
        await eventually(lambda: _has_dead_letter(bus))
        await group.close()

        await bus.replay("group")

    message = await receive(rabbitmq_url, "group")
    assert message.body == an_event(1).to_bytes()
    # Asking for one message, unlike consuming, names a first delivery as the number 0.
    assert message.headers.pop("x-delivery-count") == 0
    assert set(message.headers) == {"ce-type", "ce-subject", "ce-sequence"}


async def test_a_message_says_outside_what_its_event_says_inside(rabbitmq_url: str) -> None:
    event = an_event(41)
    async with a_channel(rabbitmq_url) as channel:
        exchange = await channel.declare_exchange(EXCHANGE, "topic", durable=True)
        queue = await channel.declare_queue("by-hand", durable=True)
        await queue.bind(exchange, "#")
    async with a_bus(rabbitmq_url) as bus:
        await bus.publish(event)

    message = await receive(rabbitmq_url, "by-hand")

    assert message.body == event.to_bytes()
    assert (message.message_id, message.type, message.app_id) == (event.id, event.type, "tests")
    assert message.content_type == CONTENT_TYPE
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert message.headers == {
        "ce-type": event.type,
        "ce-subject": event.subject,
        "ce-sequence": event.sequence,
    }


async def test_a_group_without_consumers_keeps_its_events(rabbitmq_url: str) -> None:
    async with a_bus(rabbitmq_url) as bus:
        leaving = await bus.work(queue="group", bindings=ORDERS, handler=Heard())
        await leaving.attached()
        await leaving.close()
        await bus.publish(an_event(1))
        heard = Heard()

        await bus.work(queue="group", bindings=ORDERS, handler=heard)
        await heard.until_count(1)

    assert heard.serials == [1]


async def test_a_refused_event_is_published_again_on_a_new_channel(
    rabbitmq_url: str, logged: LogCapture
) -> None:
    async with a_channel(rabbitmq_url) as channel, a_bus(rabbitmq_url) as bus:
        exchange = await channel.declare_exchange(EXCHANGE, "topic", durable=True)
        queue = await channel.declare_queue(
            "full", durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}
        )
        await queue.bind(exchange, "#")
        await bus.publish(an_event(1))

        publishing = asyncio.create_task(bus.publish(an_event(2)))
        await eventually(lambda: _was_logged(logged, "publish_retried"))
        await (await queue.get()).ack()
        await publishing

        assert (await queue.get()).message_id == an_event(2).id


async def _was_logged(logged: LogCapture, event: str) -> bool:
    return any(entry["event"] == event for entry in logged.entries)


async def test_what_the_broker_keeps_refusing_is_unconfirmed(rabbitmq_url: str) -> None:
    async with a_channel(rabbitmq_url) as channel, a_bus(rabbitmq_url, publish_timeout_seconds=0.5) as bus:
        exchange = await channel.declare_exchange(EXCHANGE, "topic", durable=True)
        queue = await channel.declare_queue(
            "full", durable=True, arguments={"x-max-length": 0, "x-overflow": "reject-publish"}
        )
        await queue.bind(exchange, "#")

        with pytest.raises(PublishUnconfirmed, match="tests/1"):
            await bus.publish(an_event(1))


async def test_a_deleted_group_queue_is_made_again(rabbitmq_url: str, logged: LogCapture) -> None:
    async with a_bus(rabbitmq_url) as bus:
        heard = Heard()
        group = await bus.work(queue="group", bindings=ORDERS, handler=heard)
        await group.attached()

        async with a_channel(rabbitmq_url) as channel:
            await channel.queue_delete("group")
        await eventually(lambda: _was_logged(logged, "subscription_interrupted"))
        await group.attached()
        await bus.publish(an_event(1))
        await heard.until_count(1)

    assert heard.serials == [1]


class Repairs:
    """An `on_gap` that counts."""

    def __init__(self) -> None:
        self.count = 0
        self._news = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self._news.set()

    async def until_count(self, count: int) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while self.count < count:
                self._news.clear()
                await self._news.wait()


async def test_a_bus_opened_while_the_broker_is_away_works_once_it_is_there(rabbitmq_url: str) -> None:
    async with link_to(rabbitmq_url) as link:
        await link.cut()
        async with a_bus(link.url) as bus:
            heard, repairs = Heard(), Repairs()
            follower = await bus.follow(bindings=ORDERS, handler=heard, name="follower", on_gap=repairs)
            group = await bus.work(queue="group", bindings=ORDERS, handler=heard)
            assert (bus.is_connected, follower.is_attached, repairs.count) == (False, False, 0)

            await link.mend()
            async with asyncio.timeout(LIMIT_SECONDS):
                await follower.attached()
                await group.attached()
            await bus.publish(an_event(1))
            await heard.until_count(2)

            assert bus.is_connected
            assert repairs.count == 1


async def test_publishing_while_the_broker_is_away_is_unconfirmed(rabbitmq_url: str) -> None:
    async with link_to(rabbitmq_url) as link:
        await link.cut()
        async with a_bus(link.url, publish_timeout_seconds=0.2) as bus:
            with pytest.raises(PublishUnconfirmed, match="tests/1"):
                await bus.publish(an_event(1))


async def test_a_publish_waiting_for_the_broker_is_confirmed_when_it_returns(rabbitmq_url: str) -> None:
    async with link_to(rabbitmq_url) as link, a_bus(link.url) as bus:
        await bus.publish(an_event(1))
        await link.cut()

        publishing = asyncio.create_task(bus.publish(an_event(2)))
        await link.mend()
        await publishing

        assert bus.is_connected


async def test_a_bus_closes_while_the_broker_is_away(rabbitmq_url: str) -> None:
    async def only_the_old_ones() -> bool:
        return asyncio.all_tasks() <= before

    async with link_to(rabbitmq_url) as link:
        before = asyncio.all_tasks()
        async with a_bus(link.url) as bus:
            await (await bus.follow(bindings=ORDERS, handler=Heard(), name="follower")).attached()
            await link.cut()

        await eventually(only_the_old_ones)
        assert not bus.is_connected


async def test_after_a_cut_a_follower_repairs_before_it_hears_more(rabbitmq_url: str) -> None:
    async with link_to(rabbitmq_url) as link, a_bus(link.url) as bus, a_bus(rabbitmq_url) as elsewhere:
        heard, repairs = Heard(), Repairs()
        await bus.follow(bindings=ORDERS, handler=heard, name="follower", on_gap=repairs)
        await repairs.until_count(1)

        await link.cut()
        await elsewhere.publish(an_event(1))
        await link.mend()
        await repairs.until_count(2)
        await elsewhere.publish(an_event(2))
        await heard.until(lambda heard: 2 in heard.serials)

    assert heard.serials == [2]
    assert repairs.count == 2


async def test_a_delivery_whose_answer_was_lost_comes_again(rabbitmq_url: str) -> None:
    async with link_to(rabbitmq_url) as link, a_bus(link.url) as bus, a_bus(rabbitmq_url) as elsewhere:

        async def lose_the_answer(_: object) -> None:
            if len(heard.events) == 1:
                await link.cut()

        heard = Heard(lose_the_answer)
        await (await bus.work(queue="group", bindings=ORDERS, handler=heard)).attached()

        await elsewhere.publish(an_event(1))
        await heard.until_count(1)
        await link.mend()
        await heard.until_count(2)

    assert heard.serials == [1, 1]


async def test_dead_letters_are_unavailable_while_the_broker_refuses_the_queue(rabbitmq_url: str) -> None:
    async with a_channel(rabbitmq_url) as channel:
        await channel.declare_queue("group.dead", durable=True)
    async with a_bus(rabbitmq_url) as bus:
        with pytest.raises(BusUnavailable, match="group"):
            await bus.dead_letters("group")


async def test_a_restarted_broker_has_the_confirmed_work_and_followers_return(tmp_path: Path) -> None:
    async with own_node(tmp_path) as node, a_bus(node.url, publish_timeout_seconds=1) as bus:
        heard, repairs = Heard(), Repairs()
        await bus.follow(bindings=ORDERS, handler=heard, name="follower", on_gap=repairs)
        group = await bus.work(queue="group", bindings=ORDERS, handler=Heard())
        await group.attached()
        await repairs.until_count(1)
        await group.close()
        await bus.publish(an_event(1))
        await heard.until_count(1)

        await node.stop()
        with pytest.raises(PublishUnconfirmed):
            await bus.publish(an_event(2))
        async with node.started_again():
            await repairs.until_count(2)
            worked = Heard()
            await bus.work(queue="group", bindings=ORDERS, handler=worked)
            await worked.until_count(1)
            await eventually(lambda: _is_confirmed(bus))
            await heard.until(lambda heard: 3 in heard.serials)

    assert worked.serials[0] == 1


async def _is_confirmed(bus: RabbitMqBus) -> bool:
    try:
        await bus.publish(an_event(3))
    except PublishUnconfirmed:
        return False
    return True
