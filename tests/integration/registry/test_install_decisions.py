"""What a tenant decides about an install: consent, configuration, pin, and the way back."""

from typing import Any

import pytest

from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import EVERYTHING, OTHER_TENANT, Answer, World, bundle, somebody

ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)
SCHEMA_1 = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"endpoint": {"type": "string"}, "retries": {"type": "integer", "default": 3}},
}
SCHEMA_2 = {
    "type": "object",
    "required": ["endpoint"],
    "properties": {"endpoint": {"type": "string", "pattern": "^https://"}, "retries": {"default": 5}},
}


@pytest.fixture
async def shop(registry: World) -> World:
    """Return a registry with 1.0.0; 1.1.0, which asks for more; and 2.0.0, which is configured otherwise."""
    await registry.published(version="1.0.0", capabilities=["storage.kv"], configSchema=SCHEMA_1)
    await registry.published(
        version="1.1.0", capabilities=["storage.kv", "http.fetch", "secrets.get"], configSchema=SCHEMA_1
    )
    await registry.published(version="2.0.0", capabilities=["storage.kv"], configSchema=SCHEMA_2)
    return registry


def _path(install: Any, below: str = "") -> str:
    return f"/api/v1/installs/{install['install_id']}{below}"


async def _changed(shop: World, install: Any, **body: Any) -> Answer:
    return await shop.ask("PATCH", _path(install), body)


async def _record(shop: World, install: Any) -> Any:
    return (await shop.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body


async def _revisions(shop: World) -> list[tuple[str, int]]:
    return [(event["data"]["change"], event["data"]["revision"]) for event in await shop.events("installs")]


# Consent.


async def test_requested_granted_and_denied_are_each_kept_and_shown(shop: World) -> None:
    install = await shop.installed(
        version="1.1.0", grants=["storage.kv"], denied=["http.fetch", "secrets.get"]
    )

    view = (await shop.ask("GET", _path(install))).body

    assert view["capabilities"] == ["cap:storage.kv", "cap:http.fetch", "cap:secrets.get"]
    assert (view["grants"], view["denied"], view["undecided"]) == (
        ["cap:storage.kv"],
        ["cap:http.fetch", "cap:secrets.get"],
        [],
    )


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"grants": ["storage.kv"], "denied": []}, 409, "CONSENT_REQUIRED"),
        ({"grants": ["storage.kv"], "denied": ["storage.kv"]}, 400, "INVALID_GRANTS"),
        ({"grants": [], "denied": ["metrics"]}, 400, "GRANT_NOT_REQUESTED"),
        ({"denied": "storage.kv"}, 400, "INVALID_REQUEST"),
    ],
)
async def test_an_install_with_lists_that_do_not_fit_is_refused_and_leaves_nothing(
    shop: World, wish: dict[str, Any], status: int, code: str
) -> None:
    body = {"extension": "acme/invoice-notes", "version": "1.1.0", **wish}

    answer = await shop.ask("POST", "/api/v1/installs", body)

    assert (answer.status, answer.code) == (status, code)
    assert await _revisions(shop) == []


