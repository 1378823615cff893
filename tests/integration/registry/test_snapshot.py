"""The snapshot: a state and the serial it equals, from which following the feed misses nothing."""

import asyncio
from typing import Any

import pytest

from annex_shared.service_tokens import Caller
from integration.registry.world import EVERYTHING, OTHER_TENANT, World

VERSIONS = "/api/v1/snapshot?feed=registry"
INSTALLS = "/api/v1/snapshot?feed=installs"
ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)


async def pages(registry: World, path: str) -> list[Any]:
    """Read a whole snapshot, page by page."""
    read: list[Any] = []
    cursor = ""
    while not read or read[-1]["next_cursor"]:
        answer = await registry.ask("GET", path + cursor)
        assert answer.status == 200, answer.body
        read.append(answer.body)
        cursor = f"&cursor={answer.body['next_cursor']}"
    return read


async def test_versions_are_told_with_the_serial_of_the_feed(registry: World) -> None:
    receipts = [await registry.published(version=f"1.{minor}.0") for minor in range(3)]

    (only,) = await pages(registry, VERSIONS)

    assert (only["feed"], only["as_of"]) == ("registry", 3)
    assert [item["version_id"] for item in only["items"]] == [
        receipt["version"]["id"] for receipt in receipts
    ]
    assert [item["serial"] for item in only["items"]] == [1, 2, 3]


async def test_all_pages_of_versions_are_the_state_of_one_serial(registry: World) -> None:
    for minor in range(3):
        await registry.published(version=f"1.{minor}.0")
    first = (await registry.ask("GET", VERSIONS + "&limit=2")).body
    await registry.published(version="2.0.0")

    rest = (await registry.ask("GET", f"{VERSIONS}&limit=2&cursor={first['next_cursor']}")).body
    missed = await registry.ask("GET", f"/api/v1/feed?feed=registry&after={rest['as_of']}")

    assert [item["serial"] for item in first["items"] + rest["items"]] == [1, 2, 3]
    assert (first["as_of"], rest["as_of"], rest["next_cursor"]) == (3, 3, None)
    assert [item["id"] for item in missed.body["items"]] == ["registry/4"]


async def test_installs_are_the_tenants_own_with_the_serial_of_the_feed(registry: World) -> None:
    await registry.published()
    mine = await registry.installed(config={"greeting": "Hello"})
    await registry.installed(caller=ELSEWHERE)

    (only,) = await pages(registry, INSTALLS)

    assert (only["as_of"], only["items"]) == (2, [mine])


async def test_a_state_and_its_serial_belong_together_while_installs_change(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    path = f"/api/v1/installs/{install['install_id']}"

    async def toggle() -> None:
        for number in range(30):
            await registry.ask("PATCH", path, {"is_enabled": bool(number % 2)})

    toggling = asyncio.create_task(toggle())
    seen = []
    while not toggling.done():
        seen += await pages(registry, INSTALLS)
    await toggling

    # One install alone: each of its revisions is one serial.
    assert len(seen) > 1
    assert [body["items"][0]["revision"] for body in seen] == [body["as_of"] for body in seen]


async def test_a_snapshot_and_the_feed_after_it_equal_the_registry(registry: World) -> None:
    names = ["a", "b", "c", "d"]
    for name in names:
        await registry.published(name=name)
    installs = [await registry.installed(extension=f"acme/{name}") for name in names]
    first = (await registry.ask("GET", INSTALLS + "&limit=2")).body
    # Between the pages: one of each part is removed, one of each part changes.
    in_order = sorted(installs, key=lambda install: install["install_id"])
    for removed in (in_order[0], in_order[2]):
        await registry.ask("DELETE", f"/api/v1/installs/{removed['install_id']}")
    for changed in (in_order[1], in_order[3]):
        await registry.ask("PATCH", f"/api/v1/installs/{changed['install_id']}", {"is_enabled": False})
    rest = (await registry.ask("GET", f"{INSTALLS}&cursor={first['next_cursor']}")).body
    feed = (await registry.ask("GET", f"/api/v1/feed?feed=installs&after={first['as_of']}")).body

    state = {item["install_id"]: (item["revision"], item["is_enabled"]) for item in first["items"]}
    state |= {item["install_id"]: (item["revision"], item["is_enabled"]) for item in rest["items"]}
    for event in feed["items"]:
        data = event["data"]
        if data["change"] == "uninstalled":
            state.pop(data["install_id"], None)
        elif data["revision"] > state.get(data["install_id"], (0, False))[0]:
            state[data["install_id"]] = (data["revision"], data["is_enabled"])

    now = (await registry.ask("GET", "/api/v1/installs")).body["items"]
    assert state == {item["install_id"]: (item["revision"], item["is_enabled"]) for item in now}
    assert len(state) == 2
    assert rest["as_of"] == first["as_of"] == 4


@pytest.mark.parametrize(
    "query",
    [
        "feed=registry&cursor=x",
        "feed=registry&cursor=WzEsMl0",
        "feed=registry&cursor=WzEsIngiXQ",
        "feed=installs&cursor=WzEsMV0",
        "feed=installs&cursor=WzEsIngiXQ",
        "feed=registry&cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LDFd",
    ],
)
async def test_a_senseless_cursor_is_refused(registry: World, query: str) -> None:
    answer = await registry.ask("GET", f"/api/v1/snapshot?{query}")

    assert (answer.status, answer.code) == (400, "INVALID_CURSOR")


STATUS = "/api/v1/extensions/acme/invoice-notes/versions/{}/status"


async def test_versions_are_told_with_the_status_they_had_at_the_serial(registry: World) -> None:
    for minor in range(3):
        await registry.published(version=f"1.{minor}.0")
    yank = {"status": "yanked", "reason": "It loses notes."}
    await registry.ask("POST", STATUS.format("1.0.0"), yank)
    first = (await registry.ask("GET", VERSIONS + "&limit=1")).body
    await registry.ask("POST", STATUS.format("1.1.0"), {**yank, "status": "blocked"})

    rest = (await registry.ask("GET", f"{VERSIONS}&cursor={first['next_cursor']}")).body
    (now,) = await pages(registry, VERSIONS)

    assert first["as_of"] == rest["as_of"] == 4
    assert [item["status"] for item in first["items"] + rest["items"]] == ["yanked", "published", "published"]
    assert [item["status"] for item in now["items"]] == ["yanked", "blocked", "published"]


async def test_a_state_that_is_known_costs_no_reading(registry: World) -> None:
    await registry.published()
    first = await registry.ask("GET", VERSIONS)
    known = {"If-None-Match": first.headers["etag"]}

    same = await registry.ask("GET", VERSIONS, headers=known)
    other_page = await registry.ask("GET", VERSIONS + "&limit=1", headers=known)
    await registry.ask("POST", STATUS.format("1.4.0"), {"status": "yanked", "reason": "It loses notes."})
    changed = await registry.ask("GET", VERSIONS, headers=known)

    assert (same.status, same.body, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other_page.status, changed.status) == (200, 200)
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_known_state_of_installs_is_one_tenants_own(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    first = await registry.ask("GET", INSTALLS)
    known = {"If-None-Match": first.headers["etag"]}

    same = await registry.ask("GET", INSTALLS, headers=known)
    elsewhere = await registry.ask("GET", INSTALLS, headers=known, caller=ELSEWHERE)
    await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", {"is_enabled": False})
    changed = await registry.ask("GET", INSTALLS, headers=known)

    assert (same.status, same.body) == (304, b"")
    assert (elsewhere.status, elsewhere.body["items"]) == (200, [])
    assert changed.status == 200
