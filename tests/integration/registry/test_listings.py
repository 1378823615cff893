"""Extensions and versions as callers list them: order, pages, conditions, and the installed marker."""

import pytest

from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from integration.registry.world import ADMIN, OTHER_TENANT, World, somebody

VERSIONS = "/api/v1/extensions/acme.invoice-notes/versions"


async def test_versions_are_listed_newest_first_with_their_facts(registry: World) -> None:
    first = await registry.published(version="1.4.0")
    second = await registry.published(version="1.3.9")

    answer = await registry.ask("GET", VERSIONS)

    assert answer.body["extension"] == "acme/invoice-notes"
    assert answer.body["extension_id"] == first["extension"]["id"]
    assert answer.body["next_cursor"] is None
    assert [row["version"] for row in answer.body["items"]] == ["1.3.9", "1.4.0"]
    row = answer.body["items"][0]
    assert row == {
        "version_id": second["version"]["id"],
        "version": "1.3.9",
        "published_at": row["published_at"],
        "content_hash": second["contentHash"],
        "size_bytes": second["sizeBytes"],
        "status": "published",
        "signer": None,
        "log_index": second["logIndex"],
        "bundle_count": 1,
        "installed": False,
        "imported": False,
        "status_reason": None,
        "status_log_index": None,
    }


async def test_an_extension_is_found_by_each_of_its_names(registry: World) -> None:
    receipt = await registry.published(name="com.acme.notes")
    install = await registry.installed(extension="acme/com.acme.notes")
    names = (
        f"{receipt['extension']['id']}/versions",
        f"{install['install_id']}/versions",
        "acme.com.acme.notes/versions",
        "acme/com.acme.notes/versions",
        "com.acme.notes/versions",
        "ACME.com_acme_notes/versions",
    )

    answers = [await registry.ask("GET", f"/api/v1/extensions/{name}") for name in names]

    assert [answer.status for answer in answers] == [200] * len(names)
    assert {answer.body["extension_id"] for answer in answers} == {receipt["extension"]["id"]}


async def test_a_bare_name_counts_among_the_callers_installs_only(registry: World) -> None:
    await registry.published(name="notes")
    elsewhere = somebody(*ADMIN.permissions, tenant=OTHER_TENANT)
    await registry.installed(extension="acme/notes", caller=elsewhere)

    here = await registry.ask("GET", "/api/v1/extensions/notes/versions")
    there = await registry.ask("GET", "/api/v1/extensions/notes/versions", caller=elsewhere)

    assert (here.status, here.code) == (404, "EXTENSION_NOT_FOUND")
    assert there.status == 200


async def test_a_bare_name_of_two_installs_is_ambiguous(registry: World) -> None:
    for publisher in ("acme", "globex"):
        await registry.published(publisher=publisher, name="notes")
        await registry.installed(extension=f"{publisher}/notes")

    answer = await registry.ask("GET", "/api/v1/extensions/notes/versions")

    assert (answer.status, answer.code) == (409, "EXTENSION_AMBIGUOUS")
    assert answer.body["details"] == {"extensions": ["acme/notes", "globex/notes"]}


async def test_pages_follow_each_other_without_repeats(registry: World) -> None:
    for minor in range(7):
        await registry.published(version=f"1.{minor}.0")
    listed, path = [], VERSIONS + "?limit=3"

    while path:
        answer = await registry.ask("GET", path)
        listed.append([row["version"] for row in answer.body["items"]])
        cursor = answer.body["next_cursor"]
        path = f"{VERSIONS}?limit=3&cursor={cursor}" if cursor else ""

    assert listed == [["1.6.0", "1.5.0", "1.4.0"], ["1.3.0", "1.2.0", "1.1.0"], ["1.0.0"]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "INVALID_REQUEST"),
        ("limit=1001", "INVALID_REQUEST"),
        ("limit=ten", "INVALID_REQUEST"),
        ("cursor=nonsense", "INVALID_CURSOR"),
        ("cursor=Ii4uIg", "INVALID_CURSOR"),
        ("cursor=LTE", "INVALID_CURSOR"),
        ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk", "INVALID_CURSOR"),
    ],
)
async def test_a_senseless_page_is_refused(registry: World, query: str, code: str) -> None:
    await registry.published()

    answer = await registry.ask("GET", f"{VERSIONS}?{query}")

    assert (answer.status, answer.code) == (400, code)


async def test_exactly_the_installed_row_is_marked_also_when_disabled(registry: World) -> None:
    await registry.published(version="1.4.0")
    await registry.published(version="1.5.0")
    before = await marked(registry)
    install = await registry.installed(version="1.4.0")
    installed = await marked(registry)
    path = f"/api/v1/installs/{install['install_id']}"
    await registry.ask("PATCH", path, {"is_enabled": False})
    disabled = await marked(registry)
    await registry.ask("PATCH", path, {"version": "1.5.0"})
    updated = await marked(registry)
    await registry.ask("DELETE", path)

    assert (before, installed, disabled, updated) == ([], ["1.4.0"], ["1.4.0"], ["1.5.0"])
    assert await marked(registry) == []