async def test_an_upgrade_that_asks_for_more_changes_nothing_until_it_is_decided(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"])

    refused = await _changed(shop, install, version="1.1.0")
    as_before = (await shop.ask("GET", _path(install))).body
    decided = await _changed(
        shop, install, version="1.1.0", grants=["storage.kv", "http.fetch"], denied=["secrets.get"]
    )

    assert (refused.status, refused.code) == (409, "CONSENT_REQUIRED")
    assert refused.body["details"]["new_capabilities"] == ["cap:http.fetch", "cap:secrets.get"]
    assert as_before == install
    assert (decided.body["version"], decided.body["revision"]) == ("1.1.0", 2)
    record = await _record(shop, install)
    assert record["grants"] == ["cap:http.fetch", "cap:storage.kv"]


async def test_the_predecessors_update_cannot_widen_what_an_install_may_do(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"])

    answer = await shop.ask(
        "POST", "/api/v1/extensions/update", {"registryId": "acme/invoice-notes", "version": "1.1.0"}
    )

    assert (answer.status, answer.code) == (409, "CONSENT_REQUIRED")
    assert (await shop.ask("GET", _path(install))).body == install


async def test_a_denial_outlives_upgrades_until_it_is_changed(shop: World) -> None:
    install = await shop.installed(version="1.1.0", grants=["storage.kv"])
    await _changed(shop, install, version="2.0.0", config={"endpoint": "https://a.example"})

    back = await _changed(shop, install, version="1.1.0")
    granted = await _changed(shop, install, grants=["storage.kv", "http.fetch"])

    assert (back.body["grants"], back.body["denied"]) == (
        ["cap:storage.kv"],
        ["cap:http.fetch", "cap:secrets.get"],
    )
    assert (granted.body["grants"], granted.body["denied"]) == (
        ["cap:http.fetch", "cap:storage.kv"],
        ["cap:secrets.get"],
    )


# Configuration.


async def test_a_broken_schema_is_refused_at_publish_and_nothing_is_published(registry: World) -> None:
    before = await registry.facts()

    answer = await registry.publish_at_once(
        bundle(configSchema={"type": "object", "properties": {"a": {"$ref": "https://example.dev/x"}}})
    )

    assert (answer.status, answer.code) == (400, "INVALID_MANIFEST")
    assert "/properties/a/$ref" in answer.body["message"]
    after = await registry.facts()
    assert after["extension_version"] == before["extension_version"] == 0


async def test_an_install_reads_its_configuration_with_defaults_as_texts(shop: World) -> None:
    install = await shop.installed(version="1.0.0", config={"endpoint": "x"})

    changed = await _changed(shop, install, config={"endpoint": "y", "retries": 7})

    assert install["config"] == {"endpoint": "x"}
    assert install["effective_config"] == {"endpoint": "x", "retries": 3}
    record = await _record(shop, install)
    assert record["config"] == {"endpoint": "y", "retries": "7"}
    assert (changed.body["revision"], record["config_version"]) == (2, 2)


@pytest.mark.parametrize("config", [{"retries": "three"}, {"colour": "red"}, {"endpoint": None}])
async def test_a_configuration_that_does_not_fit_is_refused_by_field_and_changes_nothing(
    shop: World, config: dict[str, Any]
) -> None:
    install = await shop.installed(version="1.0.0")
    wish = {"extension": "acme/invoice-notes", "version": "1.0.0", "config": config}

    changed = await _changed(shop, install, config=config)
    installed = await shop.ask("POST", "/api/v1/installs", wish, caller=ELSEWHERE)

    for answer in (changed, installed):
        assert (answer.status, answer.code) == (400, "INVALID_INSTALL_CONFIG")
        assert [error["pointer"] for error in answer.body["details"]["errors"]] == [f"/{next(iter(config))}"]
    assert await _revisions(shop) == [("installed", 1)]


async def test_an_upgrade_whose_schema_refuses_the_configuration_is_refused(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "ftp://x"})

    refused = await _changed(shop, install, version="2.0.0")
    together = await _changed(shop, install, version="2.0.0", config={"endpoint": "https://x"})

    assert (refused.status, refused.code) == (400, "INVALID_INSTALL_CONFIG")
    assert refused.body["details"]["errors"][0]["pointer"] == "/endpoint"
    assert together.body["effective_config"] == {"endpoint": "https://x", "retries": 5}
    assert await _revisions(shop) == [("installed", 1), ("updated", 2)]


# Pin.


async def test_a_pinned_install_is_not_moved_until_it_is_unpinned(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://x"})
    pinned = await _changed(shop, install, is_pinned=True)

    answers = [
        await _changed(shop, install, version="2.0.0"),
        await shop.ask(
            "POST", "/api/v1/extensions/update", {"registryId": "acme/invoice-notes", "version": "2.0.0"}
        ),
    ]
    configured = await _changed(shop, install, config={"endpoint": "https://y"})
    unpinned = await _changed(shop, install, version="2.0.0", is_pinned=False)

    assert pinned.body["is_pinned"] is True
    assert {(answer.status, answer.code) for answer in answers} == {(409, "INSTALL_PINNED")}
    assert answers[0].body["details"]["pinned_version"] == "1.0.0"
    assert configured.status == 200
    assert (unpinned.body["version"], unpinned.body["is_pinned"]) == ("2.0.0", False)


# The way back.


async def test_a_rollback_restores_version_grants_and_configuration_of_that_time(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "old"})
    await _changed(shop, install, version="2.0.0", grants=[], config={"endpoint": "https://new"})
    # Denied after the first state, so it stays denied.
    answer = await shop.ask("POST", _path(install, "/rollback"), {})

    assert (answer.body["version"], answer.body["config"]) == ("1.0.0", {"endpoint": "old"})
    assert (answer.body["grants"], answer.body["denied"]) == ([], ["cap:storage.kv"])
    assert await _revisions(shop) == [("installed", 1), ("updated", 2), ("rolled_back", 3)]


async def test_a_rollback_can_be_rolled_back_and_may_keep_the_configuration(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://1"})
    await _changed(shop, install, version="2.0.0", config={"endpoint": "https://2"})

    back = await shop.ask("POST", _path(install, "/rollback"), {"keep_config": True})
    forth = await shop.ask("POST", _path(install, "/rollback"))

    assert (back.body["version"], back.body["config"]) == ("1.0.0", {"endpoint": "https://2"})
    assert (forth.body["version"], forth.body["revision"]) == ("2.0.0", 4)


async def test_a_rollback_to_a_named_version_needs_that_it_ran(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://1"})
    refused = [
        await shop.ask("POST", _path(install, "/rollback"), {}),
        await shop.ask("POST", _path(install, "/rollback"), {"version": "1.1.0"}),
        await shop.ask("POST", _path(install, "/rollback"), {"version": "1.0.0"}),
    ]
    await _changed(shop, install, version="2.0.0")

    named = await shop.ask("POST", _path(install, "/rollback"), {"version": "1.0.0+build.9"})

    assert {(answer.status, answer.code) for answer in refused} == {(404, "NO_EARLIER_VERSION")}
    assert named.body["version"] == "1.0.0"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": "newest"}, 400, "INVALID_VERSION_NUMBER"),
        ({"if_revision": 1}, 409, "INSTALL_CHANGED_MEANWHILE"),
        ({"steps": 2}, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_bad_rollback_changes_nothing(
    shop: World, body: dict[str, Any], status: int, code: str
) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://1"})
    await _changed(shop, install, version="2.0.0")

    answer = await shop.ask("POST", _path(install, "/rollback"), body)

    assert (answer.status, answer.code) == (status, code)
    assert await _revisions(shop) == [("installed", 1), ("updated", 2)]


async def test_a_pinned_install_is_not_rolled_back_nor_any_to_a_withdrawn_version(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://1"})
    await _changed(shop, install, version="2.0.0", is_pinned=True)
    pinned = await shop.ask("POST", _path(install, "/rollback"), {})
    await _changed(shop, install, is_pinned=False)
    path = "/api/v1/extensions/acme/invoice-notes/versions/1.0.0/status"
    await shop.ask("POST", path, {"status": "yanked", "reason": "It loses notes."})

    yanked = await shop.ask("POST", _path(install, "/rollback"), {})

    assert (pinned.status, pinned.code) == (409, "INSTALL_PINNED")
    assert (yanked.status, yanked.code) == (409, "VERSION_YANKED")


async def test_the_history_tells_every_state_who_made_it_and_until_when(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://1"})
    await _changed(shop, install, version="2.0.0")
    await _changed(shop, install, is_enabled=False)

    history = (await shop.ask("GET", _path(install, "/history"))).body
    first = (await shop.ask("GET", _path(install, "/history?limit=2"))).body
    rest = (await shop.ask("GET", _path(install, f"/history?before={first['next_before']}"))).body

    assert [(state["revision"], state["version"], state["change"]) for state in history["items"]] == [
        (3, "2.0.0", "disabled"),
        (2, "2.0.0", "updated"),
        (1, "1.0.0", "installed"),
    ]
    assert {state["changed_by"] for state in history["items"]} == {"admin"}
    assert history["items"][0]["ended_at"] is None
    assert history["items"][1]["ended_at"] == history["items"][0]["began_at"]
    assert (history["next_before"], first["items"] + rest["items"]) == (None, history["items"])


async def test_another_tenant_and_who_may_not_write_get_nowhere(shop: World) -> None:
    install = await shop.installed(version="1.0.0", grants=["storage.kv"], config={"endpoint": "https://1"})
    await _changed(shop, install, version="2.0.0")

    foreign = [
        await shop.ask("POST", _path(install, "/rollback"), {}, caller=ELSEWHERE),
        await shop.ask("GET", _path(install, "/history"), caller=ELSEWHERE),
        await shop.ask("GET", _path(install, "/secrets"), caller=ELSEWHERE),
    ]
    reader = somebody(Permission.EXTENSION_READ)
    reading = await shop.ask("POST", _path(install, "/rollback"), {}, caller=reader)

    assert {(answer.status, answer.code) for answer in foreign} == {(404, "INSTALL_NOT_FOUND")}
    assert (reading.status, reading.code) == (403, "PERMISSION_DENIED")
    assert await _revisions(shop) == [("installed", 1), ("updated", 2)]
