"""What belongs to a tenant stays with it: configuration, secrets, installs, uploads, pages."""

import json
import secrets
from pathlib import Path

import aiohttp
import pytest

from annex_cli.errors import PlatformRefused
from annex_cli.platform_client import Answer
from annex_shared.contracts.installs import ChangeInstall, InstallView
from annex_shared.contracts.publish import FinalizeUpload
from annex_shared.permissions import Permission
from support.platform.bundles import SignedBundle, guest_archive, signed
from support.platform.eventually import eventually
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

EVENT_SECONDS = 20
# Method, address, body, and how it is refused to a tenant that has nothing to do with it.
PROBES = [
    ("GET", "/api/ext/{segment}/hello", None, 404, "EXTENSION_NOT_INSTALLED"),
    ("GET", "/api/ext/{install_id}/hello", None, 404, "EXTENSION_NOT_INSTALLED"),
    ("GET", "/api/ext/{extension_id}/hello", None, 404, "EXTENSION_NOT_INSTALLED"),
    ("GET", "/api/ext-proxy/hello/hello", None, 404, "EXTENSION_NOT_INSTALLED"),
    ("POST", "/api/ext/{segment}/echo", {}, 404, "EXTENSION_NOT_INSTALLED"),
    ("GET", "/api/v1/installs/{install_id}", None, 404, "INSTALL_NOT_FOUND"),
    ("PATCH", "/api/v1/installs/{install_id}", {"is_enabled": False}, 404, "INSTALL_NOT_FOUND"),
    ("DELETE", "/api/v1/installs/{install_id}", None, 404, "INSTALL_NOT_FOUND"),
    ("PUT", "/api/v1/installs/{install_id}/secrets/api_key", {"value": "x"}, 404, "INSTALL_NOT_FOUND"),
    ("DELETE", "/api/v1/installs/{install_id}/secrets/api_key", None, 404, "INSTALL_NOT_FOUND"),
    (
        "POST",
        "/api/v1/extensions/uninstall",
        {"registryId": "{extension_id}"},
        404,
        "EXTENSION_NOT_INSTALLED",
    ),
    (
        "POST",
        "/api/v1/extensions/update",
        {"registryId": "{extension_id}", "version": "1.0.0"},
        404,
        "EXTENSION_NOT_INSTALLED",
    ),
]


async def send(tenant: Tenant, method: str, path: str, document: dict[str, object] | None = None) -> Answer:
    body = b"" if document is None else json.dumps(document).encode()
    return await tenant.client.send(method, path, body=body, headers={"content-type": "application/json"})


def filled_in(document: dict[str, object], names: dict[str, str]) -> dict[str, object]:
    return {
        key: value.format(**names) if isinstance(value, str) else value for key, value in document.items()
    }


@pytest.mark.parametrize(("method", "path", "document", "status", "code"), PROBES)
async def test_another_tenant_reaches_nothing_of_an_install(
    real: RealPlatform,
    tenant: Tenant,
    installed: InstallView,
    method: str,
    path: str,
    document: dict[str, object] | None,
    status: int,
    code: str,
) -> None:
    await tenant.warm_call("GET", real.hello.segment, "/hello")
    stranger = await real.operator.new_tenant()
    names = {
        "segment": real.hello.segment,
        "install_id": installed.install_id,
        "extension_id": installed.extension_id,
    }
    filled = None if document is None else filled_in(document, names)

    refused = await send(stranger, method, path.format(**names), filled)

    assert (refused.status, json.loads(refused.body)["code"]) == (status, code)
    assert tenant.tenant_id not in refused.body.decode()
    assert (await tenant.client.installs()).items == [installed]
    assert (await tenant.call("GET", real.hello.segment, "/hello")).status == 200
    assert (await stranger.client.installs()).items == []


