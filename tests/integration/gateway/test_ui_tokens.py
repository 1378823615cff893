"""UI tokens over real HTTP: what they open, what they never open, and when they end."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from annex_gateway.domain.ui_tokens import UI_TOKEN_PREFIX
from annex_shared.contracts.installs import InstallRecord
from annex_shared.permissions import Permission
from integration.gateway.conftest import Answer, World
from integration.gateway.identity_world import Browser, signed_in

ALLOW = "access-control-allow-origin"


@dataclass
class Page:
    """An extension's page: it knows its install and its token."""

    world: World
    install: InstallRecord
    browser: Browser
    token: str

    async def call(self, method: str = "GET", *, to: str | None = None, **headers: str) -> Answer:
        said = {"authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        path = f"/api/ext/{to or self.install.install_id}/notes"
        return await self.world.request(method, path, headers=said)


@pytest.fixture
async def page(world: World) -> AsyncIterator[Page]:
    """Open the page of an install, signed in with a browser; nothing is remembered by the gateway."""
    install = world.installed()
    async with world.gateway(api_key_cache_seconds=0.0):
        browser = await signed_in(world, **{"x-api-key": world.api_key})
        issued = await browser.ask("POST", f"/api/v1/installs/{install.install_id}/ui-tokens")
        assert issued.status == 201, issued.body
        yield Page(world, install, browser, issued.json()["token"])


async def test_a_page_calls_its_own_extension_as_the_person_who_opened_it(page: Page) -> None:
    read, written = await page.call(), await page.call("POST")

    assert (read.status, written.status) == (200, 200)
    me = (await page.browser.ask("GET", "/api/v1/me")).json()
    recorded = (await page.world.get("/api/v1/executions")).json()["items"]
    assert {execution["principal_id"] for execution in recorded} == {me["principal_id"]}


async def test_a_token_says_what_it_is_for_and_ends_within_five_minutes(page: Page) -> None:
    issued = await page.browser.ask("POST", f"/api/v1/installs/{page.install.install_id}/ui-tokens")

    said = issued.json()
    assert said["token"].startswith(UI_TOKEN_PREFIX)
    assert said["install_id"] == page.install.install_id
    assert said["version_id"] == page.install.version_id
    assert issued.headers["cache-control"] == "no-store"


ELSEWHERE = [
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/installs"),
    ("POST", "/api/v1/api-keys"),
    ("GET", "/api/v1/executions"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/sign-in-links"),
    ("GET", "/api/v1/audit"),
    ("POST", "/api/v1/extensions/install"),
]


async def test_a_token_opens_nothing_but_calls(page: Page) -> None:
    own = f"/api/v1/installs/{page.install.install_id}"
    for method, path in [*ELSEWHERE, ("POST", f"{own}/ui-tokens"), ("GET", own), ("DELETE", own)]:
        answer = await page.world.request(method, path, headers={"authorization": f"Bearer {page.token}"})

        assert (answer.status, answer.code) == (403, "UI_TOKEN_MISPLACED"), path


async def test_a_token_does_not_open_another_extension_of_the_tenant(page: Page) -> None:
    other = page.world.installed(name="other")

    answer = await page.call(to=other.install_id)

    assert (answer.status, answer.code) == (403, "UI_TOKEN_MISPLACED")
    assert page.world.runner.requests == []


async def test_a_token_does_not_open_the_same_extension_of_another_tenant(page: Page) -> None:
    foreign = page.world.installed(tenant_id=str(uuid4()), name="foreign")

    answer = await page.call(to=foreign.install_id)
    claimed = await page.call(x_tenant_id=foreign.tenant_id)

    assert (answer.status, answer.code) == (404, "EXTENSION_NOT_INSTALLED")
    assert (claimed.status, claimed.code) == (403, "TENANT_MISMATCH")


def _changed(token: str, at: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(token.removeprefix(UI_TOKEN_PREFIX) + "=="))
    raw[at] ^= 1
    return UI_TOKEN_PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_a_forged_token_is_refused_wherever_it_was_changed(page: Page) -> None:
    good = page.token
    wrong = [_changed(good, at) for at in (0, 8, 16, 17, 33, 49, 65, 81, 100, -1)]
    for token in [*wrong, good[:-1], good + "A", UI_TOKEN_PREFIX, f"{UI_TOKEN_PREFIX}ä", good + "=" * 2]:
        page.token = token.encode("ascii", "replace").decode()
        answer = await page.call()

        assert (answer.status, answer.code) == (401, "UI_TOKEN_REFUSED"), token
    assert page.world.runner.requests == []


async def test_a_token_of_a_deployment_with_another_pepper_is_refused(page: Page) -> None:
    async with page.world.gateway(api_key_pepper="another pepper of the integration tests"):
        answer = await page.call()

    assert (answer.status, answer.code) == (401, "UI_TOKEN_REFUSED")


async def test_a_token_beside_a_cookie_or_a_key_is_refused(page: Page) -> None:
    cookie = await page.browser.ask("GET", "/api/ext/acme.notes/notes", authorization=f"Bearer {page.token}")
    key = await page.call(x_api_key=page.world.api_key)

    assert (cookie.status, cookie.code) == (401, "MIXED_CREDENTIALS")
    assert (key.status, key.code) == (401, "MIXED_CREDENTIALS")


async def test_a_token_ends_with_its_session(page: Page) -> None:
    await page.browser.ask("DELETE", "/api/v1/sessions/current")

    answer = await page.call()

    assert (answer.status, answer.code) == (401, "SESSION_REFUSED")


async def test_a_token_is_refused_while_its_install_is_disabled(page: Page) -> None:
    page.world.registry.change(page.install, is_enabled=False)
    async with page.world.gateway(api_key_cache_seconds=0.0):
        answer = await page.call()
        asked = await page.browser.ask("POST", f"/api/v1/installs/{page.install.install_id}/ui-tokens")

    assert (answer.status, answer.code) == (403, "INSTALL_DISABLED")
    assert (asked.status, asked.code) == (403, "INSTALL_DISABLED")


async def test_a_token_ends_with_the_version_it_was_made_for(page: Page) -> None:
    world, version_id = page.world, str(uuid4())
    world.registry.publish(version_id, page.install.extension_id, ("GET", "/notes"))
    world.registry.change(page.install, version_id=version_id)
    async with world.gateway(api_key_cache_seconds=0.0):
        answer = await page.call()
        again = await page.browser.ask("POST", f"/api/v1/installs/{page.install.install_id}/ui-tokens")
        page.token = again.json()["token"]
        renewed = await page.call()

    assert (answer.status, answer.code) == (401, "UI_TOKEN_OUTDATED")
    assert renewed.status == 200


async def test_a_token_made_with_a_key_ends_with_the_key(page: Page) -> None:
    world = page.world
    key = await world.key(Permission.EXTENSION_READ)
    path = f"/api/v1/installs/{page.install.install_id}/ui-tokens"
    page.token = (await world.request("POST", path, headers={"x-api-key": key})).json()["token"]
    read, written = await page.call(), await page.call("POST")

    await world.request("DELETE", f"/api/v1/api-keys/{key.split('_')[1]}")

    revoked = await page.call()
    assert read.status == 200
    assert (written.status, written.code) == (403, "PERMISSION_DENIED")
    assert (revoked.status, revoked.code) == (401, "API_KEY_REVOKED")


async def test_nobody_gets_a_token_for_what_they_may_not_read(page: Page) -> None:
    path = f"/api/v1/installs/{page.install.install_id}/ui-tokens"
    key = await page.world.key(Permission.EXTENSION_PUBLISH)

    forbidden = await page.world.request("POST", path, headers={"x-api-key": key})
    anonymous = await page.world.request("POST", path, headers={})
    forged = await page.browser.ask("POST", path, x_csrf_token=None)

    assert (forbidden.status, forbidden.code) == (403, "PERMISSION_DENIED")
    assert (anonymous.status, anonymous.code) == (401, "UNAUTHENTICATED")
    assert (forged.status, forged.code) == (403, "CSRF_TOKEN_REFUSED")


async def test_a_sandboxed_page_reads_answers_only_with_its_token(page: Page) -> None:
    path = f"/api/ext/{page.install.install_id}/notes"
    ask = {"origin": "null", "access-control-request-method": "GET"}
    preflight = await page.world.request("OPTIONS", path, headers=ask)
    answer = await page.call(origin="null")
    with_key = await page.world.request(
        "GET", path, headers={"origin": "null", "x-api-key": page.world.api_key}
    )
    elsewhere = await page.world.request("OPTIONS", "/api/v1/installs", headers=ask)
    page.token += "A"
    refused = await page.call(origin="null")

    assert preflight.headers[ALLOW] == answer.headers[ALLOW] == refused.headers[ALLOW] == "null"
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert (answer.status, refused.code) == (200, "UI_TOKEN_REFUSED")
    assert ALLOW not in with_key.headers
    assert ALLOW not in elsewhere.headers
    assert "access-control-allow-credentials" not in {*preflight.headers, *answer.headers}


async def test_a_sandboxed_page_passes_where_only_own_hosts_are_answered(page: Page) -> None:
    async with page.world.gateway(allowed_hosts="127.0.0.1"):
        answer = await page.call(origin="null")
        without = await page.world.request(
            "GET",
            f"/api/ext/{page.install.install_id}/notes",
            headers={"origin": "null", "x-api-key": page.world.api_key},
        )

    assert answer.status == 200
    assert (without.status, without.code) == (403, "FOREIGN_ORIGIN")
