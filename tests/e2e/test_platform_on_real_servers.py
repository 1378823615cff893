"""A client's day with the whole platform: four processes, PostgreSQL, RabbitMQ, Redis and S3, real HTTP."""

import base64
import json
import secrets
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from annex_cli.errors import PlatformRefused
from annex_shared.contracts.installs import ChangeInstall, CreateInstall, InstallView
from support.platform.bundles import guest_archive, signed
from support.platform.eventually import eventually
from support.platform.objects import objects_in
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

ALREADY_PUBLISHED = (
    'Version "1.0.0" of annex-demo/hello is already published and cannot be changed. '
    "Choose a new version number and publish again."
)
SOON_SECONDS = 20


def code_of(body: bytes) -> str:
    return str(json.loads(body)["code"])


async def facts_in_the_database(real: RealPlatform) -> dict[str, int]:
    """Count what publishing writes, past every service."""
    tables = ("extension_registry", "extension_version", "extension_bundle", "outbox")
    connection = await asyncpg.connect(real.platform.backing.database_url)
    try:
        return {name: await connection.fetchval(f"SELECT count(*) FROM registry.{name}") for name in tables}  # noqa: S608 - our own names
    finally:
        await connection.close()


async def test_a_call_reaches_the_handler_with_the_names_of_tenant_and_install(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    answer = await tenant.warm_call("GET", real.hello.segment, "/hello?name=Ada")

    assert answer.status == 200
    said = json.loads(answer.body)
    assert said["message"] == "Hello, Ada!"
    assert said["tenant_id"] == tenant.tenant_id
    assert said["install_id"] == installed.install_id
    assert said["extension_id"] == installed.extension_id
    assert said["request_id"] == answer.headers["x-request-id"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"", "utf-8"), ("käse".encode(), "utf-8"), (bytes(range(256)), "base64"), (b"x" * 100_000, "utf-8")],
    ids=["empty", "text", "bytes", "large"],
)
async def test_bytes_come_back_as_they_were_sent(
    real: RealPlatform, tenant: Tenant, body: bytes, encoding: str
) -> None:
    answer = await tenant.warm_call("POST", real.hello.segment, "/echo", body=body)

    assert answer.status == 200
    said = json.loads(answer.body)
    assert said["length"] == len(body)
    assert said["encoding"] == encoding
    returned = said["body"].encode() if encoding == "utf-8" else base64.b64decode(said["body"])
    assert returned == body


async def test_every_way_to_name_an_install_leads_to_it(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    await tenant.warm_call("GET", real.hello.segment, "/hello")

    names = (real.hello.segment, "hello", installed.install_id, installed.extension_id)
    answers = [await tenant.call("GET", name, "/hello") for name in names]

    assert [answer.status for answer in answers] == [200] * len(names)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing-here", 404, "ENDPOINT_NOT_FOUND"),
        ("DELETE", "/hello", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/../hello", 400, "PATH_REFUSED"),
    ],
)
async def test_what_the_manifest_does_not_declare_is_not_reached(
    real: RealPlatform, tenant: Tenant, method: str, path: str, status: int, code: str
) -> None:
    answer = await tenant.call(method, real.hello.segment, path)

    assert (answer.status, code_of(answer.body)) == (status, code)


async def test_a_wrong_key_is_refused_before_anything_is_said(real: RealPlatform) -> None:
    url = f"{real.platform.gateway_url}/api/ext/{real.hello.segment}/hello"
    key = real.platform.admin.api_key
    wrong = key[:-8] + ("0" if key[-8] != "0" else "1") + key[-7:]
    async with aiohttp.ClientSession() as session:
        answers = []
        for headers in ({}, {"x-api-key": "not-a-key"}, {"x-api-key": wrong}):
            async with session.get(url, headers=headers) as answer:
                answers.append((answer.status, (await answer.json())["code"]))

    assert [status for status, _ in answers] == [401, 401, 401]
    assert answers[0][1] == "UNAUTHENTICATED"