async def test_a_claimed_tenant_is_no_authority(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    stranger = await real.operator.new_tenant()
    claim = {"x-tenant-id": tenant.tenant_id}

    called = await stranger.call("GET", real.hello.segment, "/hello", headers=claim)
    listed = await stranger.client.send("GET", "/api/v1/installs", headers=claim)

    for refused in (called, listed):
        assert (refused.status, json.loads(refused.body)["code"]) == (403, "TENANT_MISMATCH")
        assert installed.install_id not in refused.body.decode()


async def test_a_page_named_for_a_tenant_without_the_install_is_not_found(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    page = (
        f"{real.platform.ui_host_url}/ext-ui/{real.hello.segment}/{installed.content_hash}/index.html?tenant="
    )
    stranger = await real.operator.new_tenant()
    async with aiohttp.ClientSession() as session:
        async with session.get(page + tenant.tenant_id) as own:
            pass
        async with session.get(page + stranger.tenant_id) as foreign:
            pass

    assert (own.status, foreign.status) == (200, 404)


async def test_another_publisher_cannot_finish_or_drop_an_upload(real: RealPlatform, tmp_path: Path) -> None:
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    bundle = signed(guest_archive(tmp_path, "ok", publisher=slug), key).bundle
    receipt = await real.operator.client.upload(
        bundle.path, size_bytes=bundle.size_bytes, declared_hash=bundle.content_hash
    )
    stranger = await real.operator.new_tenant()

    with pytest.raises(PlatformRefused) as finished:
        await stranger.client.finalize(FinalizeUpload(key=receipt.upload.key), idempotency_key="theirs")
    dropped = await stranger.client.abort(receipt.upload.key)

    assert (finished.value.document.status, finished.value.code) == (404, "UPLOAD_NOT_FOUND")
    assert dropped.status == "noop"
    assert (await real.operator.client.abort(receipt.upload.key)).status == "deleted"


async def test_a_key_without_permission_is_refused_before_anything_is_staged(
    real: RealPlatform, tmp_path: Path
) -> None:
    reader = await real.operator.new_tenant([Permission.EXTENSION_READ])
    bundle = signed(
        guest_archive(tmp_path, "ok", publisher="nobody"), await real.operator.new_publisher("nobody")
    )

    with pytest.raises(PlatformRefused) as published:
        await reader.client.upload(
            bundle.bundle.path,
            size_bytes=bundle.bundle.size_bytes,
            declared_hash=bundle.bundle.content_hash,
        )
    with pytest.raises(PlatformRefused) as installed:
        await reader.install("annex-demo/hello")

    assert {published.value.code, installed.value.code} == {"PERMISSION_DENIED"}
    assert {published.value.document.status, installed.value.document.status} == {403}


@pytest.fixture(scope="module")
async def secret_reader(real: RealPlatform, tmp_path_factory: pytest.TempPathFactory) -> SignedBundle:
    """Publish a guest that answers with its secret `api_key`, or with why it has none."""
    slug = f"p{secrets.token_hex(4)}"
    archive = guest_archive(
        tmp_path_factory.mktemp("secret"), "reads_secret", publisher=slug, capabilities=["cap:secrets.get"]
    )
    bundle = signed(archive, await real.operator.new_publisher(slug))
    await real.operator.publish(bundle)
    return bundle


async def test_a_secret_is_shown_to_a_guest_with_the_grant_and_to_nobody_else(
    real: RealPlatform, secret_reader: SignedBundle
) -> None:
    granted, ungranted = await real.operator.new_tenant(), await real.operator.new_tenant()
    value = f"hush-{secrets.token_hex(16)}"
    extension = secret_reader.bundle.extension
    installs = [
        await granted.install(extension, grants=["cap:secrets.get"]),
        await ungranted.install(extension),
    ]
    for tenant, install in zip((granted, ungranted), installs, strict=True):
        path = f"/api/v1/installs/{install.install_id}/secrets/api_key"
        shown = await send(tenant, "PUT", path, {"value": value})
        assert json.loads(shown.body)["secret_names"] == ["api_key"]
        assert value not in shown.body.decode()

    async def sees_it() -> bool:
        return (await granted.warm_call("GET", secret_reader.segment, "/run")).body == value.encode()

    assert await eventually(sees_it, seconds=EVENT_SECONDS)
    denied = await ungranted.warm_call("GET", secret_reader.segment, "/run")
    assert (denied.status, denied.body) == (400, b"denied")
    assert value not in (await granted.client.installs()).model_dump_json()
    logs = "".join(service.place.log.read_text() for service in real.platform.services.values())
    assert value not in logs


async def test_a_removed_secret_is_missing_from_then_on(
    real: RealPlatform, secret_reader: SignedBundle
) -> None:
    tenant = await real.operator.new_tenant()
    install = await tenant.install(secret_reader.bundle.extension, grants=["cap:secrets.get"])
    path = f"/api/v1/installs/{install.install_id}/secrets/api_key"
    await send(tenant, "PUT", path, {"value": "for a while"})

    async def says(expected: bytes) -> bool:
        async def is_said() -> bool:
            return (await tenant.warm_call("GET", secret_reader.segment, "/run")).body == expected

        return await eventually(is_said, seconds=EVENT_SECONDS)

    assert await says(b"for a while")
    await send(tenant, "DELETE", path)
    assert await says(b"missing")


async def test_a_changed_greeting_is_heard_without_anybody_restarting(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    async def greeting() -> str:
        answer = await tenant.warm_call("GET", real.hello.segment, "/hello?name=Ada")
        return str(json.loads(answer.body)["message"])

    before = await greeting()
    changed = await tenant.client.change_install(
        installed.install_id, ChangeInstall(config={"greeting": "Ahoy"})
    )

    async def heard() -> bool:
        return await greeting() == "Ahoy, Ada!"

    assert before == "Hello, Ada!"
    assert await eventually(heard, seconds=EVENT_SECONDS)
    assert changed.revision == installed.revision + 1


async def test_a_change_decided_on_an_older_state_is_refused(tenant: Tenant, installed: InstallView) -> None:
    await tenant.client.change_install(installed.install_id, ChangeInstall(config={"greeting": "One"}))

    with pytest.raises(PlatformRefused) as refused:
        await tenant.client.change_install(
            installed.install_id, ChangeInstall(config={"greeting": "Two"}, if_revision=installed.revision)
        )

    assert (refused.value.document.status, refused.value.code) == (409, "INSTALL_CHANGED_MEANWHILE")
    assert [install.config for install in (await tenant.client.installs()).items] == [{"greeting": "One"}]
