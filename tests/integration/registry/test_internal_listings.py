"""What other services project: versions by serial, installs of every tenant, and when they are unchanged."""

from annex_shared.blocked_versions import BlockedVersions
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import VersionRecords, VersionStatusRecord, VersionStatusRecords
from annex_shared.service_tokens import Caller
from integration.registry.world import ADMIN, OTHER_TENANT, TENANT, World, bundle, somebody

SERVICE = Caller("service:gateway")
ENDPOINTS = [
    {"method": "GET", "path": "/notes/:id", "handler": "dist/main"},
    {"method": "POST", "path": "/notes", "handler": "dist/main"},
]


async def test_versions_follow_a_serial_in_order(registry: World) -> None:
    for minor in range(4):
        await registry.published(version=f"1.{minor}.0")

    first = await registry.ask("GET", "/internal/v1/versions?after=0&limit=3", caller=SERVICE)
    rest = await registry.ask("GET", "/internal/v1/versions?after=3&limit=3", caller=SERVICE)
    none = await registry.ask("GET", "/internal/v1/versions?after=4", caller=SERVICE)

    assert [item["serial"] for item in first.body["items"]] == [1, 2, 3]
    assert [item["version"] for item in rest.body["items"]] == ["1.3.0"]
    assert none.body == {"items": [], "as_of": 4}
    assert first.body["as_of"] == rest.body["as_of"] == 4


async def test_a_version_record_tells_what_peers_need(registry: World) -> None:
    hooks = {"clientPortalMenu": {"label": "Your notes"}}
    page = {"type": "iframe", "entry": "marker.txt", "hooks": hooks}
    content = bundle(api={"endpoints": ENDPOINTS}, ui=page)
    receipt = await registry.published(content)

    answer = await registry.ask(
        "GET", f"/internal/v1/versions?content_hash={ContentHash.of(content)}", caller=SERVICE
    )

    record = VersionRecords.model_validate(answer.body).items[0]
    assert (record.version_id, record.extension_id) == (receipt["version"]["id"], receipt["extension"]["id"])
    assert (record.publisher, record.name, record.version) == ("acme", "invoice-notes", "1.4.0")
    assert (record.content_hash, record.size_bytes) == (ContentHash.of(content), len(content))
    assert [endpoint.model_dump() for endpoint in record.endpoints] == ENDPOINTS
    assert record.capabilities == ["cap:http.fetch", "cap:storage.kv"]
    assert (record.ui_entry, record.has_handler) == ("ui/marker.txt", True)
    assert record.client_portal_label == "Your notes"
    assert (record.status, record.signer, record.serial) == ("published", None, 1)


async def test_an_unknown_hash_has_no_version(registry: World) -> None:
    answer = await registry.ask(
        "GET", f"/internal/v1/versions?content_hash={ContentHash.of(b'x')}", caller=SERVICE
    )

    assert answer.body == {"items": [], "as_of": 0}


async def test_installs_of_every_tenant_are_paged_as_peers_read_them(registry: World) -> None:
    await registry.published()
    mine = await registry.installed(config={"a": "b"}, grants=["http.fetch"])
    theirs = await registry.installed(caller=somebody(*ADMIN.permissions, tenant=OTHER_TENANT))

    first = await registry.ask("GET", "/internal/v1/installs?limit=1", caller=SERVICE)
    cursor = first.body["next_cursor"]
    second = await registry.ask("GET", f"/internal/v1/installs?limit=1&cursor={cursor}", caller=SERVICE)
    last = await registry.ask(
        "GET", f"/internal/v1/installs?limit=1&cursor={second.body['next_cursor']}", caller=SERVICE
    )

    pages = [InstallRecords.model_validate(answer.body) for answer in (first, second, last)]
    records = [item for page in pages for item in page.items]
    assert sorted(record.install_id for record in records) == sorted(
        [mine["install_id"], theirs["install_id"]]
    )
    assert {record.tenant_id for record in records} == {str(TENANT), str(OTHER_TENANT)}
    assert pages[-1].next_cursor is None
    assert [page.as_of for page in pages] == [2, 2, 2]
    of_mine = next(record for record in records if record.install_id == mine["install_id"])
    assert (of_mine.config, of_mine.grants, of_mine.is_enabled) == ({"a": "b"}, ["cap:http.fetch"], True)
    assert (of_mine.revision, of_mine.config_version, of_mine.secrets_version) == (1, 1, 0)


async def test_unchanged_installs_are_not_sent_again(registry: World) -> None:
    await registry.published()
    await registry.installed()
    first = await registry.ask("GET", "/internal/v1/installs", caller=SERVICE)
    known = {"if-none-match": first.headers["etag"]}

    unchanged = await registry.ask("GET", "/internal/v1/installs", caller=SERVICE, headers=known)
    await registry.installed(caller=somebody(*ADMIN.permissions, tenant=OTHER_TENANT))
    after_change = await registry.ask("GET", "/internal/v1/installs", caller=SERVICE, headers=known)

    assert first.headers["etag"] == '"installs-1"'
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert (after_change.status, after_change.headers["etag"]) == (200, '"installs-2"')


async def test_a_single_install_is_read_whatever_its_tenant(registry: World) -> None:
    await registry.published()
    install = await registry.installed(caller=somebody(*ADMIN.permissions, tenant=OTHER_TENANT))

    answer = await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}", caller=SERVICE)

    assert InstallRecord.model_validate(answer.body).tenant_id == str(OTHER_TENANT)


async def test_a_senseless_cursor_is_refused(registry: World) -> None:
    answer = await registry.ask("GET", "/internal/v1/installs?cursor=x", caller=SERVICE)

    assert (answer.status, answer.code) == (400, "INVALID_CURSOR")


async def test_what_a_restarted_peer_lists_tells_every_status(registry: World) -> None:
    content = bundle()
    receipt = await registry.published(content)
    other = await registry.published(version="1.5.0")
    for status in ("yanked", "blocked"):
        answer = await registry.ask(
            "POST",
            "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/status",
            {"status": status, "reason": "It leaks."},
        )
        assert answer.status == 200, answer.body
    by_hash = f"/internal/v1/versions?content_hash={ContentHash.of(content)}"

    listed = VersionRecords.model_validate(
        (await registry.ask("GET", "/internal/v1/versions", caller=SERVICE)).body
    )
    found = VersionRecords.model_validate((await registry.ask("GET", by_hash, caller=SERVICE)).body)
    blocked = BlockedVersions()
    await blocked.catch_up(lambda after, limit: statuses(registry, after, limit))

    assert [record.status for record in listed.items] == ["blocked", "published"]
    assert [record.status for record in found.items] == ["blocked"]
    assert blocked.reason(receipt["version"]["id"]) == "It leaks."
    assert blocked.reason(other["version"]["id"]) is None


async def statuses(registry: World, after: int, limit: int) -> list[VersionStatusRecord]:
    path = f"/internal/v1/version-statuses?after={after}&limit={limit}"
    answer = await registry.ask("GET", path, caller=SERVICE)
    return VersionStatusRecords.model_validate(answer.body).items