async def test_the_page_loads_from_its_own_origin_with_its_script(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    base = f"{real.platform.ui_host_url}/ext-ui/{real.hello.segment}/{installed.content_hash}"
    named = f"?tenant={tenant.tenant_id}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{base}/index.html{named}") as page:
            html = await page.text()
        async with session.get(
            f"{base}/index.html{named}", headers={"if-none-match": page.headers["etag"]}
        ) as again:
            rest = await again.read()
        async with session.get(f"{base}/app.js") as script:
            code = await script.text()

    assert page.status == 200
    assert '<script src="app.js"' in html
    policy = page.headers["content-security-policy"]
    assert f"frame-ancestors {real.platform.gateway_url}" in policy
    assert page.headers["etag"].startswith('"sha256-')
    assert "immutable" in page.headers["cache-control"]
    assert (again.status, rest, again.headers["etag"]) == (304, b"", page.headers["etag"])
    assert script.status == 200
    assert script.content_type == "text/javascript"
    assert "addEventListener" in code


async def test_the_bytes_that_were_published_lie_under_their_hash_and_nothing_is_left_in_staging(
    real: RealPlatform,
) -> None:
    stored = objects_in(real.platform.backing.bucket)

    digest = real.hello.bundle.content_hash.hex
    assert stored[f"blobs/sha256/{digest[:2]}/{digest}"] == digest
    assert [key for key in stored if not key.startswith("blobs/")] == []


async def test_a_spent_version_is_refused_in_one_sentence_and_nothing_changes(real: RealPlatform) -> None:
    before = (
        await facts_in_the_database(real),
        objects_in(real.platform.backing.bucket),
        await real.operator.client.versions("annex-demo/hello"),
    )

    with pytest.raises(PlatformRefused) as refused:
        await real.operator.publish(real.hello, idempotency_key=f"again-{secrets.token_hex(8)}")

    after = (
        await facts_in_the_database(real),
        objects_in(real.platform.backing.bucket),
        await real.operator.client.versions("annex-demo/hello"),
    )
    document = refused.value.document
    assert (document.status, document.code) == (409, "VERSION_ALREADY_EXISTS")
    assert document.message == document.detail == ALREADY_PUBLISHED
    assert document.type == "/errors/version-already-exists"
    assert document.details["same_content"] is True
    assert document.details["content_hash"] == str(real.hello.bundle.content_hash)
    assert (document.model_extra or {})["success"] is False
    assert (document.model_extra or {})["error"]["code"] == "EXTENSION_VERSION_ALREADY_EXISTS"
    assert after == before


async def test_other_bytes_under_a_spent_version_are_refused_alike(
    real: RealPlatform, tmp_path: Path
) -> None:
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    first = signed(guest_archive(tmp_path, "ok", publisher=slug), key)
    await real.operator.publish(first)
    other = guest_archive(tmp_path / "other", "ok", publisher=slug, capabilities=["cap:config.read"])

    with pytest.raises(PlatformRefused) as refused:
        await real.operator.publish(signed(other, key))

    assert refused.value.code == "VERSION_ALREADY_EXISTS"
    assert refused.value.details["same_content"] is False
    assert refused.value.details["content_hash"] == str(first.bundle.content_hash)
    listed = await real.operator.client.versions(f"{slug}/ok")
    assert [row.content_hash for row in listed.items] == [first.bundle.content_hash]
    kept = objects_in(real.platform.backing.bucket)
    assert not [name for name in kept if signed(other, key).bundle.content_hash.hex in name]


async def test_a_bundle_signed_by_a_stranger_is_refused_and_leaves_nothing(
    real: RealPlatform, tmp_path: Path
) -> None:
    slug = f"p{secrets.token_hex(4)}"
    await real.operator.new_publisher(slug)
    stranger = await real.operator.new_publisher(f"{slug}-other")
    bundle = signed(guest_archive(tmp_path, "ok", publisher=slug), stranger)

    with pytest.raises(PlatformRefused) as refused:
        await real.operator.publish(bundle)

    assert (refused.value.document.status, refused.value.code) == (403, "SIGNER_UNKNOWN")
    kept = objects_in(real.platform.backing.bucket)
    assert not [name for name in kept if bundle.bundle.content_hash.hex in name or "_staging" in name]


