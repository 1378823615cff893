"""Tenants and API keys over HTTP, and what one tenant sees of another: nothing."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.permissions import Permission
from integration.gateway.conftest import PEPPER, Answer, World

NOTES = "/api/ext/acme.notes/notes"


async def _post(world: World, path: str, body: dict[str, Any], *, key: str | None = None) -> Answer:
    return await world.request(
        "POST", path, data=json.dumps(body).encode(), headers={"x-api-key": key or world.api_key}
    )


async def test_a_tenant_is_made_and_listed(gateway: World) -> None:
    tenant_id = str(uuid4())

    made = await _post(gateway, "/api/v1/tenants", {"slug": "north", "name": "North", "tenant_id": tenant_id})

    assert (made.status, made.json()) == (201, {"tenant_id": tenant_id, "slug": "north", "name": "North"})
    listed = (await gateway.get("/api/v1/tenants")).json()
    assert [tenant["slug"] for tenant in listed["items"]] == ["dev", "north"]
    assert listed["next_after"] is None


async def test_tenants_are_listed_page_by_page(gateway: World) -> None:
    for slug in ("a", "b", "c"):
        await _post(gateway, "/api/v1/tenants", {"slug": slug, "name": slug})

    first = (await gateway.get("/api/v1/tenants?limit=2")).json()
    second = (await gateway.get(f"/api/v1/tenants?limit=2&after={first['next_after']}")).json()

    assert [tenant["slug"] for tenant in first["items"] + second["items"]] == ["a", "b", "c", "dev"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"slug": "dev", "name": "x"}, 409, "TENANT_ALREADY_EXISTS"),
        ({"slug": "Not a slug", "name": "x"}, 400, "INVALID_TENANT_SLUG"),
        ({"slug": "x", "name": ""}, 400, "INVALID_REQUEST"),
        ({"slug": "x", "name": "x", "more": 1}, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_tenant_that_cannot_be_is_refused_by_name(
    gateway: World, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await _post(gateway, "/api/v1/tenants", body)

    assert (answer.status, answer.code) == (status, code)


async def test_a_new_key_works_and_its_secret_is_shown_once(gateway: World) -> None:
    wanted = {"name": "ci", "permissions": ["extension:read"], "expires_at": "2100-01-01T00:00:00Z"}

    made = await _post(gateway, "/api/v1/api-keys", wanted)

    key = made.json()["api_key"]
    assert made.status == 201
    assert made.json()["tenant_id"] == gateway.tenant_id
    assert made.headers["cache-control"] == "no-store"
    assert (await gateway.get(NOTES, headers={"x-api-key": key})).status == 200
    listed = await gateway.get("/api/v1/api-keys")
    assert key.split("_")[2] not in listed.body.decode()
    item = next(item for item in listed.json()["items"] if item["key_id"] == made.json()["key_id"])
    assert (item["name"], item["permissions"], item["revoked_at"]) == ("ci", ["extension:read"], None)
    assert datetime.fromisoformat(item["expires_at"]) == datetime(2100, 1, 1, tzinfo=UTC)
    assert item["last_used"] is not None


async def test_a_key_changes_and_its_principal_stays(gateway: World) -> None:
    first = (
        await _post(gateway, "/api/v1/api-keys", {"name": "ci", "permissions": ["extension:read"]})
    ).json()

    second = await _post(
        gateway,
        "/api/v1/api-keys",
        {"name": "any", "permissions": ["extension:read"], "principal_id": first["principal_id"]},
    )

    assert second.json()["principal_id"] == first["principal_id"]
    assert second.json()["key_id"] != first["key_id"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"permissions": ["everything"]}, 400, "INVALID_REQUEST"),
        ({"permissions": []}, 400, "INVALID_REQUEST"),
        ({"tenant_id": str(uuid4())}, 404, "TENANT_NOT_FOUND"),
        ({"principal_id": str(uuid4())}, 404, "PRINCIPAL_NOT_FOUND"),
        ({"expires_at": "2100-01-01T00:00:00"}, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_by_name(
    gateway: World, changes: dict[str, Any], status: int, code: str
) -> None:
    body = {"name": "ci", "permissions": ["extension:read"]} | changes

    answer = await _post(gateway, "/api/v1/api-keys", body)

    assert (answer.status, answer.code) == (status, code)


async def test_revoking_twice_is_revoking(gateway: World) -> None:
    key_id = (
        await _post(gateway, "/api/v1/api-keys", {"name": "ci", "permissions": ["extension:read"]})
    ).json()["key_id"]

    answers = [await gateway.request("DELETE", f"/api/v1/api-keys/{key_id}") for _ in range(2)]

    assert [answer.status for answer in answers] == [204, 204]
    listed = (await gateway.get("/api/v1/api-keys")).json()["items"]
    assert [item["revoked_at"] is not None for item in listed if item["key_id"] == key_id] == [True]


async def test_an_unknown_key_cannot_be_revoked(gateway: World) -> None:
    answer = await gateway.request("DELETE", "/api/v1/api-keys/0000000000000000")

    assert (answer.status, answer.code) == (404, "API_KEY_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/tenants"),
        ("GET", "/api/v1/tenants"),
        ("POST", "/api/v1/api-keys"),
        ("GET", "/api/v1/api-keys"),
        ("DELETE", "/api/v1/api-keys/0000000000000000"),
    ],
)
async def test_only_a_platform_administrator_administers(gateway: World, method: str, path: str) -> None:
    others = await gateway.key(*(set(Permission) - {Permission.PLATFORM_ADMIN}))
    claim = {"x-api-key": gateway.api_key, "x-alga-tenant": str(uuid4())}

    stranger = await gateway.request(method, path, headers={"x-alga-admin": "true"})
    member = await gateway.request(method, path, headers={"x-api-key": others, "x-alga-admin": "true"})
    claimant = await gateway.request(method, path, headers=claim)

    assert (stranger.status, stranger.code) == (401, "UNAUTHENTICATED")
    assert (member.status, member.code) == (403, "PERMISSION_DENIED")
    assert (claimant.status, claimant.code) == (403, "TENANT_MISMATCH")


@pytest.mark.parametrize("spelling", ["install_id", "extension_id", "qualified", "bare"])
@pytest.mark.parametrize("prefix", ["/api/ext", "/api/ext-proxy"])
async def test_another_tenants_install_is_not_there_by_any_name(
    gateway: World, spelling: str, prefix: str
) -> None:
    record = next(iter(gateway.registry.installs.values()))
    name = {
        "install_id": record.install_id,
        "extension_id": record.extension_id,
        "qualified": "acme.notes",
        "bare": "notes",
    }[spelling]
    other = {"x-api-key": await gateway.key(slug="other")}

    probe = await gateway.get(f"{prefix}/{name}/notes", headers=other)
    own = await gateway.get(f"{prefix}/{name}/notes")

    assert (probe.status, probe.code) == (404, "EXTENSION_NOT_INSTALLED")
    assert own.status == 200
    assert len(gateway.runner.requests) == 1


async def test_the_registry_hears_of_the_credentials_tenant_only(gateway: World) -> None:
    other = {"x-api-key": await gateway.key(slug="other")}

    listed = await gateway.get("/api/v1/installs", headers=other)

    assert listed.json() == {"items": []}
    assert str(gateway.registry.seen[-1].caller.tenant_id) != gateway.tenant_id


async def _bootstrap(
    world: World, *arguments: str, where: tuple[str, ...] = ("--print-key",)
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANNEX_GATEWAY_DATABASE_URL": world.database_url, "API_KEY_PEPPER": PEPPER}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "annex_gateway", "bootstrap", "--tenant-slug", "first", *arguments, *where],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_the_first_tenant_and_key_are_made_on_the_command_line(gateway: World) -> None:
    tenant_id = str(uuid4())

    first = await _bootstrap(gateway, "--tenant-id", tenant_id, "--permissions", "platform:admin")
    second = await _bootstrap(gateway)
    renewed = await _bootstrap(gateway, "--renew")

    made, again, fresh = (json.loads(run.stdout) for run in (first, second, renewed))
    assert made["tenant_id"] == again["tenant_id"] == tenant_id
    assert again["api_key"] is None
    assert again["key_id"] == made["key_id"]
    assert fresh["principal_id"] == made["principal_id"]
    assert (await gateway.get("/api/v1/tenants", headers={"x-api-key": fresh["api_key"]})).status == 200
    old = await gateway.get("/api/v1/tenants", headers={"x-api-key": made["api_key"]})
    assert old.code == "API_KEY_REVOKED"


async def test_a_key_is_not_written_into_a_pipe_unasked(gateway: World) -> None:
    refused = await _bootstrap(gateway, where=())
    tenants = (await gateway.get("/api/v1/tenants")).json()["items"]

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--key-file" in refused.stderr
    assert [tenant["slug"] for tenant in tenants] == ["dev"]


async def test_a_key_goes_into_a_new_file_of_its_owners(gateway: World, tmp_path: Path) -> None:
    path = tmp_path / "first-key.json"

    made = await _bootstrap(gateway, where=("--key-file", str(path)))
    again = await _bootstrap(gateway, "--renew", where=("--key-file", str(path)))

    key = json.loads(path.read_text())["api_key"]
    assert (made.returncode, made.stdout) == (0, "")
    assert path.stat().st_mode & 0o777 == 0o600
    assert (await gateway.get("/api/v1/tenants", headers={"x-api-key": key})).status == 200
    assert again.returncode == 2
    assert "new file" in again.stderr


async def test_a_wrong_command_says_so_in_one_sentence(gateway: World) -> None:
    conflict = await _bootstrap(gateway, "--tenant-id", gateway.tenant_id)
    again = await _bootstrap(gateway)

    assert conflict.returncode == 1
    assert "exists already" in conflict.stderr
    assert again.returncode == 0
