"""Deprecate, yank and block: who may, what follows, and that nothing of it frees a number."""

from typing import Any

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, VersionStatusChanged, routing_key
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import (
    ADMIN,
    OTHER_TENANT,
    READ_PUBLISH,
    TENANT,
    Answer,
    World,
    bundle,
    somebody,
)

PATH = "/api/v1/extensions/acme/invoice-notes/versions"
SERVICE = Caller("service:gateway")


async def said(world: World, status: str, version: str = "1.4.0", **options: Any) -> Answer:
    caller = options.pop("caller", None)
    body = {"status": status, "reason": "It loses notes.", **options}
    return await world.ask("POST", f"{PATH}/{version}/status", body, caller=caller)


async def member(world: World, role: str) -> Caller:
    caller = somebody(*READ_PUBLISH)
    body = {"principal_id": caller.principal, "role": role}
    answer = await world.ask("POST", "/api/v1/publishers/acme/members", body)
    assert answer.status == 204
    return caller


@pytest.mark.parametrize("status", ["deprecated", "yanked", "blocked"])
async def test_a_status_shows_in_rows_with_its_reason_and_can_be_taken_back(
    registry: World, status: str
) -> None:
    await registry.published()
    before = await registry.ask("GET", PATH)

    answer = await said(registry, status)
    listed = await registry.ask("GET", PATH, headers={"if-none-match": before.headers["etag"]})
    detail = await registry.ask("GET", f"{PATH}/1.4.0")
    undone = await said(registry, "active", reason="It was a mistake.")
    after = await registry.ask("GET", f"{PATH}/1.4.0")

    assert (answer.status, answer.body["status_before"], answer.body["status"]) == (200, "published", status)
    assert answer.body["changed"] is True
    assert (listed.body["items"][0]["status"], listed.body["items"][0]["status_reason"]) == (
        status,
        "It loses notes.",
    )
    assert detail.body["status"] == status
    assert (undone.body["status_before"], undone.body["status"]) == (status, "published")
    assert after.body["status"] == "published"


async def test_the_number_of_tenants_is_told_before_anything_changes(registry: World) -> None:
    await registry.published()
    await registry.published(version="1.5.0")
    await registry.installed(version="1.4.0")
    await registry.installed(version="1.4.0", caller=somebody(*ADMIN.permissions, tenant=OTHER_TENANT))
    before = await registry.facts()

    rehearsal = await said(registry, "yanked", dry_run=True)
    other = await said(registry, "yanked", "1.5.0", dry_run=True)

    assert (rehearsal.body["tenants_running"], other.body["tenants_running"]) == (2, 0)
    assert (rehearsal.body["changed"], rehearsal.body["status"]) == (False, "published")
    assert await registry.facts() == before


async def test_each_fact_is_an_event_and_a_row_with_reason_and_actor(registry: World) -> None:
    await registry.published()
    maintainer = await member(registry, "maintainer")

    await said(registry, "deprecated", caller=maintainer)
    await said(registry, "yanked", caller=maintainer, reason="Use\n1.5.0 \u202einstead.")

    _, deprecated, yanked = [CloudEvent.model_validate(event) for event in await registry.events("registry")]
    payload = yanked.to_payload(VersionStatusChanged)
    assert (deprecated.type, deprecated.serial, yanked.serial) == ("version.status", 2, 3)
    assert routing_key(yanked) == "version.status.acme.invoice-notes"
    assert (payload.status, payload.reason, payload.actor) == (
        "yanked",
        "Use 1.5.0 instead.",
        maintainer.principal,
    )
    async with registry.database() as connection:
        rows = await connection.fetch("SELECT status, actor FROM version_status ORDER BY serial")
    assert [tuple(row) for row in rows] == [
        ("deprecated", maintainer.principal),
        ("yanked", maintainer.principal),
    ]


async def test_saying_the_same_again_adds_nothing(registry: World) -> None:
    await registry.published()
    await said(registry, "yanked")
    before = await registry.facts()

    answer = await said(registry, "yanked")

    assert (answer.status, answer.body["changed"], answer.body["status"]) == (200, False, "yanked")
    assert await registry.facts() == before


