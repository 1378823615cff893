"""What is particular to the bus of one process: a publish waits for its subscribers."""

import asyncio

import pytest

from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.delivery import DeliveryPolicy
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.messaging.port import BusUnavailable, PublishUnconfirmed
from annex_shared.messaging.topology import WORK_ATTEMPTS
from contracts.messaging.events import Heard, an_event, refuse

ORDERS = ["order.#"]
QUICK = DeliveryPolicy(first_retry_delay_seconds=0.001)
IMPATIENT_SECONDS = 0.3


async def test_a_publish_returns_after_the_handlers_acknowledged() -> None:
    async with in_process_bus() as bus:
        heard, worked = Heard(), Heard()
        await bus.follow(bindings=ORDERS, handler=heard, name="follower")
        await bus.work(queue="group", bindings=ORDERS, handler=worked)

        await bus.publish(an_event(1))

        assert heard.serials == worked.serials == [1]


async def test_a_publish_returns_after_a_failing_handler_spent_its_attempts() -> None:
    async with in_process_bus(policy=QUICK) as bus:
        heard, worked = Heard(refuse), Heard(refuse)
        await bus.follow(bindings=ORDERS, handler=heard, name="follower")
        await bus.work(queue="group", bindings=ORDERS, handler=worked)

        await bus.publish(an_event(1))

        assert len(heard.events) == QUICK.follow_attempts
        assert len(worked.events) == WORK_ATTEMPTS
        assert [letter.event for letter in await bus.dead_letters("group")] == [an_event(1)]


async def test_subscribers_get_copies_not_the_publishers_object() -> None:
    async with in_process_bus() as bus:
        heard, other = Heard(), Heard()
        await bus.follow(bindings=ORDERS, handler=heard, name="one")
        await bus.follow(bindings=ORDERS, handler=other, name="other")
        event = an_event(1)

        await bus.publish(event)

        assert heard.events == other.events == [event]
        assert len({id(each.data) for each in (event, *heard.events, *other.events)}) == 3


async def test_a_publish_is_unconfirmed_while_a_follower_does_not_answer() -> None:
    async def hang(_: CloudEvent) -> None:
        await may_end.wait()

    may_end = asyncio.Event()
    async with in_process_bus(publish_timeout_seconds=IMPATIENT_SECONDS) as bus:
        await bus.follow(bindings=ORDERS, handler=Heard(hang), name="follower")

        with pytest.raises(PublishUnconfirmed, match="tests/1"):
            await bus.publish(an_event(1))
        may_end.set()


async def test_a_full_queue_makes_its_publisher_wait_and_then_refuses_it() -> None:
    async def hang(_: CloudEvent) -> None:
        await may_end.wait()

    may_end = asyncio.Event()
    heard = Heard(hang)
    async with in_process_bus(publish_timeout_seconds=IMPATIENT_SECONDS, queue_size=1) as bus:
        await bus.follow(bindings=ORDERS, handler=heard, name="follower")

        outcomes = await asyncio.gather(
            *(bus.publish(an_event(serial)) for serial in (1, 2, 3)), return_exceptions=True
        )
        may_end.set()

    assert [type(outcome) for outcome in outcomes] == [PublishUnconfirmed] * 3
    assert heard.serials == [1]


async def test_what_a_group_without_consumers_wants_is_unconfirmed_and_handled_once_later() -> None:
    async with in_process_bus(publish_timeout_seconds=IMPATIENT_SECONDS) as bus:
        leaving = await bus.work(queue="group", bindings=ORDERS, handler=Heard())
        await leaving.attached()
        await leaving.close()
        with pytest.raises(PublishUnconfirmed):
            await bus.publish(an_event(1))
        heard = Heard()
        await bus.work(queue="group", bindings=ORDERS, handler=heard)

        await bus.publish(an_event(1))

        assert heard.serials == [1]


async def test_replaying_without_consumers_keeps_the_dead_letters() -> None:
    async with in_process_bus(publish_timeout_seconds=IMPATIENT_SECONDS, policy=QUICK) as bus:
        leaving = await bus.work(queue="group", bindings=ORDERS, handler=Heard(refuse))
        await bus.publish(an_event(1))
        await leaving.close()

        with pytest.raises(BusUnavailable, match="group"):
            await bus.replay("group")

        assert [letter.event for letter in await bus.dead_letters("group")] == [an_event(1)]


async def test_a_follower_that_leaves_releases_the_publishers_waiting_for_it() -> None:
    async def hang(event: CloudEvent) -> None:
        if event.serial == 1:
            await may_end.wait()

    may_end = asyncio.Event()
    heard = Heard(hang)
    async with in_process_bus(queue_size=1) as bus:
        follower = await bus.follow(bindings=ORDERS, handler=heard, name="follower")
        publishing = [asyncio.create_task(bus.publish(an_event(serial))) for serial in range(1, 6)]
        await heard.until_count(1)

        closing = asyncio.create_task(follower.close())
        await asyncio.sleep(0)
        may_end.set()
        await closing
        await asyncio.gather(*publishing)

    assert heard.serials == [1]


async def test_a_delivery_cut_short_by_closing_is_unconfirmed() -> None:
    async def hang(_: CloudEvent) -> None:
        await asyncio.Event().wait()

    heard = Heard(hang)
    async with in_process_bus(policy=DeliveryPolicy(drain_timeout_seconds=0)) as bus:
        group = await bus.work(queue="group", bindings=ORDERS, handler=heard)
        publishing = asyncio.create_task(bus.publish(an_event(1)))
        await heard.until_count(1)

        await group.close()

        with pytest.raises(PublishUnconfirmed):
            await publishing


async def test_publishing_on_a_closed_bus_is_unconfirmed() -> None:
    async with in_process_bus() as bus:
        pass

    with pytest.raises(PublishUnconfirmed):
        await bus.publish(an_event(1))


async def test_closing_twice_is_as_good_as_once() -> None:
    async with in_process_bus() as bus:
        follower = await bus.follow(bindings=ORDERS, handler=Heard(), name="follower")
        await follower.close()
        await follower.close()
        await bus.close()

    assert not bus.is_connected
