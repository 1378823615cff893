"""What every bus promises, whichever adapter carries it."""

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import LogCapture

from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.delivery import DeliveryPolicy
from annex_shared.messaging.port import Bus, DeadReason, Handler, OnGap, Subscription
from annex_shared.messaging.topology import WORK_ATTEMPTS
from contracts.messaging.conftest import QUICK, OpenBus
from contracts.messaging.events import LIMIT_SECONDS, Heard, an_event, eventually, refuse

ORDERS = ["order.#"]


async def follow(
    bus: Bus,
    handler: Handler,
    *,
    bindings: Sequence[str] = ORDERS,
    name: str = "follower",
    on_gap: OnGap | None = None,
) -> Subscription:
    subscription = await bus.follow(bindings=bindings, handler=handler, name=name, on_gap=on_gap)
    return await attached(subscription)


async def work(
    bus: Bus, handler: Handler, *, queue: str = "group", bindings: Sequence[str] = ORDERS
) -> Subscription:
    return await attached(await bus.work(queue=queue, bindings=bindings, handler=handler))


async def attached(subscription: Subscription) -> Subscription:
    async with asyncio.timeout(LIMIT_SECONDS):
        await subscription.attached()
    return subscription


async def dead_letters_arrive(bus: Bus, count: int, *, queue: str = "group") -> None:
    async def has_arrived() -> bool:
        return len(await bus.dead_letters(queue)) >= count

    await eventually(has_arrived)


async def test_a_follower_hears_one_publishers_events_in_the_order_of_publishing(bus: Bus) -> None:
    heard = Heard()
    await follow(bus, heard)

    for serial in range(1, 51):
        await bus.publish(an_event(serial))
    await heard.until_count(50)

    assert heard.serials == list(range(1, 51))


async def test_an_event_arrives_exactly_as_it_was_published(bus: Bus) -> None:
    heard = Heard()
    await follow(bus, heard)
    event = an_event(text="Größe: 中文 \N{PARTY POPPER}").model_copy(
        update={
            "partitionkey": "acme/hello",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }
    )

    await bus.publish(event)
    await heard.until_count(1)

    assert heard.events == [event]


async def test_every_follower_hears_every_event(bus: Bus) -> None:
    one, other = Heard(), Heard()
    await follow(bus, one, name="gateway")
    await follow(bus, other, name="gateway")

    for serial in range(1, 11):
        await bus.publish(an_event(serial))
    await one.until_count(10)
    await other.until_count(10)

    assert one.serials == other.serials == list(range(1, 11))


async def test_a_follower_with_overlapping_bindings_hears_an_event_once(bus: Bus) -> None:
    heard = Heard()
    await follow(bus, heard, bindings=["order.#", "order.placed", "*.placed"])

    await bus.publish(an_event(1))
    await bus.publish(an_event(2))
    await heard.until(lambda heard: 2 in heard.serials)

    assert heard.serials == [1, 2]


async def test_each_event_is_handled_once_per_group(bus: Bus) -> None:
    one, other, second_group = Heard(), Heard(), Heard()
    await work(bus, one)
    await work(bus, other)
    await work(bus, second_group, queue="second-group")

    for serial in range(1, 21):
        await bus.publish(an_event(serial))
    await second_group.until_count(20)
    await eventually(lambda: _sum_is(20, one, other))

    assert sorted(one.serials + other.serials) == list(range(1, 21))
    assert sorted(second_group.serials) == list(range(1, 21))


async def _sum_is(count: int, *heard: Heard) -> bool:
    return sum(len(each.events) for each in heard) >= count


async def test_a_failed_delivery_of_a_group_is_repeated_until_it_succeeds(bus: Bus) -> None:
    async def fail_twice(_: CloudEvent) -> None:
        if len(heard.events) < 3:
            raise ConnectionError

    heard = Heard(fail_twice)
    await work(bus, heard)

    await bus.publish(an_event(1))
    await heard.until_count(3)
    await bus.publish(an_event(2))
    await heard.until(lambda heard: 2 in heard.serials)

    assert heard.serials == [1, 1, 1, 2]
    assert await bus.dead_letters("group") == []


async def test_a_delivery_that_keeps_failing_becomes_a_dead_letter_of_its_group(bus: Bus) -> None:
    heard = Heard(refuse)
    await work(bus, heard)
    event = an_event(7, text="poison")

    await bus.publish(event)
    await dead_letters_arrive(bus, 1)

    [letter] = await bus.dead_letters("group")
    assert (letter.event, letter.body) == (event, event.to_bytes())
    assert letter.reason is DeadReason.ATTEMPTS_EXHAUSTED
    assert heard.serials == [7] * WORK_ATTEMPTS


