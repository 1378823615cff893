"""The copies of installs and versions: kept by events, by asking, and by repair when the bus is down."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged
from annex_shared.contracts.installs import InstallRecord
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.messaging.port import Bus
from integration.gateway.conftest import World
from support.version_statuses import a_status, status_event
from unit.gateway.builders import NOW

NOTES = "/api/ext/acme.notes/notes"
# An address where nothing listens: the bus is configured and away.
NO_BUS = "amqp://guest:guest@127.0.0.1:9/"


@pytest.fixture
async def bus() -> AsyncIterator[Bus]:
    async with in_process_bus() as bus:
        yield bus


def announced(world: World, record: InstallRecord, change: InstallChange) -> CloudEvent:
    payload = InstallChanged(
        change=change,
        tenant_id=record.tenant_id,
        install_id=record.install_id,
        extension=f"{record.publisher}/{record.name}",
        extension_id=record.extension_id,
        version_id=record.version_id,
        version=record.version,
        content_hash=record.content_hash,
        is_enabled=record.is_enabled,
        revision=record.revision,
        config_version=record.config_version,
    )
    return CloudEvent.of(payload, serial=world.registry.serial, time=NOW)


async def test_a_change_is_seen_as_soon_as_it_is_announced(world: World, bus: Bus) -> None:
    record = world.installed()
    async with world.gateway(bus):
        before = await world.get(NOTES)
        disabled = world.registry.change(record, is_enabled=False)
        await bus.publish(announced(world, disabled, InstallChange.DISABLED))
        while_disabled = await world.get(NOTES)
        world.registry.uninstall(disabled)
        gone = disabled.model_copy(update={"revision": disabled.revision + 1})
        await bus.publish(announced(world, gone, InstallChange.UNINSTALLED))
        after = await world.get(NOTES)

    assert [before.status, while_disabled.status, after.status] == [200, 403, 404]


async def test_an_old_announcement_changes_nothing(world: World, bus: Bus) -> None:
    record = world.installed()
    async with world.gateway(bus):
        await world.until(NOTES, 200)
        disabled = world.registry.change(record, is_enabled=False)
        await bus.publish(announced(world, disabled, InstallChange.DISABLED))
        await bus.publish(announced(world, record, InstallChange.INSTALLED))
        answer = await world.get(NOTES)

    assert answer.code == "INSTALL_DISABLED"


async def test_an_install_made_while_the_bus_is_down_answers_at_once(world: World) -> None:
    async with world.gateway(bus_url=NO_BUS):
        await world.until_projected()
        world.installed()
        answer = await world.get(NOTES)

    assert answer.status == 200


async def test_a_change_made_while_the_bus_is_down_is_seen_after_the_repair_interval(world: World) -> None:
    record = world.installed()
    async with world.gateway(bus_url=NO_BUS, repair_interval_seconds=0.3):
        await world.until(NOTES, 200)
        version_id = str(uuid4())
        world.registry.publish(version_id, record.extension_id, ("GET", "/other"))
        world.registry.change(record, version_id=version_id)

        await world.until(NOTES, 404)

        assert (await world.get("/api/ext/acme.notes/other")).status == 200


async def test_an_uninstall_missed_is_seen_after_the_repair_interval(world: World) -> None:
    record = world.installed()
    async with world.gateway(bus_url=NO_BUS, repair_interval_seconds=0.3):
        await world.until(NOTES, 200)
        world.registry.uninstall(record)

        await world.until(NOTES, 404)


async def test_the_last_known_state_is_not_answered_from_for_ever(world: World) -> None:
    world.installed()
    async with world.gateway(repair_interval_seconds=0.1, projection_max_age_seconds=0.5):
        await world.until(NOTES, 200)
        await world.registry_stage.close()

        refused = await world.until(NOTES, 503)
        ready = (await world.get("/readyz")).json()

    assert refused.code == "PROJECTION_STALE"
    assert ready["checks"]["registry"]["ok"] is False


async def test_while_the_registry_is_away_the_last_known_state_answers(world: World) -> None:
    world.installed()
    async with world.gateway(repair_interval_seconds=0.1):
        await world.until_projected()
        await world.registry_stage.close()
        known = await world.get(NOTES)
        unknown = await world.get("/api/ext/acme.other/notes")

    assert known.status == 200
    assert (unknown.status, unknown.code) == (503, "REGISTRY_UNAVAILABLE")


async def test_a_gateway_started_without_the_registry_recovers_by_itself(world: World) -> None:
    world.installed()
    await world.registry_stage.close()
    async with world.gateway(repair_interval_seconds=0.2):
        before = await world.get(NOTES)
        await world.registry_stage.open()

        assert before.status == 503
        await world.until(NOTES, 200)


async def test_a_listing_of_many_pages_is_read_to_the_end(world: World) -> None:
    world.registry.page = 3
    records = [world.installed(name=f"n{number}") for number in range(10)]
    async with world.gateway():
        await world.until_projected()
        await world.registry_stage.close()
        answers = [await world.get(f"/api/ext/{record.install_id}/notes") for record in records]

    assert {answer.status for answer in answers} == {200}


async def test_repeated_misses_ask_the_registry_once(world: World) -> None:
    async with world.gateway():
        answers = await asyncio.gather(*(world.get(f"/api/ext/acme.n{n}/x") for n in range(20)))

    assert {answer.code for answer in answers} == {"EXTENSION_NOT_INSTALLED"}
    assert len(world.registry.seen) == 1


async def test_an_install_forwarded_by_this_gateway_is_found_right_after_a_miss(world: World) -> None:
    async with world.gateway():
        before = await world.get(NOTES)
        world.installed()
        await world.request("POST", "/api/v1/extensions/install", data=b"{}")
        after = await world.get(NOTES)

    assert [before.status, after.status] == [404, 200]


async def test_a_blocked_version_is_refused_as_soon_as_it_is_announced_and_until_it_is_lifted(
    world: World, bus: Bus
) -> None:
    record = world.installed()
    async with world.gateway(bus):
        before = await world.until(NOTES, 200)
        answers = []
        for serial, status in enumerate(("deprecated", "yanked", "blocked", "active"), start=10):
            said = a_status(status, serial=serial, version_id=record.version_id)
            world.registry.said = [said]
            await bus.publish(status_event(said))
            answers.append(await world.get(NOTES))

    assert before.status == 200
    assert [answer.status for answer in answers] == [200, 200, 403, 200]
    assert answers[2].code == "VERSION_BLOCKED"
    assert "It loses notes." in answers[2].json()["message"]


async def test_a_block_made_while_the_bus_is_down_is_seen_after_the_repair_interval(world: World) -> None:
    record = world.installed()
    async with world.gateway(bus_url=NO_BUS, repair_interval_seconds=1):
        await world.until(NOTES, 200)
        world.registry.said = [a_status("blocked", serial=10, version_id=record.version_id)]
        answer = await world.until(NOTES, 403)

    assert answer.code == "VERSION_BLOCKED"


async def test_a_gateway_that_starts_after_a_block_knows_it(world: World) -> None:
    record = world.installed()
    world.registry.said = [a_status("blocked", serial=10, version_id=record.version_id)]
    async with world.gateway(bus_url=NO_BUS):
        await world.until_projected()
        answer = await world.get(NOTES)

    assert (answer.status, answer.code) == (403, "VERSION_BLOCKED")
