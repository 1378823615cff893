"""A refused duplicate changes nothing about installing, updating, switching and removing, at any moment."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.ids import TenantId
from annex_shared.service_tokens import Caller
from integration.registry.world import EVERYTHING, Answer, World, bundle, manifest

OLD, NEW, UNUSED = "1.4.0", "1.5.0", "2.0.0"
EXTENSION = "acme/invoice-notes"
VERSIONS = "/api/v1/extensions/acme/invoice-notes/versions"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)")
# What a tenant does, step by step, in our words and in the predecessor's.
_Steps = list[tuple[str, str, dict[str, Any] | None]]


@pytest.fixture
async def shop(registry: World) -> World:
    for version in (OLD, NEW, UNUSED):
        await registry.published(bundle(version=version, marker=b"first"))
    return registry


def own_steps(install_id: str) -> _Steps:
    path = f"/api/v1/installs/{install_id}"
    return [
        ("PATCH", path, {"version": NEW}),
        ("PATCH", path, {"is_enabled": False}),
        ("PATCH", path, {"is_enabled": True}),
        ("PATCH", path, {"version": OLD}),
        ("PATCH", path, {"config": {"greeting": "Ahoy"}}),
        ("DELETE", path, None),
    ]


def predecessor_steps(_install_id: str) -> _Steps:
    return [
        ("POST", "/api/v1/extensions/update", {"registryId": EXTENSION, "version": NEW}),
        ("POST", "/api/v1/extensions/uninstall", {"registryId": EXTENSION}),
    ]


async def flow(shop: World, steps_of: Any) -> list[Any]:
    """Let a new tenant install, change and remove; return all it was answered, and all that was announced."""
    caller = Caller("somebody", TenantId(uuid4()), EVERYTHING)
    install = await shop.installed(caller=caller, version=OLD, grants=["http.fetch"], config={"a": "b"})
    seen: list[Any] = [install, await marked(shop, caller)]
    for method, path, body in steps_of(install["install_id"]):
        answer = await shop.ask(method, path, body, caller=caller)
        seen += [(answer.status, answer.body), await marked(shop, caller)]
    feed = await shop.ask("GET", "/api/v1/feed?feed=installs", caller=caller)
    changes = [{**event["data"], "type": event["type"]} for event in feed.body["items"]]
    return [without_names(each) for each in (*seen, changes)]


async def marked(shop: World, caller: Caller) -> list[tuple[str, bool]]:
    answer = await shop.ask("GET", VERSIONS, caller=caller)
    return [(row["version"], row["installed"]) for row in answer.body["items"]]


def without_names(seen: Any) -> str:
    """Blot out ids and times, which differ from one tenant to the next."""
    return _TIME.sub("<time>", _UUID.sub("<id>", repr(seen)))


async def refuse(shop: World, version: str, *, is_same: bool) -> Answer:
    content = bundle(manifest(version=version), marker=b"first" if is_same else b"second")
    answer = await shop.publish(content)
    assert (answer.status, answer.code) == (409, "VERSION_ALREADY_EXISTS")
    return answer


@pytest.mark.parametrize("is_same", [True, False], ids=["same bytes", "other bytes"])
@pytest.mark.parametrize("version", [OLD, NEW, UNUSED], ids=["installed", "updated to", "not installed"])
@pytest.mark.parametrize("steps_of", [own_steps, predecessor_steps], ids=["own", "predecessor's"])
async def test_flows_give_the_same_results_before_during_and_after_a_refused_duplicate(
    shop: World, steps_of: Any, version: str, *, is_same: bool
) -> None:
    before = await flow(shop, steps_of)
    is_over = asyncio.Event()

    async def keep_being_refused() -> int:
        count = 0
        while not is_over.is_set() or not count:
            await refuse(shop, version, is_same=is_same)
            count += 1
        return count

    refusing = asyncio.create_task(keep_being_refused())
    during = await flow(shop, steps_of)
    is_over.set()
    refusals = await refusing
    after = await flow(shop, steps_of)

    assert refusals > 0
    assert during == before
    assert after == before


async def test_an_install_of_the_refused_version_stays_as_it_was(shop: World) -> None:
    install = await shop.installed(version=OLD, config={"a": "b"}, grants=["http.fetch"])
    facts, heard = await shop.facts(), await shop.events("installs")

    for is_same in (True, False):
        await refuse(shop, OLD, is_same=is_same)

    kept = await shop.ask("GET", f"/api/v1/installs/{install['install_id']}")
    assert kept.body == install
    assert await shop.facts() == facts
    assert await shop.events("installs") == heard