async def test_another_tenants_install_never_shows(registry: World) -> None:
    await registry.published()
    elsewhere = somebody(*ADMIN.permissions, tenant=OTHER_TENANT)
    install = await registry.installed(caller=elsewhere)

    here = await registry.ask("GET", VERSIONS)
    by_foreign_install = await registry.ask("GET", f"/api/v1/extensions/{install['install_id']}/versions")

    assert [row["installed"] for row in here.body["items"]] == [False]
    assert by_foreign_install.code == "EXTENSION_NOT_FOUND"


async def test_an_unchanged_list_is_not_sent_again_and_a_changed_one_is(registry: World) -> None:
    await registry.published()
    first = await registry.ask("GET", VERSIONS)
    known = {"if-none-match": first.headers["etag"]}

    unchanged = await registry.ask("GET", VERSIONS, headers=known)
    elsewhere = await registry.ask(
        "GET", VERSIONS, headers=known, caller=somebody(*ADMIN.permissions, tenant=OTHER_TENANT)
    )
    other_page = await registry.ask("GET", VERSIONS + "?limit=7", headers=known)
    await registry.installed()
    after_install = await registry.ask("GET", VERSIONS, headers=known)
    await registry.published(version="2.0.0")
    after_publish = await registry.ask(
        "GET", VERSIONS, headers={"if-none-match": after_install.headers["etag"]}
    )

    assert (unchanged.status, unchanged.body) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]
    assert unchanged.headers["cache-control"] == "private, no-cache"
    statuses = [answer.status for answer in (elsewhere, other_page, after_install, after_publish)]
    assert statuses == [200] * 4


async def test_one_version_is_read_by_its_number(registry: World) -> None:
    receipt = await registry.published(version="1.4.0+build.1")

    found = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0")
    missing = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/9.9.9")

    assert found.body["version_id"] == receipt["version"]["id"]
    assert (missing.status, missing.code) == (404, "VERSION_NOT_FOUND")


async def test_extensions_are_listed_by_name_with_their_newest_version(registry: World) -> None:
    for publisher, name, version in (
        ("globex", "alpha", "1.0.0"),
        ("acme", "beta_two", "1.0.0"),
        ("acme", "alpha", "1.0.0"),
        ("acme", "alpha", "2.0.0"),
    ):
        await registry.published(publisher=publisher, name=name, version=version)

    first = await registry.ask("GET", "/api/v1/extensions?limit=2")
    rest = await registry.ask("GET", f"/api/v1/extensions?limit=2&cursor={first.body['next_cursor']}")

    assert [row["extension"] for row in first.body["items"]] == ["acme/alpha", "acme/beta_two"]
    assert first.body["items"][0]["latest_version"] == "2.0.0"
    assert first.body["items"][0]["version_count"] == 2
    assert [row["extension"] for row in rest.body["items"]] == ["globex/alpha"]
    assert rest.body["next_cursor"] is None


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("al", ["acme/alpha", "globex/alpha"]),
        ("acme/", ["acme/alpha", "acme/beta_two"]),
        ("beta_", ["acme/beta_two"]),
        ("beta%25", []),
        ("_lpha", []),
    ],
)
async def test_extensions_are_searched_by_prefix(registry: World, prefix: str, found: list[str]) -> None:
    for publisher, name in (("globex", "alpha"), ("acme", "beta_two"), ("acme", "alpha")):
        await registry.published(publisher=publisher, name=name)

    answer = await registry.ask("GET", f"/api/v1/extensions?q={prefix}")

    assert [row["extension"] for row in answer.body["items"]] == found


async def test_an_extension_is_shown_on_its_own(registry: World) -> None:
    await registry.published()

    found = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes")
    missing = await registry.ask("GET", "/api/v1/extensions/acme/unknown")

    assert (found.body["extension"], found.body["latest_version"]) == ("acme/invoice-notes", "1.4.0")
    assert (missing.status, missing.code) == (404, "EXTENSION_NOT_FOUND")


@pytest.mark.parametrize(
    "path",
    [
        VERSIONS,
        "/api/v1/extensions",
        "/api/v1/extensions/acme/invoice-notes",
        "/api/v1/extensions/acme/unknown/versions",
        "/api/v1/publishers",
        "/api/v1/publishers/acme",
        "/api/v1/installs",
    ],
)
async def test_without_the_right_to_read_there_is_no_list(registry: World, path: str) -> None:
    await registry.published()

    answer = await registry.ask("GET", path, caller=somebody(Permission.EXTENSION_WRITE))

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


async def test_everything_is_refused_where_extensions_are_switched_off(world: World, bus: Bus) -> None:
    async with world.running(bus, extensions_enabled=False) as registry:
        listed = await registry.ask("GET", VERSIONS)
        internal = await registry.ask("GET", "/internal/v1/versions")
        uploaded = await registry.upload(b"x")

    assert (listed.status, listed.code) == (403, "EXTENSIONS_DISABLED")
    assert uploaded.code == "EXTENSIONS_DISABLED"
    assert internal.status == 200


async def marked(registry: World) -> list[str]:
    answer = await registry.ask("GET", VERSIONS)
    return [row["version"] for row in answer.body["items"] if row["installed"]]