async def test_a_dead_letter_does_not_hold_up_what_comes_after_it(bus: Bus) -> None:
    async def fail_first(event: CloudEvent) -> None:
        if event.serial == 1:
            await refuse(event)

    heard = Heard(fail_first)
    await work(bus, heard)

    await bus.publish(an_event(1))
    await bus.publish(an_event(2))
    await heard.until(lambda heard: 2 in heard.serials)
    await dead_letters_arrive(bus, 1)

    assert [letter.event for letter in await bus.dead_letters("group")] == [an_event(1)]


async def test_looking_at_dead_letters_leaves_them_where_they_are(bus: Bus) -> None:
    await work(bus, Heard(refuse))
    for serial in (1, 2, 3):
        await bus.publish(an_event(serial))
    await dead_letters_arrive(bus, 3)

    first_look = await bus.dead_letters("group", limit=2)
    await dead_letters_arrive(bus, 3)
    second_look = await bus.dead_letters("group")

    assert len(first_look) == 2
    assert {letter.body for letter in second_look} == {an_event(serial).to_bytes() for serial in (1, 2, 3)}


async def test_a_queue_nobody_used_has_no_dead_letters(bus: Bus) -> None:
    assert await bus.dead_letters("unheard-of") == []
    assert await bus.replay("unheard-of") == 0


async def test_replayed_dead_letters_are_handled_by_their_group_alone(bus: Bus) -> None:
    async def fail_until_repaired(event: CloudEvent) -> None:
        if not is_repaired.is_set():
            await refuse(event)

    is_repaired = asyncio.Event()
    heard, second_group = Heard(fail_until_repaired), Heard()
    await work(bus, heard)
    await work(bus, second_group, queue="second-group")
    for serial in (1, 2, 3):
        await bus.publish(an_event(serial))
    await dead_letters_arrive(bus, 3)
    heard.events.clear()
    is_repaired.set()

    counts = [await bus.replay("group", limit=2), await bus.replay("group")]
    await heard.until_count(3)

    assert counts == [2, 1]
    assert sorted(heard.serials) == [1, 2, 3]
    assert second_group.serials == [1, 2, 3]
    assert await bus.dead_letters("group") == []


async def test_a_replayed_letter_gets_all_its_attempts_again(bus: Bus) -> None:
    heard = Heard(refuse)
    await work(bus, heard)
    await bus.publish(an_event(1))
    await dead_letters_arrive(bus, 1)
    heard.events.clear()

    await bus.replay("group")
    await heard.until_count(WORK_ATTEMPTS)
    await dead_letters_arrive(bus, 1)

    assert heard.serials == [1] * WORK_ATTEMPTS


async def test_a_follower_that_keeps_failing_loses_the_delivery_and_goes_on(
    bus: Bus, logged: LogCapture
) -> None:
    async def fail_first(event: CloudEvent) -> None:
        if event.serial == 1:
            await refuse(event)

    heard = Heard(fail_first)
    await follow(bus, heard)

    await bus.publish(an_event(1))
    await bus.publish(an_event(2))
    await heard.until(lambda heard: 2 in heard.serials)

    assert heard.serials == [1] * QUICK.follow_attempts + [2]
    dropped = [entry for entry in logged.entries if entry["event"] == "delivery_dropped"]
    assert [entry["event_id"] for entry in dropped] == [an_event(1).id]


async def test_a_failing_handlers_event_data_is_not_logged(bus: Bus, logged: LogCapture) -> None:
    heard = Heard(refuse)
    await follow(bus, heard)

    await bus.publish(an_event(1, text="personal data"))
    await heard.until_count(QUICK.follow_attempts)

    assert any(entry["event"] == "delivery_failed" for entry in logged.entries)
    assert "personal data" not in str(logged.entries)


async def test_a_cancellation_inside_a_handler_counts_as_its_failure(bus: Bus) -> None:
    async def be_cancelled(event: CloudEvent) -> None:
        if event.serial == 1:
            raise asyncio.CancelledError

    heard = Heard(be_cancelled)
    await follow(bus, heard)

    await bus.publish(an_event(1))
    await bus.publish(an_event(2))
    await heard.until(lambda heard: 2 in heard.serials)

    assert heard.serials == [1] * QUICK.follow_attempts + [2]


async def test_a_handler_that_never_ends_is_given_up(open_bus: OpenBus) -> None:
    async def hang_on_the_first(event: CloudEvent) -> None:
        if event.serial == 1:
            await asyncio.Event().wait()

    policy = DeliveryPolicy(handler_timeout_seconds=0.05, first_retry_delay_seconds=0.01)
    async with open_bus(policy) as bus:
        heard = Heard(hang_on_the_first)
        await follow(bus, heard)

        await bus.publish(an_event(1))
        await bus.publish(an_event(2))
        await heard.until(lambda heard: 2 in heard.serials)

    assert heard.serials == [1] * policy.follow_attempts + [2]


PLACED, PAID, DEEP = "order.placed", "order.paid", "order.eu.paid.late"
END = "end.of-test"


