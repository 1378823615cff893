"""Events on their way to extensions, over a real database: who hears of what, in which order, how often."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from annex_runner_proxy.actions.dispatch_next import dispatch_next
from annex_runner_proxy.actions.host.events import events_functions
from annex_runner_proxy.actions.subscriptions import (
    deliver_event,
    follow_all_subscriptions,
    follow_changed_subscriptions,
    follow_subscriptions,
    replay_delivery,
)
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.errors import DeliveryNotFound
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.topics import EMITS_PER_MINUTE, EVENTS_EMIT, EVENTS_SUBSCRIBE
from annex_shared.clock import new_id
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged, VersionPublished
from annex_shared.ids import ExtensionId
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.messaging.topology import EXTENSION_EVENTS
from integration.runner_proxy.keeping import BROKEN, NOON, OK, Keeping
from unit.runner_proxy.fakes import EXTENSION, OTHER_EXTENSION, OTHER_TENANT, a_scope

HEARD = "extension.event.acme.notes.note.created"
LISTENS = frozenset({EVENTS_SUBSCRIBE})


def published(serial: int, *, extension_id: ExtensionId = EXTENSION) -> CloudEvent:
    payload = VersionPublished(
        extension="acme/notes",
        extension_id=str(extension_id),
        publisher="acme",
        name="notes",
        version_id=str(uuid4()),
        version=f"1.{serial}.0",
        content_hash=ContentHash.of(b"notes"),
        size_bytes=1,
        published_at=NOON,
        signer=None,
        has_ui=False,
        has_handler=True,
    )
    return CloudEvent.of(payload, serial=serial, time=NOON)


def changed(install: Install, *, serial: int = 1) -> CloudEvent:
    payload = InstallChanged(
        change=InstallChange.CONFIGURED,
        tenant_id=str(install.tenant_id),
        install_id=str(install.install_id),
        extension=install.extension,
        extension_id=str(install.extension_id),
        version_id=str(uuid4()),
        version="1.0.0",
        content_hash=ContentHash.of(b"notes"),
        is_enabled=True,
        revision=2,
        config_version=2,
    )
    return CloudEvent.of(payload, serial=serial, time=NOON)


async def listener(keeping: Keeping, *topics: str, **changes: Any) -> Install:
    """Install an extension that subscribes to topics, and follow it."""
    install = keeping.installed(**{"grants": LISTENS, **changes})
    keeping.versions.subscriptions = dict.fromkeys(topics, "dist/main")
    await follow_subscriptions(install, ports=keeping.following)
    return install


async def emit(keeping: Keeping, topic: str, payload: str, **changes: Any) -> Any:
    """Emit as a guest of acme/notes does."""
    scope = a_scope(**{"grants": [EVENTS_EMIT], **changes})
    api = events_functions(keeping.subscriptions, keeping.clock, new_id)
    broker = CallBroker(scope, api, write_log=lambda *_: None)
    return await broker.answer("events.emit", [topic, payload])


async def heard(keeping: Keeping, install: Install) -> list[str]:
    return [str(delivery.event_id) for delivery in await keeping.deliveries(install)]


async def test_a_version_is_told_to_the_installs_of_its_extension(keeping: Keeping) -> None:
    install = await listener(keeping, "version.published")
    elsewhere = await listener(keeping, "version.published", tenant_id=OTHER_TENANT)
    foreign = await listener(keeping, "version.published", extension_id=OTHER_EXTENSION)
    deaf = await listener(keeping, "version.status")

    queued = await deliver_event(published(7), ports=keeping.following)
    await keeping.send_all()

    assert queued == 2
    assert [await heard(keeping, one) for one in (install, elsewhere, foreign, deaf)] == [
        ["registry/7"],
        ["registry/7"],
        [],
        [],
    ]
    sent = keeping.gateway.seen[0].dispatch
    assert (sent.method, sent.path, sent.event_id) == (
        "POST",
        "/annex/events/version.published",
        "registry/7",
    )
    assert json.loads(str(sent.body))["data"]["version"] == "1.7.0"


async def test_a_change_of_an_install_is_told_to_nobody_else(keeping: Keeping) -> None:
    install = await listener(keeping, "install.changed")
    neighbour = await listener(keeping, "install.changed")

    await deliver_event(changed(install), ports=keeping.following)

    assert (await heard(keeping, install), await heard(keeping, neighbour)) == (["installs/1"], [])


async def test_an_event_that_is_repeated_is_delivered_once(keeping: Keeping) -> None:
    install = await listener(keeping, "version.published")
    await deliver_event(published(7), ports=keeping.following)
    await keeping.send_all()

    await deliver_event(published(7), ports=keeping.following)

    assert await heard(keeping, install) == ["registry/7"]
    assert await keeping.send_all() == 0


@pytest.mark.parametrize("change", [{"grants": frozenset[str]()}, {"is_enabled": False}])
async def test_who_may_not_listen_any_more_hears_nothing(keeping: Keeping, change: dict[str, Any]) -> None:
    install = await listener(keeping, "version.published")
    later = keeping.installed(
        **{"install_id": install.install_id, "revision": 2, "grants": LISTENS, **change}
    )

    await follow_all_subscriptions([later], ports=keeping.following)
    await follow_subscriptions(install, ports=keeping.following)

    assert await deliver_event(published(7), ports=keeping.following) == 0


async def test_an_install_that_changed_is_followed_once_and_later_when_the_registry_is_away(
    keeping: Keeping,
) -> None:
    install = keeping.installed(grants=LISTENS)
    keeping.versions.subscriptions = {"version.published": "dist/main"}
    keeping.versions.is_away = True
    await follow_changed_subscriptions(keeping.installs, ports=keeping.following)
    before = await keeping.subscriptions.of_install(install)
    keeping.versions.is_away = False

    await follow_changed_subscriptions(keeping.installs, ports=keeping.following)

    assert before == []
    assert [one.topic for one in await keeping.subscriptions.of_install(install)] == ["version.published"]
    assert keeping.installs.take_changed() == []


async def test_order_holds_within_a_topic_and_one_delivery_runs_at_a_time(keeping: Keeping) -> None:
    install = await listener(keeping, "version.published", "install.changed")
    for serial in (1, 2):
        await deliver_event(published(serial), ports=keeping.following)
    await deliver_event(changed(install), ports=keeping.following)
    now, until = keeping.clock.now(), keeping.clock.now() + timedelta(seconds=90)
    first = await keeping.dispatches.claim(now=now, owner=keeping.owner, until=until)
    second = await keeping.dispatches.claim(now=now, owner=keeping.owner, until=until)

    assert first is not None
    assert (first.dispatch.event_id, second) == ("registry/1", None)


async def test_a_failing_delivery_holds_up_its_own_topic_only(keeping: Keeping) -> None:
    install = await listener(keeping, "version.published", "install.changed")
    for serial in (1, 2):
        await deliver_event(published(serial), ports=keeping.following)
    await deliver_event(changed(install), ports=keeping.following)
    keeping.gateway.answers = [BROKEN]

    await keeping.send_all()
    states = {str(one.event_id): one.state for one in await keeping.deliveries(install)}
    keeping.clock.move(seconds=15)
    await keeping.send_all()

    assert states == {"registry/1": "waiting", "registry/2": "waiting", "installs/1": "succeeded"}
    assert {one.state for one in await keeping.deliveries(install)} == {"succeeded"}
    sent = [lease.dispatch.event_id for lease in keeping.gateway.seen]
    assert sent == ["registry/1", "installs/1", "registry/1", "registry/2"]


async def test_a_delivery_is_given_up_after_its_budget_and_can_be_replayed(keeping: Keeping) -> None:
    install = await listener(keeping, "version.published")
    keeping.policy = replace(keeping.policy, event_attempts=2)
    keeping.gateway.answers = [BROKEN, BROKEN]
    await deliver_event(published(1), ports=keeping.following)
    for _ in range(3):
        await keeping.send_all()
        keeping.clock.move(hours=1)
    (dead,) = await keeping.deliveries(install)

    await replay_delivery(UUID(dead.id), install, dispatches=keeping.dispatches, clock=keeping.clock)
    await keeping.send_all()

    (delivery,) = await keeping.deliveries(install)
    assert (dead.state, [one.outcome for one in dead.attempts]) == ("dead", ["failed", "failed"])
    assert (delivery.state, len(delivery.attempts)) == ("succeeded", 3)
    with pytest.raises(DeliveryNotFound):
        await replay_delivery(UUID(dead.id), install, dispatches=keeping.dispatches, clock=keeping.clock)


async def test_an_emitted_event_reaches_subscribers_of_the_same_tenant(keeping: Keeping) -> None:
    same = await listener(keeping, HEARD, extension_id=OTHER_EXTENSION)
    elsewhere = await listener(keeping, HEARD, extension_id=OTHER_EXTENSION, tenant_id=OTHER_TENANT)

    result, event_id = await emit(keeping, "note.created", '{"id": 7}')
    await keeping.send_all()

    assert result == "ok"
    assert (await heard(keeping, same), await heard(keeping, elsewhere)) == ([event_id], [])
    body = json.loads(str(keeping.gateway.seen[0].dispatch.body))
    assert (body["type"], body["data"]["topic"], body["data"]["payload"]) == (
        "extension.event",
        "note.created",
        {"id": 7},
    )


@pytest.mark.parametrize(
    ("topic", "payload", "grants", "error"),
    [
        ("note.created", "{}", [], "denied"),
        ("Note Created", "{}", [EVENTS_EMIT], "invalid"),
        ("note.created", "{", [EVENTS_EMIT], "invalid"),
        ("note.created", '{"a":1,"a":2}', [EVENTS_EMIT], "invalid"),
        ("note.created", json.dumps("x" * 65_536), [EVENTS_EMIT], "too-large"),
    ],
)
async def test_what_cannot_be_emitted_is_named(
    keeping: Keeping, topic: str, payload: str, grants: list[str], error: str
) -> None:
    assert await emit(keeping, topic, payload, grants=grants) == ("err", error)


async def test_emitting_is_limited_each_minute(keeping: Keeping) -> None:
    results = [await emit(keeping, "note.created", "{}") for _ in range(EMITS_PER_MINUTE + 1)]

    assert [result for result, _ in results].count("ok") == EMITS_PER_MINUTE
    assert results[-1] == ("err", "quota-exceeded")


async def test_emitted_events_are_published_on_the_bus_once_and_in_order(keeping: Keeping) -> None:
    ids = [(await emit(keeping, "note.created", str(number)))[1] for number in range(3)]
    seen: list[CloudEvent] = []

    async def note(event: CloudEvent) -> None:
        seen.append(event)

    async with in_process_bus() as bus, await bus.follow(bindings=[EXTENSION_EVENTS], handler=note, name="t"):
        sent = await keeping.subscriptions.relay(bus, now=keeping.clock.now())
        again = await keeping.subscriptions.relay(bus, now=keeping.clock.now())
        async with asyncio.timeout(5):
            while len(seen) < sent:  # noqa: ASYNC110 - the bus tells nobody
                await asyncio.sleep(0.01)

    assert (sent, again) == (3, 0)
    assert [event.id for event in seen] == ids


async def test_operators_see_how_old_what_is_due_is_and_what_was_given_up(keeping: Keeping) -> None:
    await listener(keeping, "version.published")
    schedule = await keeping.schedule(keeping.installed())
    await keeping.ports.schedules.pause(schedule, "It broke.", now=NOON)
    for serial in (1, 2, 3):
        await deliver_event(published(serial), ports=keeping.following)
    keeping.policy = replace(keeping.policy, event_attempts=1)
    keeping.gateway.answers = [OK, BROKEN]
    keeping.clock.move(minutes=5)
    for _ in range(2):
        await dispatch_next(ports=keeping.sending)

    keeping.meter.queue_is(await keeping.dispatches.state(now=keeping.clock.now()))

    def attempts(outcome: str) -> float | None:
        return keeping.figure("annex_runner_dispatch_attempts_total", kind="event", outcome=outcome)

    assert [attempts(outcome) for outcome in ("succeeded", "dead", "retried")] == [1, 1, 0]
    assert keeping.figure("annex_runner_dispatches_waiting", kind="event") == 1
    assert keeping.figure("annex_runner_dispatch_oldest_due_seconds", kind="event") == 300
    assert keeping.figure("annex_runner_dispatch_oldest_due_seconds", kind="schedule") == 0
    assert keeping.figure("annex_runner_deliveries_dead") == 1
    assert keeping.figure("annex_runner_schedules_paused") == 1