@pytest.mark.parametrize("role", ["owner", "maintainer"])
@pytest.mark.parametrize("status", ["deprecated", "yanked", "active"])
async def test_owners_and_maintainers_decide_about_versions(registry: World, role: str, status: str) -> None:
    await registry.published()
    caller = await member(registry, role)

    answer = await said(registry, status, caller=caller)

    assert answer.status == 200


@pytest.mark.parametrize("role", [None, "member"])
@pytest.mark.parametrize("status", ["deprecated", "yanked", "active", "blocked"])
async def test_others_do_not_decide_about_versions(registry: World, role: str | None, status: str) -> None:
    await registry.published()
    caller = somebody(*READ_PUBLISH) if role is None else await member(registry, role)
    before = await registry.facts()

    answers = [
        await said(registry, status, caller=caller),
        await said(registry, status, caller=caller, dry_run=True),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "PUBLISHER_MEMBERSHIP_REQUIRED")}
    assert await registry.facts() == before


async def test_only_an_administrator_blocks_and_unblocks(registry: World) -> None:
    await registry.published()
    owner = await member(registry, "owner")

    blocking = await said(registry, "blocked", caller=owner)
    by_administrator = await said(registry, "blocked")
    lifting = [await said(registry, status, caller=owner) for status in ("active", "deprecated", "yanked")]

    assert {(answer.status, answer.code) for answer in (blocking, *lifting)} == {(403, "PERMISSION_DENIED")}
    assert by_administrator.status == 200
    assert (await registry.ask("GET", f"{PATH}/1.4.0")).body["status"] == "blocked"


async def test_without_a_permission_nothing_is_read(registry: World) -> None:
    answer = await said(registry, "yanked", caller=somebody(Permission.EXTENSION_READ))

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 1001])
async def test_a_status_needs_a_reason(registry: World, reason: str) -> None:
    await registry.published()

    answer = await said(registry, "yanked", reason=reason)

    assert (answer.status, answer.code) == (400, "INVALID_STATUS_REASON")


async def test_what_does_not_exist_has_no_status(registry: World) -> None:
    await registry.published()

    unknown_version = await said(registry, "yanked", "9.9.9")
    unknown_status = await said(registry, "removed")

    assert (unknown_version.status, unknown_version.code) == (404, "VERSION_NOT_FOUND")
    assert (unknown_status.status, unknown_status.code) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("status", "refusal"), [("yanked", (409, "VERSION_YANKED")), ("blocked", (410, "VERSION_BLOCKED"))]
)
async def test_a_withdrawn_version_takes_no_new_installs(
    registry: World, status: str, refusal: tuple[int, str]
) -> None:
    await registry.published()
    await said(registry, status)

    answers = [
        await registry.ask("POST", "/api/v1/installs", {"extension": "acme/invoice-notes", **version})
        for version in ({"version": "1.4.0"}, {})
    ]

    assert {(answer.status, answer.code) for answer in answers} == {refusal}
    assert "It loses notes." in answers[0].body["message"]


async def test_an_install_without_a_number_takes_the_newest_that_is_not_withdrawn(registry: World) -> None:
    for minor in (4, 5, 6, 7):
        await registry.published(version=f"1.{minor}.0")
    await said(registry, "blocked", "1.7.0")
    await said(registry, "yanked", "1.6.0")
    await said(registry, "deprecated", "1.5.0")

    install = await registry.installed()

    assert install["version"] == "1.5.0"