@pytest.mark.parametrize(
    ("binding", "wanted"),
    [
        ("#", [PLACED, PAID, DEEP]),
        ("order.#", [PLACED, PAID, DEEP]),
        ("order.*", [PLACED, PAID]),
        ("*.paid", [PAID]),
        ("#.paid.#", [PAID, DEEP]),
        ("order.*.paid.*", [DEEP]),
        ("order.placed", [PLACED]),
        ("order.#.placed", [PLACED]),
        ("order", []),
        ("order.*.*", []),
        ("placed.#", []),
    ],
)
async def test_bindings_select_by_the_rule_of_topic_exchanges(
    bus: Bus, binding: str, wanted: list[str]
) -> None:
    heard = Heard()
    await follow(bus, heard, bindings=[binding, END])

    for serial, key in enumerate([PLACED, PAID, DEEP, END], start=1):
        await bus.publish(an_event(serial, key=key))
    await heard.until(lambda heard: END in heard.types)

    assert heard.types == [*wanted, END]


async def test_publishing_what_nobody_asked_for_succeeds_and_is_not_kept(bus: Bus) -> None:
    await bus.publish(an_event(1))
    heard = Heard()
    await follow(bus, heard)

    await bus.publish(an_event(2))
    await heard.until_count(1)

    assert heard.serials == [2]


async def test_a_follower_repairs_before_it_handles_anything(bus: Bus) -> None:
    async def repair() -> None:
        has_begun.set()
        await may_end.wait()
        seen.append("repaired")

    async def see(event: CloudEvent) -> None:
        seen.append(event.id)

    has_begun, may_end = asyncio.Event(), asyncio.Event()
    seen: list[str] = []
    heard = Heard(see)
    subscription = await bus.follow(bindings=ORDERS, handler=heard, name="follower", on_gap=repair)
    async with asyncio.timeout(LIMIT_SECONDS):
        await has_begun.wait()
    was_attached = subscription.is_attached

    publishing = asyncio.create_task(bus.publish(an_event(1)))
    may_end.set()
    await publishing
    await heard.until_count(1)

    assert (was_attached, subscription.is_attached) == (False, True)
    assert seen == ["repaired", an_event(1).id]


async def test_a_repair_that_fails_is_tried_again(bus: Bus) -> None:
    async def repair() -> None:
        tries.append("try")
        if len(tries) < 3:
            raise ConnectionError

    tries: list[str] = []
    heard = Heard()

    await follow(bus, heard, on_gap=repair)
    await bus.publish(an_event(1))
    await heard.until_count(1)

    assert len(tries) == 3


async def test_a_closed_follower_hears_nothing_more_and_hinders_nobody(bus: Bus) -> None:
    leaving, staying = Heard(), Heard()
    subscription = await follow(bus, leaving)
    await follow(bus, staying)
    await bus.publish(an_event(1))
    await leaving.until_count(1)

    await subscription.close()
    await bus.publish(an_event(2))
    await staying.until_count(2)

    assert leaving.serials == [1]
    assert not subscription.is_attached


async def test_closing_lets_the_handler_finish_the_delivery_in_hand(bus: Bus) -> None:
    async def take_time(_: CloudEvent) -> None:
        await may_end.wait()
        finished.append("finished")

    may_end = asyncio.Event()
    finished: list[str] = []
    heard = Heard(take_time)
    subscription = await work(bus, heard)
    publishing = asyncio.create_task(bus.publish(an_event(1)))
    await heard.until_count(1)

    closing = asyncio.create_task(subscription.close())
    await asyncio.sleep(0)
    may_end.set()
    await closing
    await publishing

    assert finished == ["finished"]


async def test_a_subscription_takes_one_delivery_at_a_time_and_none_is_lost(bus: Bus) -> None:
    async def count(event: CloudEvent) -> None:
        in_hand.add(event.serial)
        seen_at_once.append(len(in_hand))
        await may_go_on.wait()
        in_hand.remove(event.serial)

    in_hand: set[int] = set()
    seen_at_once: list[int] = []
    may_go_on = asyncio.Event()
    heard = Heard(count)
    await follow(bus, heard)
    publishing = [asyncio.create_task(bus.publish(an_event(serial))) for serial in range(1, 201)]
    await heard.until_count(1)

    may_go_on.set()
    await asyncio.gather(*publishing)
    await heard.until_count(200)

    assert sorted(heard.serials) == list(range(1, 201))
    assert set(seen_at_once) == {1}


async def test_an_open_bus_reports_that_it_is_connected(bus: Bus) -> None:
    await follow(bus, Heard())

    assert bus.is_connected


async def test_closing_a_bus_leaves_no_task_behind(open_bus: OpenBus) -> None:
    async def only_the_old_ones() -> bool:
        return asyncio.all_tasks() <= before

    before = asyncio.all_tasks()
    async with open_bus(QUICK) as bus:
        heard = Heard()
        await follow(bus, heard)
        await work(bus, heard)
        await bus.publish(an_event(1))
        await heard.until_count(2)

    await eventually(only_the_old_ones)
    assert not bus.is_connected
