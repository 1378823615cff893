"""The feeds over HTTP: every event once, in commit order, whose it is, and how one waits for the next."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, cast
from uuid import uuid4

import pytest

from annex_shared.contracts.events import CloudEvent
from annex_shared.ids import TenantId
from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.test_relay import RecordingBus
from integration.registry.world import EVERYTHING, OTHER_TENANT, TENANT, Answer, World, somebody
from support.platform.eventually import eventually

REGISTRY = "/api/v1/feed?feed=registry"
INSTALLS = "/api/v1/feed?feed=installs"
SERVICE = Caller("service:gateway")
ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)
READER = somebody(Permission.EXTENSION_READ)
LIMIT_SECONDS = 15


async def page(registry: World, path: str, *, caller: Caller | None = None) -> Any:
    answer = await registry.ask("GET", path, caller=caller)
    assert answer.status == 200, answer.body
    return answer.body


def serials(page: Any) -> list[int]:
    return [int(item["sequence"]) for item in page["items"]]


async def waiting(wait: Awaitable[Answer]) -> asyncio.Future[Answer]:
    """Begin to wait, and return once the registry holds the request."""
    task = asyncio.ensure_future(wait)
    await asyncio.sleep(0.3)
    assert not task.done()
    return task


async def test_a_page_holds_events_as_the_bus_carries_them(registry: World) -> None:
    receipt = await registry.published()

    body = await page(registry, REGISTRY, caller=READER)

    event = CloudEvent.model_validate(body["items"][0])
    assert body["items"] == [event.to_document()]
    assert (event.id, event.type, event.serial) == ("registry/1", "version.published", 1)
    assert event.data["version_id"] == receipt["version"]["id"]
    assert "traceparent" not in body["items"][0]
    assert (body["feed"], body["next_after"], body["as_of"]) == ("registry", 1, 1)


async def test_pages_follow_each_other_to_the_end(registry: World) -> None:
    for minor in range(5):
        await registry.published(version=f"1.{minor}.0")

    first = await page(registry, REGISTRY + "&limit=2")
    second = await page(registry, f"{REGISTRY}&limit=2&after={first['next_after']}")
    third = await page(registry, f"{REGISTRY}&limit=2&after={second['next_after']}")
    end = await page(registry, f"{REGISTRY}&limit=2&after={third['next_after']}")

    assert [serials(each) for each in (first, second, third, end)] == [[1, 2], [3, 4], [5], []]
    assert [each["next_after"] for each in (first, second, third, end)] == [2, 4, 5, 5]
    assert {each["as_of"] for each in (first, second, third, end)} == {5}


async def test_the_feed_is_complete_while_the_bus_is_down(world: World) -> None:
    async with world.running(cast("Bus", RecordingBus(is_connected=False))) as registry:
        await registry.published()
        await registry.installed()

        published, installed = await page(registry, REGISTRY), await page(registry, INSTALLS)

    assert (serials(published), serials(installed)) == ([1], [1])


async def test_a_tenant_sees_its_own_part_of_the_installs_and_a_service_the_whole(registry: World) -> None:
    await registry.published()
    mine = await registry.installed()
    await registry.installed(caller=ELSEWHERE)
    await registry.ask("PATCH", f"/api/v1/installs/{mine['install_id']}", {"is_enabled": False})

    here = await page(registry, INSTALLS, caller=READER)
    there = await page(registry, INSTALLS, caller=ELSEWHERE)
    whole = await page(registry, INSTALLS, caller=SERVICE)

    assert (serials(here), serials(there), serials(whole)) == ([1, 3], [2], [1, 2, 3])
    assert {item["data"]["tenant_id"] for item in here["items"]} == {str(TENANT)}
    assert [each["next_after"] for each in (here, there, whole)] == [3, 3, 3]


async def test_a_full_page_of_a_tenants_part_passes_over_nothing(registry: World) -> None:
    await registry.published()
    mine = await registry.installed()
    await registry.installed(caller=ELSEWHERE)
    await registry.ask("PATCH", f"/api/v1/installs/{mine['install_id']}", {"is_enabled": False})

    first = await page(registry, INSTALLS + "&limit=1")
    second = await page(registry, f"{INSTALLS}&limit=1&after={first['next_after']}")

    assert (serials(first), first["next_after"]) == ([1], 1)
    assert (serials(second), second["next_after"]) == ([3], 3)


async def test_a_tenants_key_does_not_become_a_service_by_its_name(registry: World) -> None:
    await registry.published()
    await registry.installed()

    imposter = await page(registry, INSTALLS, caller=Caller("service:gateway", OTHER_TENANT, EVERYTHING))
    nobody = await registry.ask("GET", INSTALLS, caller=Caller("somebody", None, EVERYTHING))
    foreign = await registry.ask("GET", INSTALLS, caller=Caller("service:gateway"), issuer="stranger")

    assert serials(imposter) == []
    assert (nobody.status, nobody.code) == (400, "TENANT_REQUIRED")
    assert (foreign.status, foreign.code) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("path", [REGISTRY, INSTALLS, "/api/v1/snapshot?feed=registry"])
async def test_without_the_right_to_read_there_is_no_feed(registry: World, path: str) -> None:
    answer = await registry.ask("GET", path, caller=somebody(Permission.EXTENSION_WRITE))

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "feed"),
        ("?feed=secrets", "feed"),
        ("?feed=registry&after=-1", "after"),
        ("?feed=registry&limit=0", "limit"),
        ("?feed=registry&limit=1001", "limit"),
        ("?feed=registry&wait=26", "wait"),
        ("?feed=registry&wait=1.5", "wait"),
    ],
)
async def test_a_senseless_request_is_refused_by_the_field(registry: World, query: str, field: str) -> None:
    answer = await registry.ask("GET", "/api/v1/feed" + query)

    assert (answer.status, answer.code, answer.body["details"]["field"]) == (400, "INVALID_REQUEST", field)


async def test_a_reader_ahead_of_the_feed_is_told_instead_of_kept_waiting(registry: World) -> None:
    await registry.published()

    answer = await registry.ask("GET", REGISTRY + "&after=7&wait=25")

    assert (answer.status, answer.code) == (409, "FEED_POSITION_AHEAD")
    assert answer.body["details"] == {"feed": "registry", "after": 7, "as_of": 1}


async def test_who_waits_is_answered_when_the_next_event_is_committed(registry: World) -> None:
    await registry.published(version="1.0.0")
    task = await waiting(registry.ask("GET", REGISTRY + "&after=1&wait=25"))

    await registry.published(version="2.0.0")
    async with asyncio.timeout(LIMIT_SECONDS):
        answer = await task

    assert (serials(answer.body), answer.body["next_after"]) == ([2], 2)


async def test_who_waits_in_vain_gets_an_empty_page(registry: World) -> None:
    await registry.published()

    body = await page(registry, REGISTRY + "&after=1&wait=1")

    assert (body["items"], body["next_after"], body["as_of"]) == ([], 1, 1)


async def test_events_of_other_tenants_do_not_end_a_wait(registry: World) -> None:
    await registry.published()
    task = await waiting(registry.ask("GET", INSTALLS + "&wait=25"))

    await registry.installed(caller=ELSEWHERE)
    await asyncio.sleep(0.5)
    was_answered = task.done()
    await registry.installed()
    async with asyncio.timeout(LIMIT_SECONDS):
        answer = await task

    assert not was_answered
    assert (serials(answer.body), answer.body["next_after"]) == ([2], 2)


async def test_a_wait_survives_the_loss_of_the_listening_connection(registry: World) -> None:
    task = await waiting(registry.ask("GET", REGISTRY + "&wait=25"))

    async with registry.database() as connection:
        killed = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'annex-registry-feeds' AND datname = current_database()"
        )
    await registry.published()
    async with asyncio.timeout(LIMIT_SECONDS):
        answer = await task

    assert killed == 1
    assert serials(answer.body) == [1]


async def test_one_tenants_waits_are_bounded_and_leave_room_for_others(world: World, bus: Bus) -> None:
    async with world.running(bus, feed_max_waiters=3, feed_max_waiters_per_caller=2) as registry:
        mine = [await waiting(registry.ask("GET", REGISTRY + "&wait=25", caller=READER)) for _ in range(2)]
        refused = await registry.ask("GET", REGISTRY + "&wait=25", caller=READER)
        without_waiting = await registry.ask("GET", REGISTRY, caller=READER)
        theirs = await waiting(registry.ask("GET", REGISTRY + "&wait=25", caller=ELSEWHERE))
        stranger = somebody(*EVERYTHING, tenant=TenantId(uuid4()))
        all_taken = await registry.ask("GET", REGISTRY + "&wait=25", caller=stranger)
        await registry.published()
        async with asyncio.timeout(LIMIT_SECONDS):
            answers = await asyncio.gather(*mine, theirs)

    assert [(answer.status, answer.code) for answer in (refused, all_taken)] == [
        (429, "TOO_MANY_FEED_WAITERS")
    ] * 2
    assert refused.headers["retry-after"] == "5"
    assert without_waiting.status == 200
    assert [serials(answer.body) for answer in answers] == [[1]] * 3


async def test_a_reader_who_left_gives_its_place_back(world: World, bus: Bus) -> None:
    async with world.running(bus, feed_max_waiters_per_caller=1) as registry:
        left = await waiting(registry.ask("GET", REGISTRY + "&wait=25"))
        left.cancel()
        await asyncio.wait([left])

        async def place() -> Answer | None:
            answer = await registry.ask("GET", REGISTRY + "&wait=1")
            return answer if answer.status == 200 else None

        answer = await eventually(place, seconds=LIMIT_SECONDS)

    assert answer.body["items"] == []


async def test_stopping_the_registry_answers_those_who_wait(world: World, bus: Bus) -> None:
    async with world.running(bus) as registry:
        task = await waiting(registry.ask("GET", REGISTRY + "&wait=25"))
    async with asyncio.timeout(LIMIT_SECONDS):
        answer = await task

    assert (answer.status, answer.body["items"]) == (200, [])


async def test_a_follower_sees_every_concurrent_commit_once_and_in_order(registry: World) -> None:
    seen: list[int] = []

    async def follow() -> None:
        after = 0
        while len(seen) < 24:
            body = await page(registry, f"{REGISTRY}&after={after}&limit=5&wait=5")
            seen.extend(serials(body))
            after = body["next_after"]

    async def publish(minors: Sequence[int]) -> None:
        for minor in minors:
            await registry.published(version=f"1.{minor}.0", name=f"notes-{minors[0]}")

    async with asyncio.timeout(60):
        await asyncio.gather(follow(), *(publish(range(start, start + 4)) for start in range(0, 24, 4)))

    assert seen == list(range(1, 25))


async def test_a_page_that_is_known_costs_no_reading(registry: World) -> None:
    await registry.published()
    path = "/api/v1/feed?feed=registry&after=0"
    first = await registry.ask("GET", path)
    known = {"If-None-Match": first.headers["etag"]}

    same = await registry.ask("GET", path, headers=known)
    later = await registry.ask("GET", "/api/v1/feed?feed=registry&after=1", headers=known)
    waited = await registry.ask("GET", path + "&wait=1", headers=known)
    ahead = await registry.ask("GET", "/api/v1/feed?feed=registry&after=9", headers=known)
    await registry.published(version="1.5.0")
    changed = await registry.ask("GET", path, headers=known)

    assert (same.status, same.body, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (later.status, waited.status, changed.status) == (200, 304, 200)
    assert ahead.code == "FEED_POSITION_AHEAD"
    assert len(changed.body["items"]) == 2