async def test_the_version_list_marks_what_this_tenant_installed(
    real: RealPlatform, tenant: Tenant, tmp_path: Path
) -> None:
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    for version in ("1.0.0", "1.1.0"):
        await real.operator.publish(
            signed(guest_archive(tmp_path, "ok", publisher=slug, version=version), key)
        )
    create = CreateInstall(extension=f"{slug}/ok", version="1.0.0")
    await tenant.client.install(create)

    mine = await tenant.client.versions(f"{slug}/ok")
    theirs = await (await real.operator.new_tenant()).client.versions(f"{slug}.ok")

    assert [(row.version, row.installed) for row in mine.items] == [("1.1.0", False), ("1.0.0", True)]
    assert [row.installed for row in theirs.items] == [False, False]
    assert {row.signer for row in mine.items} == {key.public.key_id}
    assert {row.bundle_count for row in mine.items} == {1}


async def test_an_upgrade_changes_what_answers_and_one_to_nowhere_is_refused(
    real: RealPlatform, tenant: Tenant, tmp_path: Path
) -> None:
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    archives = {
        "1.0.0": guest_archive(tmp_path, "ok", publisher=slug, name="changing", version="1.0.0"),
        "2.0.0": guest_archive(tmp_path, "echo_body", publisher=slug, name="changing", version="2.0.0"),
    }
    for archive in archives.values():
        await real.operator.publish(signed(archive, key))
    create = CreateInstall(extension=f"{slug}/changing", version="1.0.0")
    install = await tenant.client.install(create)
    before = await tenant.warm_call("POST", f"{slug}.changing", "/run", body=b"ping")

    with pytest.raises(PlatformRefused) as refused:
        await tenant.client.change_install(install.install_id, ChangeInstall(version="9.9.9"))
    unchanged = await tenant.warm_call("POST", f"{slug}.changing", "/run", body=b"ping")
    await tenant.client.change_install(install.install_id, ChangeInstall(version="2.0.0"))

    async def answered_by_the_new_version() -> bool:
        answer = await tenant.warm_call("POST", f"{slug}.changing", "/run", body=b"ping")
        return answer.body == b"ping"

    assert (refused.value.document.status, refused.value.code) == (404, "VERSION_NOT_FOUND")
    assert (before.body, unchanged.body) == (b"ok", b"ok")
    assert await eventually(answered_by_the_new_version, seconds=SOON_SECONDS)


async def test_disabled_is_refused_enabled_answers_uninstalled_is_gone(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    statuses: list[int] = []

    async def becomes(expected: str) -> bool:
        async def is_so() -> bool:
            answer = await tenant.call("GET", real.hello.segment, "/hello")
            statuses.append(answer.status)
            return f"{answer.status} {json.loads(answer.body).get('code', '')}".strip() == expected

        return await eventually(is_so, seconds=SOON_SECONDS)

    await tenant.warm_call("GET", real.hello.segment, "/hello")
    await tenant.client.change_install(installed.install_id, ChangeInstall(is_enabled=False))
    is_disabled = await becomes("403 INSTALL_DISABLED")
    listed = await tenant.client.versions("annex-demo/hello")
    await tenant.client.change_install(installed.install_id, ChangeInstall(is_enabled=True))
    is_enabled = await becomes("200")
    await tenant.client.request("DELETE", f"/api/v1/installs/{installed.install_id}")
    is_gone = await becomes("404 EXTENSION_NOT_INSTALLED")

    assert is_disabled
    assert [row.installed for row in listed.items] == [True]
    assert is_enabled
    assert is_gone
    assert set(statuses) == {200, 403, 404}
    assert (await tenant.client.installs()).items == []
