"""The marker `installed` of the version list, and who sees the list at all: each rule is a test."""

import pytest

from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import EVERYTHING, OTHER_TENANT, World, bundle, somebody

VERSIONS = "/api/v1/extensions/acme/invoice-notes/versions"
ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)
PUBLISHED = ["1.4.0", "1.5.0", "2.0.0"]


@pytest.fixture
async def shop(registry: World) -> World:
    for version in PUBLISHED:
        await registry.published(version=version)
    return registry


async def marked(shop: World, *, caller: Caller | None = None, path: str = VERSIONS) -> list[str]:
    """Return the marked versions; every row has to say whether it is one."""
    answer = await shop.ask("GET", path, caller=caller)
    rows = answer.body["items"]
    assert [row["version"] for row in rows] == PUBLISHED[::-1]
    assert {type(row["installed"]) for row in rows} == {bool}
    return [row["version"] for row in rows if row["installed"]]


async def test_without_an_install_no_row_is_marked(shop: World) -> None:
    assert await marked(shop) == []


@pytest.mark.parametrize("version", PUBLISHED)
async def test_with_an_install_exactly_its_row_is_marked(shop: World, version: str) -> None:
    await shop.installed(version=version)

    assert await marked(shop) == [version]


async def test_a_disabled_install_is_marked_too(shop: World) -> None:
    install = await shop.installed(version="1.4.0")
    await shop.ask("PATCH", f"/api/v1/installs/{install['install_id']}", {"is_enabled": False})

    assert await marked(shop) == ["1.4.0"]


async def test_the_mark_follows_an_update_and_a_roll_back_and_goes_with_the_install(shop: World) -> None:
    install = await shop.installed(version="1.4.0")
    path = f"/api/v1/installs/{install['install_id']}"
    seen = []
    for version in ("2.0.0", "1.5.0"):
        await shop.ask("PATCH", path, {"version": version})
        seen.append(await marked(shop))
    await shop.ask("DELETE", path)

    assert [*seen, await marked(shop)] == [["2.0.0"], ["1.5.0"], []]


async def test_the_install_of_another_tenant_never_shows(shop: World) -> None:
    await shop.installed(version="1.5.0", caller=ELSEWHERE)
    before = await marked(shop)
    mine = await shop.installed(version="1.4.0")

    assert (before, await marked(shop), await marked(shop, caller=ELSEWHERE)) == ([], ["1.4.0"], ["1.5.0"])
    by_install = f"/api/v1/extensions/{mine['install_id']}/versions"
    assert await marked(shop, path=by_install) == ["1.4.0"]
    hidden = await shop.ask("GET", by_install, caller=ELSEWHERE)
    assert (hidden.status, hidden.code) == (404, "EXTENSION_NOT_FOUND")


async def test_a_caller_of_no_tenant_sees_no_mark(shop: World) -> None:
    await shop.installed(version="1.4.0")

    assert await marked(shop, caller=somebody(Permission.EXTENSION_READ, tenant=None)) == []


async def test_a_page_without_the_installed_row_marks_nothing(shop: World) -> None:
    await shop.installed(version="1.4.0")
    first = await shop.ask("GET", VERSIONS + "?limit=2")
    rest = await shop.ask("GET", f"{VERSIONS}?limit=2&cursor={first.body['next_cursor']}")

    assert [row["installed"] for row in first.body["items"]] == [False, False]
    assert [(row["version"], row["installed"]) for row in rest.body["items"]] == [("1.4.0", True)]


async def test_one_version_alone_is_marked_like_its_row(shop: World) -> None:
    await shop.installed(version="1.5.0")

    seen = {version: await shop.ask("GET", f"{VERSIONS}/{version}") for version in PUBLISHED}

    assert [version for version, answer in seen.items() if answer.body["installed"]] == ["1.5.0"]


@pytest.mark.parametrize("extension", ["acme/invoice-notes", "acme/unknown"])
async def test_without_the_right_to_read_it_is_403_before_anything_is_read(
    shop: World, extension: str
) -> None:
    """Who may not read cannot learn from the answer whether there is such an extension."""
    # Somebody who may do everything else; a user of a client portal holds no permission at all.
    others = somebody(*(EVERYTHING - {Permission.EXTENSION_READ}))
    answers = [
        await shop.ask("GET", f"/api/v1/extensions/{extension}/versions", caller=caller)
        for caller in (others, somebody())
    ]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "PERMISSION_DENIED")] * 2


async def test_without_the_right_to_publish_it_is_403_before_anything_is_staged(shop: World) -> None:
    facts = await shop.facts()
    reader = somebody(Permission.EXTENSION_READ, Permission.EXTENSION_WRITE)

    answer = await shop.upload(bundle(version="3.0.0"), caller=reader)

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
    assert await shop.facts() == facts
