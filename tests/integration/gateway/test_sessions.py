"""Sessions of browsers over real HTTP: signing in and out, and requests that were not meant."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from annex_gateway.domain.sessions import PLAIN_COOKIE, SECURE_COOKIE
from annex_shared.permissions import Permission
from integration.gateway.conftest import World
from integration.gateway.identity_world import Browser, TokenWorld, signed_in, taking_tokens

NOTES = "/api/ext/acme.notes/notes"
CURRENT = "/api/v1/sessions/current"
LINKS = "/api/v1/sign-in-links"


@pytest.fixture
async def fresh(world: World) -> AsyncIterator[World]:
    """Return a gateway that asks the database each time."""
    world.installed()
    async with world.gateway(api_key_cache_seconds=0.0):
        yield world


@pytest.fixture
async def browser(fresh: World) -> Browser:
    return await signed_in(fresh, **{"x-api-key": fresh.api_key})


async def test_a_session_opens_what_its_key_opens(browser: Browser) -> None:
    read = await browser.ask("GET", NOTES, x_csrf_token=None, origin=None)
    written = await browser.ask("POST", NOTES)
    listed = await browser.ask("GET", "/api/v1/installs")
    me = (await browser.ask("GET", "/api/v1/me")).json()

    assert (read.status, written.status, listed.status) == (200, 200, 200)
    assert (me["credential"], me["tenant_id"]) == ("session", browser.world.tenant_id)


async def test_the_cookie_is_for_this_host_over_tls_and_for_no_script(fresh: World) -> None:
    answer = await fresh.request("POST", "/api/v1/sessions", headers={"x-api-key": fresh.api_key})

    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert answer.headers["set-cookie"].startswith(f"{SECURE_COOKIE}=")
    assert attributes == {"httponly", "path=/", "samesite=strict", "secure"}
    assert answer.headers["cache-control"] == "no-store"


async def test_nothing_that_opens_a_session_is_kept(browser: Browser) -> None:
    held = await browser.world.request("GET", "/api/v1/audit")

    assert browser.secret not in held.body.decode()
    assert browser.csrf_token not in held.body.decode()
    assert "session.started" in held.body.decode()


FORGED: list[tuple[dict[str, str | None], str]] = [
    ({"origin": "https://evil.example"}, "FOREIGN_ORIGIN"),
    ({"origin": "null"}, "FOREIGN_ORIGIN"),
    ({"sec_fetch_site": "cross-site"}, "FOREIGN_ORIGIN"),
    ({"sec_fetch_site": "same-site"}, "FOREIGN_ORIGIN"),
    ({"origin": None, "sec_fetch_site": None}, "FOREIGN_ORIGIN"),
    ({"x_csrf_token": None}, "CSRF_TOKEN_REFUSED"),
    ({"x_csrf_token": "wrong"}, "CSRF_TOKEN_REFUSED"),
]
CHANGING = [
    ("POST", NOTES),
    ("POST", "/api/v1/api-keys"),
    ("DELETE", CURRENT),
    ("PUT", "/api/v1/roles/auditor"),
]


async def test_a_forged_request_changes_nothing(browser: Browser) -> None:
    for method, path in CHANGING:
        for headers, code in FORGED:
            answer = await browser.ask(method, path, **headers)

            assert (answer.status, answer.code) == (403, code)

    assert browser.world.runner.requests == []
    assert (await browser.ask("GET", CURRENT)).status == 200


async def test_a_page_from_elsewhere_does_not_even_read(browser: Browser) -> None:
    answer = await browser.ask("GET", NOTES, sec_fetch_site="cross-site", origin=None)

    assert (answer.status, answer.code) == (403, "FOREIGN_ORIGIN")
    assert browser.world.runner.requests == []


async def test_a_session_beside_a_key_is_refused(browser: Browser) -> None:
    answer = await browser.ask("GET", NOTES, x_api_key=browser.world.api_key)

    assert (answer.status, answer.code) == (401, "MIXED_CREDENTIALS")


async def test_two_cookies_are_refused(browser: Browser) -> None:
    other = await signed_in(browser.world, **{"x-api-key": browser.world.api_key})
    cookie = f"{SECURE_COOKIE}={browser.secret}; {SECURE_COOKIE}={other.secret}"

    answer = await browser.ask("GET", NOTES, cookie=cookie)

    assert (answer.status, answer.code) == (401, "MIXED_CREDENTIALS")


async def test_who_signs_out_is_out(browser: Browser) -> None:
    ended = await browser.ask("DELETE", CURRENT)

    answer = await browser.ask("GET", NOTES)
    assert ended.status == 204
    assert f'{SECURE_COOKIE}=""' in ended.headers["set-cookie"]
    assert (answer.status, answer.code) == (401, "SESSION_REFUSED")


async def test_signing_in_again_ends_the_session_before(browser: Browser) -> None:
    headers = {"x-api-key": browser.world.api_key, "cookie": f"{SECURE_COOKIE}={browser.secret}"}

    again = await signed_in(browser.world, **headers)

    assert again.secret != browser.secret
    assert (await browser.ask("GET", NOTES)).code == "SESSION_REFUSED"
    assert (await again.ask("GET", NOTES)).status == 200


async def test_a_page_from_elsewhere_signs_nobody_in(fresh: World) -> None:
    headers = {"x-api-key": fresh.api_key, "origin": "https://evil.example", "host": "annex.example"}

    answer = await fresh.request("POST", "/api/v1/sessions", headers=headers)

    assert (answer.status, answer.code) == (403, "FOREIGN_ORIGIN")
    assert "set-cookie" not in answer.headers


async def test_a_session_ends_with_its_key(fresh: World) -> None:
    key = await fresh.key(Permission.EXTENSION_READ)
    browser = await signed_in(fresh, **{"x-api-key": key})

    await fresh.request("DELETE", f"/api/v1/api-keys/{key.split('_')[1]}")

    answer = await browser.ask("GET", NOTES)
    assert (answer.status, answer.code) == (401, "SESSION_EXPIRED")


async def test_an_ended_session_is_remembered_for_no_time_where_it_was_ended(world: World) -> None:
    world.installed()
    async with world.gateway(api_key_cache_seconds=60.0):
        browser = await signed_in(world, **{"x-api-key": world.api_key})
        assert (await browser.ask("GET", NOTES)).status == 200

        await browser.ask("DELETE", CURRENT)

        assert (await browser.ask("GET", NOTES)).code == "SESSION_REFUSED"


async def test_what_is_no_session_is_refused(browser: Browser) -> None:
    for secret in ("", "x", "a" * 43):
        answer = await replace(browser, secret=secret).ask("GET", NOTES)

        assert (answer.status, answer.code) == (401, "SESSION_REFUSED")


async def test_a_link_signs_in_once(fresh: World) -> None:
    link = (await fresh.request("POST", LINKS)).json()["link"]

    browser = await signed_in(fresh, body={"link": link})

    second = await fresh.request(
        "POST", "/api/v1/sessions", data=f'{{"link": "{link}"}}'.encode(), headers={}
    )
    assert (await browser.ask("GET", NOTES)).status == 200
    assert (second.status, second.code) == (401, "SIGN_IN_LINK_REFUSED")


async def test_a_link_that_waited_too_long_is_over(fresh: World) -> None:
    link = (await fresh.request("POST", LINKS)).json()["link"]
    world = TokenWorld(fresh, None)  # type: ignore[arg-type] # no issuer is asked
    await world.execute("UPDATE gateway.sign_in_link SET expires_at = now()")

    answer = await fresh.request(
        "POST", "/api/v1/sessions", data=f'{{"link": "{link}"}}'.encode(), headers={}
    )

    assert (answer.status, answer.code) == (401, "SIGN_IN_LINK_REFUSED")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gateway.console_session SET last_seen = now() - interval '1 hour'",
        "UPDATE gateway.console_session SET expires_at = now() - interval '1 hour'",
    ],
    ids=["idle", "absolute"],
)
async def test_a_session_that_is_too_old_is_over(browser: Browser, statement: str) -> None:
    world = TokenWorld(browser.world, None)  # type: ignore[arg-type] # no issuer is asked
    await world.execute(statement)

    answer = await browser.ask("GET", NOTES)

    assert (answer.status, answer.code) == (401, "SESSION_EXPIRED")


async def test_a_session_makes_no_session_that_would_outlive_it(browser: Browser) -> None:
    link = await browser.ask("POST", LINKS)
    session = await browser.ask("POST", "/api/v1/sessions")

    assert (link.status, link.code) == (403, "SIGN_IN_UNAVAILABLE")
    assert (session.status, session.code) == (401, "UNAUTHENTICATED")


async def test_only_the_platforms_administrator_makes_a_link_for_another(
    world: World, tmp_path: Path
) -> None:
    world.installed()
    async with taking_tokens(world, tmp_path) as tokens:
        ada = await tokens.with_role("viewer")
        ada_id = await tokens.principal_id(ada)
        eve = await tokens.with_role("admin", "eve")

        refused = await tokens.ask("POST", LINKS, {"principal_id": ada_id}, token=eve)
        link = (await tokens.admin("POST", LINKS, {"principal_id": ada_id})).json()["link"]
        browser = await signed_in(world, body={"link": link})
        me = (await browser.ask("GET", "/api/v1/me")).json()

        assert (refused.status, refused.code) == (403, "PERMISSION_DENIED")
        assert (me["principal_id"], me["permissions"]) == (ada_id, ["extension:read"])


async def test_a_session_of_a_token_keeps_what_it_said_and_loses_the_roles_that_are_taken(
    world: World, tmp_path: Path
) -> None:
    world.installed(client_portal_label="Notes")
    async with taking_tokens(world, tmp_path) as tokens:
        token = await tokens.with_role("viewer", permissions=["extension:write"], department="R&D")
        browser = await signed_in(world, authorization=f"Bearer {token}")
        both = (await browser.ask("GET", "/api/v1/me")).json()
        await browser.ask("POST", NOTES)
        principal_id = both["principal_id"]

        await tokens.admin("DELETE", f"/api/v1/principals/{principal_id}/roles/viewer")

        left = (await browser.ask("GET", "/api/v1/me")).json()
        user = world.runner.requests[-1].user
        assert both["permissions"] == ["extension:read", "extension:write"]
        assert left["permissions"] == ["extension:write"]
        assert user is not None
        assert (user.user_name, user.additional_fields) == ("Ada", {"department": "R&D"})


async def test_on_a_loopback_address_the_cookie_is_plain(world: World) -> None:
    world.installed()
    async with world.gateway(session_cookie_secure=False, allowed_hosts="127.0.0.1"):
        own = {"origin": world.gateway_url}
        started = await world.request("POST", "/api/v1/sessions", headers={"x-api-key": world.api_key, **own})
        name, _, secret = started.headers["set-cookie"].partition(";")[0].partition("=")
        headers = {"cookie": f"{name}={secret}", "x-csrf-token": started.json()["csrf_token"]}

        written = await world.request("POST", NOTES, headers={**headers, **own})
        neighbour = await world.request("POST", NOTES, headers={**headers, "origin": "http://127.0.0.1:1"})

    assert name == PLAIN_COOKIE
    assert "secure" not in started.headers["set-cookie"].lower()
    assert (written.status, neighbour.status) == (200, 403)


def test_a_plain_cookie_is_refused_elsewhere(world: World) -> None:
    with pytest.raises(ValueError, match="loopback"):
        world.settings(session_cookie_secure=False, host="0.0.0.0")  # noqa: S104 - what is refused


async def test_a_session_is_shown_with_its_token(browser: Browser) -> None:
    shown = await browser.ask("GET", CURRENT, x_csrf_token=None, origin=None)
    by_key = await browser.world.get(CURRENT)

    assert shown.json()["csrf_token"] == browser.csrf_token
    assert (by_key.status, by_key.code) == (401, "SESSION_REFUSED")