async def test_an_install_of_a_yanked_version_keeps_running_and_changing(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    await said(registry, "yanked")
    path = f"/api/v1/installs/{install['install_id']}"

    configured = await registry.ask("PATCH", path, {"config": {"a": "b"}})
    same_version = await registry.ask("PATCH", path, {"version": "1.4.0", "is_enabled": False})
    bytes_of_it = await registry.ask("GET", f"/internal/v1/bundles/{install['content_hash']}", caller=SERVICE)

    assert [configured.status, same_version.status, bytes_of_it.status] == [200, 200, 200]


@pytest.mark.parametrize(
    ("status", "refusal"), [("yanked", (409, "VERSION_YANKED")), ("blocked", (410, "VERSION_BLOCKED"))]
)
@pytest.mark.parametrize("installed", ["1.3.0", "1.5.0"])
async def test_neither_an_upgrade_nor_a_rollback_leads_to_a_withdrawn_version(
    registry: World, status: str, refusal: tuple[int, str], installed: str
) -> None:
    for minor in (3, 4, 5):
        await registry.published(version=f"1.{minor}.0")
    install = await registry.installed(version=installed)
    await said(registry, status)

    changed = await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", {"version": "1.4.0"})

    assert (changed.status, changed.code) == refusal
    now = await registry.ask("GET", f"/api/v1/installs/{install['install_id']}")
    assert (now.body["version"], now.body["revision"]) == (installed, 1)


async def test_the_bytes_of_a_blocked_version_are_gone_until_it_is_unblocked(registry: World) -> None:
    receipt = await registry.published()
    extension_id, content_hash = receipt["extension"]["id"], ContentHash.of(bundle())
    paths = [
        (f"/internal/v1/bundles/{content_hash}", SERVICE),
        (
            f"/tenants/{TENANT}/extensions/{extension_id}/sha256/{content_hash.hex}/bundle.tar.zst",
            ADMIN,
        ),
    ]
    await said(registry, "blocked")

    blocked = [await registry.ask("GET", path, caller=caller) for path, caller in paths]
    await said(registry, "active", reason="Harmless after all.")
    after = [await registry.ask("GET", path, caller=caller) for path, caller in paths]

    assert [(answer.status, answer.code) for answer in blocked] == [(410, "VERSION_BLOCKED")] * 2
    assert [answer.status for answer in after] == [200, 200]


async def test_the_same_bytes_of_another_version_are_still_delivered(registry: World) -> None:
    content = bundle({"name": "invoice-notes", "version": "1.4.0", "runtime": "wasm-js@1"})
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    await registry.published(content)
    other = somebody(*ADMIN.permissions)
    await registry.ask("POST", "/api/v1/publishers", {"name": "umbrella"}, caller=other)
    twin = await registry.publish(content, caller=other)
    await said(registry, "blocked")
    content_hash = ContentHash.of(content)

    answer = await registry.ask("GET", f"/internal/v1/bundles/{content_hash}", caller=SERVICE)

    assert (twin.status, answer.status) == (200, 200)


@pytest.mark.parametrize("status", ["deprecated", "yanked", "blocked"])
async def test_nothing_that_is_said_of_a_version_frees_its_number(registry: World, status: str) -> None:
    await registry.published()
    await said(registry, status)
    before = await registry.facts()

    answers = [
        await registry.publish(),
        await registry.publish(bundle(marker=b"other")),
        await registry.publish(bundle(version="1.4.0+2")),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(409, "VERSION_ALREADY_EXISTS")}
    assert await registry.facts() == before


async def test_peers_read_what_was_said_last_of_each_version_by_serial(registry: World) -> None:
    await registry.published()
    await registry.published(version="1.5.0")
    await said(registry, "deprecated")
    await said(registry, "yanked", "1.5.0")
    await said(registry, "blocked")

    everything = await registry.ask("GET", "/internal/v1/version-statuses", caller=SERVICE)
    page = await registry.ask("GET", "/internal/v1/version-statuses?after=0&limit=1", caller=SERVICE)
    rest = await registry.ask("GET", "/internal/v1/version-statuses?after=4", caller=SERVICE)
    versions = await registry.ask("GET", "/internal/v1/versions", caller=SERVICE)

    told = [(item["serial"], item["version"], item["status"]) for item in everything.body["items"]]
    assert told == [(4, "1.5.0", "yanked"), (5, "1.4.0", "blocked")]
    assert everything.body["as_of"] == 5
    assert [item["serial"] for item in page.body["items"]] == [4]
    assert [item["serial"] for item in rest.body["items"]] == [5]
    assert [item["serial"] for item in versions.body["items"]] == [1, 2]


async def test_only_peers_read_the_listing_of_statuses(registry: World) -> None:
    answer = await registry.ask("GET", "/internal/v1/version-statuses", caller=ADMIN, issuer="stranger")

    assert (answer.status, answer.code) == (403, "PEER_REQUIRED")
