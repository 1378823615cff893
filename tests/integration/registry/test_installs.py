"""Installs: what a tenant may do with a version, how revisions count it, and what is announced."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.ids import InstallId
from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from annex_shared.secret_envelope import SecretsKeyring
from annex_shared.service_tokens import Caller
from integration.registry.world import ADMIN, EVERYTHING, OTHER_TENANT, TENANT, Answer, World, somebody

ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)


@pytest.fixture
async def shop(registry: World) -> World:
    """Return a registry with three versions: 1.4.0, 1.5.0 and, asking for less, 2.0.0."""
    await registry.published(version="1.4.0")
    await registry.published(version="1.5.0")
    await registry.published(version="2.0.0", capabilities=["storage.kv", "secrets.get"])
    return registry


async def changed(registry: World, install: Any, **body: Any) -> Answer:
    return await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", body)


async def changes(registry: World) -> list[tuple[str, int]]:
    return [
        (event["data"]["change"], event["data"]["revision"]) for event in await registry.events("installs")
    ]


async def test_an_install_holds_what_was_chosen(shop: World) -> None:
    view = await shop.installed(version="1.4.0", grants=["http.fetch"], config={"greeting": "Hello"})

    assert view["extension"] == "acme/invoice-notes"
    assert (view["version"], view["status"], view["is_enabled"]) == ("1.4.0", "enabled", True)
    assert view["grants"] == ["cap:http.fetch"]
    assert view["config"] == {"greeting": "Hello"}
    assert (view["secret_names"], view["revision"]) == ([], 1)
    assert await changes(shop) == [("installed", 1)]


async def test_without_a_version_the_newest_is_installed_and_nothing_is_granted(shop: World) -> None:
    view = await shop.installed()

    assert (view["version"], view["grants"]) == ("2.0.0", [])


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"extension": "acme/unknown"}, 404, "EXTENSION_NOT_FOUND"),
        ({"extension": "not a name"}, 404, "EXTENSION_NOT_FOUND"),
        ({"extension": str(uuid4())}, 404, "EXTENSION_NOT_FOUND"),
        ({"version": "9.9.9"}, 404, "VERSION_NOT_FOUND"),
        ({"version": "newest"}, 400, "INVALID_VERSION_NUMBER"),
        ({"grants": ["secrets.get"], "version": "1.4.0"}, 400, "GRANT_NOT_REQUESTED"),
        ({"grants": ["a b"]}, 400, "GRANT_NOT_REQUESTED"),
        ({"config": {"": "x"}}, 400, "INVALID_INSTALL_CONFIG"),
        ({"config": {"a": "x" * 70_000}}, 400, "INVALID_INSTALL_CONFIG"),
        ({"config": {"a": 1}}, 400, "INVALID_INSTALL_CONFIG"),
        ({"colour": "red"}, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_bad_install_is_refused_and_nothing_is_left(
    shop: World, wish: dict[str, Any], status: int, code: str
) -> None:
    answer = await shop.ask("POST", "/api/v1/installs", {"extension": "acme/invoice-notes", **wish})

    assert (answer.status, answer.code) == (status, code)
    assert await changes(shop) == []
    async with shop.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM install_revision") == 0


async def test_an_extension_is_installed_once_per_tenant_also_in_a_race(shop: World) -> None:
    wish = {"extension": "acme/invoice-notes"}

    answers = await asyncio.gather(*(shop.ask("POST", "/api/v1/installs", wish) for _ in range(8)))
    elsewhere = await shop.ask("POST", "/api/v1/installs", wish, caller=ELSEWHERE)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert {answer.code for answer in answers} == {None, "EXTENSION_ALREADY_INSTALLED"}
    assert elsewhere.status == 201
    assert await changes(shop) == [("installed", 1), ("installed", 1)]


async def test_every_change_is_one_revision_and_one_event(shop: World) -> None:
    install = await shop.installed(version="1.4.0", grants=["http.fetch", "storage.kv"])

    await changed(shop, install, version="1.5.0")
    await changed(shop, install, is_enabled=False)
    await changed(shop, install, is_enabled=True)
    await changed(shop, install, config={"a": "b"})
    await changed(shop, install, grants=["http.fetch"])
    await changed(shop, install, version="1.4.0", is_enabled=False, config={})

    assert await changes(shop) == [
        ("installed", 1),
        ("updated", 2),
        ("disabled", 3),
        ("enabled", 4),
        ("configured", 5),
        ("configured", 6),
        ("rolled_back", 7),
    ]
    record = (await shop.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    assert (record["revision"], record["config_version"], record["is_enabled"]) == (7, 3, False)


async def test_a_change_that_changes_nothing_is_no_revision(shop: World) -> None:
    install = await shop.installed(version="1.4.0", config={"a": "b"})

    answer = await changed(shop, install, version="1.4.0", is_enabled=True, config={"a": "b"}, grants=[])

    assert answer.body["revision"] == 1
    assert await changes(shop) == [("installed", 1)]


async def test_grants_shrink_to_what_the_new_version_asks_for(shop: World) -> None:
    install = await shop.installed(version="1.4.0", grants=["http.fetch", "storage.kv"])

    updated = await changed(shop, install, version="2.0.0", denied=["secrets.get"])
    back = await changed(shop, install, version="1.4.0")

    assert updated.body["grants"] == ["cap:storage.kv"]
    assert (back.status, back.code) == (409, "CONSENT_REQUIRED")
    assert back.body["details"]["new_capabilities"] == ["cap:http.fetch"]


async def test_a_grant_is_judged_by_the_version_it_will_run_with(shop: World) -> None:
    install = await shop.installed(version="1.4.0")

    refused = await changed(shop, install, grants=["secrets.get"])
    accepted = await changed(shop, install, version="2.0.0", grants=["secrets.get"])

    assert (refused.status, refused.code) == (400, "GRANT_NOT_REQUESTED")
    assert accepted.body["grants"] == ["cap:secrets.get"]


async def test_a_change_decided_on_an_older_state_is_refused(shop: World) -> None:
    install = await shop.installed()
    await changed(shop, install, config={"a": "b"}, if_revision=1)

    answer = await changed(shop, install, config={"c": "d"}, if_revision=1)

    assert (answer.status, answer.code) == (409, "INSTALL_CHANGED_MEANWHILE")
    assert answer.body["details"] == {"revision": 2, "if_revision": 1}


async def test_concurrent_changes_are_counted_one_by_one(shop: World) -> None:
    install = await shop.installed()

    answers = await asyncio.gather(*(changed(shop, install, config={"n": str(n)}) for n in range(8)))

    assert sorted(answer.body["revision"] for answer in answers) == list(range(2, 10))


async def test_the_revision_goes_on_after_an_uninstall(shop: World) -> None:
    first = await shop.installed()
    await changed(shop, first, is_enabled=False)
    removed = await shop.ask("DELETE", f"/api/v1/installs/{first['install_id']}")

    second = await shop.installed()

    assert removed.status == 204
    assert second["install_id"] != first["install_id"]
    assert second["revision"] == 4
    assert await changes(shop) == [("installed", 1), ("disabled", 2), ("uninstalled", 3), ("installed", 4)]
    for path in ("/api/v1", "/internal/v1"):
        gone = await shop.ask("GET", f"{path}/installs/{first['install_id']}")
        assert (gone.status, gone.code) == (404, "INSTALL_NOT_FOUND")


async def test_an_install_that_comes_and_goes_never_deadlocks(shop: World) -> None:
    async def come_and_go() -> set[int]:
        seen = set()
        for _ in range(5):
            answer = await shop.ask("POST", "/api/v1/installs", {"extension": "acme/invoice-notes"})
            seen.add(answer.status)
            if answer.status == 201:
                path = f"/api/v1/installs/{answer.body['install_id']}"
                seen.add((await shop.ask("DELETE", path)).status)
        return seen

    seen = await asyncio.gather(*(come_and_go() for _ in range(6)))

    assert set.union(*seen) <= {201, 204, 409}
    revisions = [revision for _, revision in await changes(shop)]
    assert revisions == list(range(1, len(revisions) + 1))


async def test_another_tenants_install_does_not_exist(shop: World) -> None:
    install = await shop.installed()
    path = f"/api/v1/installs/{install['install_id']}"
    requests: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("PATCH", path, {"is_enabled": False}),
        ("DELETE", path, None),
        ("PUT", path + "/secrets/token", {"value": "x"}),
        ("DELETE", path + "/secrets/token", None),
    ]

    answers = [await shop.ask(*request, caller=ELSEWHERE) for request in requests]

    assert {(answer.status, answer.code) for answer in answers} == {(404, "INSTALL_NOT_FOUND")}
    assert (await shop.ask("GET", "/api/v1/installs", caller=ELSEWHERE)).body == {"items": []}
    assert (await shop.ask("GET", path)).body == install


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
async def test_without_the_right_to_write_nothing_changes(shop: World, method: str) -> None:
    install = await shop.installed()
    path = f"/api/v1/installs/{install['install_id']}"
    reader = somebody(Permission.EXTENSION_READ)
    paths: dict[str, tuple[str, Any]] = {
        "POST": ("/api/v1/installs", {"extension": "acme/invoice-notes"}),
        "PATCH": (path, {"is_enabled": False}),
        "DELETE": (path, None),
        "PUT": (path + "/secrets/token", {"value": "x"}),
    }

    answer = await shop.ask(method, *paths[method], caller=reader)

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
    assert await changes(shop) == [("installed", 1)]


async def test_a_caller_of_no_tenant_has_no_installs(shop: World) -> None:
    answer = await shop.ask("GET", "/api/v1/installs", caller=Caller("service:gateway", None, EVERYTHING))

    assert (answer.status, answer.code) == (400, "TENANT_REQUIRED")


# Secrets.


async def test_secrets_are_sealed_for_the_broker_and_shown_by_name_only(shop: World) -> None:
    install = await shop.installed()
    path = f"/api/v1/installs/{install['install_id']}/secrets"
    await shop.ask("PUT", path + "/token", {"value": "hunter2"})
    view = await shop.ask("PUT", path + "/api.key", {"value": "k"})

    record = (await shop.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body

    assert view.body["secret_names"] == ["api.key", "token"]
    assert (record["revision"], record["secrets_version"], record["config_version"]) == (3, 2, 1)
    assert "hunter2" not in json.dumps([view.body, record, await shop.events("installs")])
    keyring = SecretsKeyring.load((shop.folder / "secrets.json").read_text())
    opened = [
        keyring.open(
            SealedSecretsDocument.model_validate(secret["sealed"]).to_sealed(),
            tenant_id=TENANT,
            install_id=InstallId(UUID(install["install_id"])),
        )
        for secret in record["secrets"]
    ]
    assert opened == [{"api.key": "k"}, {"token": "hunter2"}]
    assert record["sealed_secrets"] is None


async def test_a_removed_secret_is_gone_and_the_last_one_leaves_no_envelope(shop: World) -> None:
    install = await shop.installed()
    path = f"/api/v1/installs/{install['install_id']}/secrets/token"
    await shop.ask("PUT", path, {"value": "hunter2"})

    removed = await shop.ask("DELETE", path)
    again = await shop.ask("DELETE", path)

    record = (await shop.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    assert removed.body["secret_names"] == []
    assert (again.status, again.code) == (404, "SECRET_NOT_FOUND")
    assert (record["secrets"], record["secrets_version"]) == ([], 2)


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("to%20ken", {"value": "x"}, "INVALID_SECRET_NAME"),
        ("t" * 129, {"value": "x"}, "INVALID_SECRET_NAME"),
        ("token", {"value": ""}, "INVALID_REQUEST"),
        ("token", {"value": "x" * 70_000}, "INVALID_REQUEST"),
        ("token", {}, "INVALID_REQUEST"),
    ],
)
async def test_a_bad_secret_is_refused(shop: World, name: str, body: dict[str, Any], code: str) -> None:
    install = await shop.installed()

    answer = await shop.ask("PUT", f"/api/v1/installs/{install['install_id']}/secrets/{name}", body)

    assert (answer.status, answer.code) == (400, code)
    assert "xxx" not in json.dumps(answer.body)
    assert await changes(shop) == [("installed", 1)]


async def test_secrets_are_bounded(shop: World) -> None:
    install = await shop.installed()
    path = f"/api/v1/installs/{install['install_id']}/secrets"
    for number in range(4):
        await shop.ask("PUT", f"{path}/s{number}", {"value": "x" * 65_000})

    answer = await shop.ask("PUT", f"{path}/one-more", {"value": "x" * 65_000})

    assert (answer.status, answer.code) == (400, "TOO_MANY_SECRETS")


async def test_without_a_key_file_secrets_are_refused(world: World, bus: Bus) -> None:
    async with world.running(bus, secrets_key_file=None) as registry:
        await registry.published()
        install = await registry.installed()

        answer = await registry.ask(
            "PUT", f"/api/v1/installs/{install['install_id']}/secrets/token", {"value": "x"}
        )

    assert (answer.status, answer.code) == (503, "SECRETS_NOT_CONFIGURED")


# As the predecessor's CLI asks.


async def test_the_predecessors_install_grants_what_the_manifest_asks_for(shop: World) -> None:
    wish = {"registryId": "acme/invoice-notes", "version": "1.4.0"}

    answer = await shop.ask("POST", "/api/v1/extensions/install", wish)

    view = (await shop.ask("GET", "/api/v1/installs")).body["items"][0]
    assert answer.status == 202
    assert answer.body == {
        "data": {
            "registryId": view["extension_id"],
            "version": "1.4.0",
            "installId": view["install_id"],
            "success": True,
            "message": "Extension installed.",
        }
    }
    assert view["grants"] == ["cap:http.fetch", "cap:storage.kv"]


async def test_the_predecessors_update_and_uninstall_work_by_extension(shop: World) -> None:
    install = await shop.installed(version="1.4.0")
    extension = {"registryId": install["extension_id"]}

    updated = await shop.ask("POST", "/api/v1/extensions/update", {**extension, "version": "1.5.0"})
    removed = await shop.ask("POST", "/api/v1/extensions/uninstall", extension)

    assert (updated.status, updated.body["data"]["version"]) == (202, "1.5.0")
    assert (removed.status, removed.body["data"]["installId"]) == (202, install["install_id"])
    assert await changes(shop) == [("installed", 1), ("updated", 2), ("uninstalled", 3)]


@pytest.mark.parametrize("verb", ["update", "uninstall"])
async def test_what_is_not_installed_is_named(shop: World, verb: str) -> None:
    await shop.installed(caller=ELSEWHERE)
    body = {"registryId": "acme/invoice-notes", "version": "1.5.0"}

    answer = await shop.ask("POST", f"/api/v1/extensions/{verb}", body)

    assert (answer.status, answer.code) == (404, "EXTENSION_NOT_INSTALLED")
    assert answer.body["message"] == "acme/invoice-notes is not installed in this tenant."


@pytest.mark.parametrize("verb", ["install", "update", "uninstall"])
async def test_the_predecessors_routes_need_the_right_to_write(shop: World, verb: str) -> None:
    body = {"registryId": "acme/invoice-notes", "version": "1.5.0"}

    answer = await shop.ask(
        "POST", f"/api/v1/extensions/{verb}", body, caller=somebody(Permission.EXTENSION_READ)
    )

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


async def test_two_tenants_have_each_their_own(shop: World) -> None:
    mine = await shop.installed(version="1.4.0")
    theirs = await shop.installed(version="2.0.0", caller=ELSEWHERE)

    listed = [
        [
            item["install_id"]
            for item in (await shop.ask("GET", "/api/v1/installs", caller=caller)).body["items"]
        ]
        for caller in (ADMIN, ELSEWHERE)
    ]

    assert listed == [[mine["install_id"]], [theirs["install_id"]]]
    tenants = [event["data"]["tenant_id"] for event in await shop.events("installs")]
    assert tenants == [str(TENANT), str(OTHER_TENANT)]
