"""Every address of the gateway's document: nobody without a credential, nobody from another tenant."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from annex_shared.permissions import Permission
from support.platform.owned import Owned, owned_things
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

DOCUMENT = json.loads(
    (Path(__file__).resolve().parent.parent.parent / "docs" / "api" / "gateway.openapi.json").read_text()
)
# What everybody may read; a new address is either here or behind a credential.
OPEN = {
    ("GET", "/"),
    ("GET", "/.well-known/limits.json"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/v1/trusted-publishing"),
    ("GET", "/api/v1/version"),
    # The console's files: what is shown on them is asked for with a session.
    ("GET", "/assets/{name}"),
    ("GET", "/device"),
    ("GET", "/sign-in"),
    ("GET", "/t/{place}"),
    ("GET", "/livez"),
    ("GET", "/log/checkpoint"),
    ("GET", "/log/proof/{index}"),
    ("GET", "/log/tile/{place}"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/readyz"),
    # A device that is to be signed in has nothing yet; what it gets, a person who is signed in decides.
    ("POST", "/api/v1/device-authorizations"),
    ("POST", "/api/v1/device-tokens"),
    # They bring a credential of their own in their bodies.
    ("POST", "/api/v1/trusted-publishing/token"),
}
# What is published belongs to all tenants: a stranger reads it, and reads nothing of the owner in it.
PUBLISHED = "/api/v1/extensions/{publisher}/{name}"
OPERATIONS = sorted(
    (method.upper(), path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if method != "parameters"
)
GUARDED = [operation for operation in OPERATIONS if operation not in OPEN]
STREAMED = ("/api/ext-debug/stream", "/api/v1/feed")


def _id(operation: tuple[str, str]) -> str:
    return " ".join(operation)


@pytest.fixture(scope="module")
async def owned(real: RealPlatform, tmp_path_factory: pytest.TempPathFactory) -> Owned:
    return await owned_things(real, tmp_path_factory.mktemp("owned"))


@pytest.fixture(scope="module")
async def http(real: RealPlatform) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(real.platform.gateway_url, timeout=timeout) as session:
        yield session


@pytest.mark.parametrize("operation", GUARDED, ids=_id)
async def test_without_a_credential_nothing_is_answered(
    http: aiohttp.ClientSession, owned: Owned, operation: tuple[str, str]
) -> None:
    method, template = operation

    async with http.request(method, owned.path(template), data=b"{}") as answer:
        body = await answer.read()

    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert method == "HEAD" or json.loads(body)["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("operation", GUARDED, ids=_id)
async def test_a_claim_of_another_tenant_contradicts_the_credential(
    real: RealPlatform, owned: Owned, operation: tuple[str, str]
) -> None:
    method, template = operation
    claim = {"x-tenant-id": owned.owner.tenant_id, "content-type": "application/json"}

    refused = await real.operator.client.send(method, owned.path(template), body=b"{}", headers=claim)

    assert refused.status == 403
    assert method == "HEAD" or json.loads(refused.body)["code"] == "TENANT_MISMATCH"


@pytest.fixture(scope="module")
async def untouched(owned: Owned) -> list[Any]:
    """Read what the owner has before any stranger comes."""
    return await owned.state()


@pytest.fixture(scope="module")
async def stranger(real: RealPlatform) -> Tenant:
    return await real.operator.new_tenant()


@pytest.mark.parametrize("operation", GUARDED, ids=_id)
async def test_a_stranger_sees_and_changes_nothing_of_another_tenant(
    owned: Owned, untouched: list[Any], stranger: Tenant, operation: tuple[str, str]
) -> None:
    method, template = operation
    if template.startswith(STREAMED):
        pytest.skip("a stream of the stranger's own tenant: shown empty by tests of its own")

    answer = await stranger.client.send(
        method, owned.path(template), body=b"{}", headers={"content-type": "application/json"}
    )

    assert answer.status < 500
    # A problem repeats the address it is about.
    shown = answer.body.decode("utf-8", "replace").replace(owned.path(template), "")
    for word in (owned.owner.tenant_id, owned.names["schedule_id"], owned.secret, "private greeting"):
        assert word not in shown
    if any(f"{{{name}_id}}" in template for name in ("install", "schedule", "upload", "execution")):
        # Deleting an upload that is not there is done already.
        nothing = 204 if (method, template) == ("DELETE", "/api/v1/uploads/{upload_id}") else 404
        assert answer.status in (nothing, 400, 403, 415), shown
        assert answer.status != 400 or method != "GET", shown
    elif not template.startswith(PUBLISHED):
        assert owned.names["install_id"] not in shown
    # What only reads was shown to nobody; what changes things has changed nothing.
    assert method in ("GET", "HEAD") or await owned.state() == untouched


async def test_the_debugger_alone_is_let_to_nothing_else(real: RealPlatform, owned: Owned) -> None:
    debugger = await real.operator.new_tenant([Permission.EXTENSION_DEBUG])
    # Whoever is known may sign in with a browser, as nobody else, and hear who they are.
    own_rights = (
        *("/api/ext-debug/stream", "/api/v1/debug/terms"),
        *("/api/v1/me", "/api/v1/sessions", "/api/v1/sign-in-links", "/api/v1/console/session"),
    )
    answers = {
        (method, template): await debugger.client.send(
            method, owned.path(template), body=b"{}", headers={"content-type": "application/json"}
        )
        for method, template in GUARDED
        if not template.startswith(own_rights)
    }

    let_in = {
        operation: answer.status for operation, answer in answers.items() if answer.status not in (403, 404)
    }
    assert let_in == {}
