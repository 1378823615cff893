"""A reader that holds the answer already is told so, for fewer statements than the answer costs."""

import pytest

from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from integration.registry.statement_counter import counting
from integration.registry.world import ADMIN, OTHER_TENANT, World, bundle, somebody

VERSIONS = "/api/v1/extensions/acme/invoice-notes/versions"
LISTS = [
    "/api/v1/extensions",
    "/api/v1/extensions?q=acme&limit=1",
    "/api/v1/extensions/acme/invoice-notes",
    VERSIONS,
    f"{VERSIONS}?limit=1",
    "/api/v1/extensions/acme.invoice-notes/versions",
    f"{VERSIONS}/1.4.0",
    "/internal/v1/versions",
    "/internal/v1/version-statuses",
    "/internal/v1/installs",
]
NEVER = 3600.0


def reader_of(path: str) -> Caller:
    return Caller("service:gateway") if path.startswith("/internal") else ADMIN


@pytest.mark.parametrize("path", LISTS)
async def test_an_unchanged_answer_costs_fewer_statements(world: World, bus: Bus, path: str) -> None:
    async with (
        counting(world.app_url) as counter,
        world.running(bus, database_url=counter.url, relay_poll_seconds=NEVER, sweep_interval_seconds=NEVER),
    ):
        await world.published()
        await world.published(bundle(version="1.5.0"))
        await world.installed(version="1.4.0")
        caller = reader_of(path)
        whole = await world.ask("GET", path, caller=caller)
        known = {"if-none-match": whole.headers["etag"]}
        unchanged = await world.ask("GET", path, caller=caller, headers=known)

        of_whole = await counter.least(lambda: world.ask("GET", path, caller=caller))
        of_unchanged = await counter.least(lambda: world.ask("GET", path, caller=caller, headers=known))

    assert (whole.status, unchanged.status, unchanged.body) == (200, 304, b"")
    assert unchanged.headers["etag"] == whole.headers["etag"]
    assert 0 < of_unchanged < of_whole


@pytest.mark.parametrize("path", [path for path in LISTS if path != "/internal/v1/installs"])
async def test_what_is_published_or_said_changes_the_tag(registry: World, path: str) -> None:
    await registry.published()
    caller = reader_of(path)
    tags = [(await registry.ask("GET", path, caller=caller)).headers["etag"]]
    await registry.published(version="1.5.0")
    tags.append((await registry.ask("GET", path, caller=caller)).headers["etag"])
    await registry.ask(
        "POST", f"{VERSIONS}/1.4.0/status", {"status": "deprecated", "reason": "There is a better one."}
    )
    tags.append((await registry.ask("GET", path, caller=caller)).headers["etag"])

    stale = await registry.ask("GET", path, caller=caller, headers={"if-none-match": tags[1]})

    assert len(set(tags)) == 3
    assert (stale.status, stale.headers["etag"]) == (200, tags[2])


async def test_the_tag_of_a_version_is_the_tenants_own(registry: World) -> None:
    await registry.published()
    path = f"{VERSIONS}/1.4.0"
    before = (await registry.ask("GET", path)).headers["etag"]
    await registry.installed()
    mine = await registry.ask("GET", path, headers={"if-none-match": before})
    elsewhere = somebody(*ADMIN.permissions, tenant=OTHER_TENANT)

    theirs = await registry.ask(
        "GET", path, caller=elsewhere, headers={"if-none-match": mine.headers["etag"]}
    )

    assert (mine.status, mine.body["installed"]) == (200, True)
    assert (theirs.status, theirs.body["installed"]) == (200, False)


async def test_two_pages_of_extensions_never_share_a_tag(registry: World) -> None:
    await registry.published()
    paths = ["", "?limit=1", "?q=acme", "?q=acme&limit=1", "?q=b"]

    tags = [(await registry.ask("GET", f"/api/v1/extensions{path}")).headers["etag"] for path in paths]

    assert len(set(tags)) == len(paths)
