"""A reader that holds the answer already is told so, for fewer statements than the answer costs."""

import pytest

from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import Caller
from annex_shared.signing import SigningKey
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
    f"{VERSIONS}/1.5.0/diff?from=1.4.0",
    "/api/v1/publishers",
    "/api/v1/publishers?limit=1",
    "/api/v1/installs",
    "/internal/v1/versions",
    "/internal/v1/version-statuses",
    "/internal/v1/installs",
]
# What is published or said of a version shows in these.
OF_THE_REGISTRY = [
    path for path in LISTS if not path.partition("?")[0].endswith(("installs", "publishers", "diff"))
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


@pytest.mark.parametrize("path", OF_THE_REGISTRY)
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


async def test_every_change_of_an_install_changes_the_tag_of_the_tenants_list(registry: World) -> None:
    await registry.published()
    elsewhere = somebody(*ADMIN.permissions, tenant=OTHER_TENANT)
    tags = [(await registry.ask("GET", "/api/v1/installs")).headers["etag"]]

    async def note() -> None:
        tags.append((await registry.ask("GET", "/api/v1/installs")).headers["etag"])

    path = f"/api/v1/installs/{(await registry.installed())['install_id']}"
    await note()
    await registry.ask("PATCH", path, {"is_enabled": False})
    await note()
    await registry.ask("PUT", f"{path}/secrets/token", {"value": "hunter2"})
    await note()
    await registry.ask("PUT", f"{path}/domain", {"host": "notes.example.com"})
    await note()
    await registry.ask("DELETE", path)
    await note()
    await registry.installed(caller=elsewhere)
    unchanged = await registry.ask("GET", "/api/v1/installs", headers={"if-none-match": tags[-1]})
    theirs = await registry.ask(
        "GET", "/api/v1/installs", caller=elsewhere, headers={"if-none-match": tags[-1]}
    )

    assert len(set(tags)) == 6
    assert (unchanged.status, theirs.status) == (304, 200)


async def test_publishers_and_their_keys_change_the_tag_of_the_list(registry: World) -> None:
    await registry.published()
    tags = [(await registry.ask("GET", "/api/v1/publishers")).headers["etag"]]

    async def note() -> None:
        tags.append((await registry.ask("GET", "/api/v1/publishers")).headers["etag"])

    await registry.ask("POST", "/api/v1/publishers", {"name": "zeta"})
    await note()
    key = SigningKey.generate().public
    await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": key.to_pem().decode()})
    await note()
    await registry.ask("DELETE", f"/api/v1/publishers/acme/keys/{key.key_id}")
    await note()

    assert len(set(tags)) == 4


async def test_a_comparison_is_known_by_its_two_versions(registry: World) -> None:
    for version in ("1.4.0", "1.5.0", "1.6.0"):
        await registry.published(version=version)

    ways = [("1.4.0", "1.5.0"), ("1.5.0", "1.4.0"), ("1.4.0", "1.6.0")]
    tags = [
        (await registry.ask("GET", f"{VERSIONS}/{after}/diff?from={before}")).headers["etag"]
        for before, after in ways
    ]

    assert len(set(tags)) == len(ways)
