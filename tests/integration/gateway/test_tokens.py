"""Tokens of an issuer over real HTTP: who gets in, as whom, and what the extension learns of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.permissions import Permission
from annex_shared.settings import InvalidSettings
from integration.gateway.conftest import World
from integration.gateway.identity_world import TokenWorld, issuers_file, taking_tokens
from support.oidc_issuer import Issuer, IssuerKey

NOTES = "/api/ext/acme.notes/notes"


@pytest.fixture
async def tokens(world: World, tmp_path: Path) -> AsyncIterator[TokenWorld]:
    world.installed()
    async with taking_tokens(world, tmp_path) as tokens:
        yield tokens


async def test_a_person_reaches_an_extension_and_it_learns_who_they_are(tokens: TokenWorld) -> None:
    token = tokens.token(permissions=["extension:read"], email="ada@example.com", department="R&D")

    answer = await tokens.ask("GET", NOTES, token=token)

    user = tokens.world.runner.requests[-1].user
    assert answer.status == 200
    assert user is not None
    assert (user.user_name, user.user_email, user.user_type) == ("Ada", "ada@example.com", "internal")
    assert (user.client_name, user.client_id) == ("dev", None)
    assert user.additional_fields == {"department": "R&D"}
    assert user.user_id == await tokens.principal_id(token)


async def test_a_service_is_introduced_as_nobody(tokens: TokenWorld) -> None:
    token = tokens.token("ci", user_type="service", permissions=["extension:read"])

    by_token = await tokens.ask("GET", NOTES, token=token)
    by_key = await tokens.ask("GET", NOTES, key=tokens.world.api_key)

    assert (by_token.status, by_key.status) == (200, 200)
    assert [request.user for request in tokens.world.runner.requests] == [None, None]


async def test_nobodys_address_is_logged(tokens: TokenWorld, capfd: pytest.CaptureFixture[str]) -> None:
    token = tokens.token(permissions=["extension:read"], email="ada@example.com")

    await tokens.ask("GET", NOTES, token=token)
    await tokens.ask("POST", NOTES, token=token)

    written = capfd.readouterr()
    assert "ada@" not in written.out + written.err
    assert token.split(".")[2] not in written.out + written.err


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "other audience": ({"aud": "other"}, 401, "TOKEN_AUDIENCE_MISMATCH"),
    "expired": ({"iat": 1_000_000_000, "exp": 1_000_000_300, "nbf": None}, 401, "TOKEN_EXPIRED"),
    "not yet": ({"iat": 4_000_000_000, "exp": 4_000_000_300}, 401, "TOKEN_NOT_YET_VALID"),
    "stranger": ({"iss": "https://stranger.example"}, 401, "TOKEN_ISSUER_UNKNOWN"),
    "no tenant": ({"tenant_id": None}, 403, "TOKEN_TENANT_REFUSED"),
    "unknown tenant": ({"tenant_id": str(uuid4())}, 403, "TOKEN_TENANT_REFUSED"),
    "client with roles": ({"user_type": "client", "roles": ["viewer"]}, 401, "TOKEN_CLAIMS_CONTRADICTORY"),
    "nothing granted": ({}, 403, "PERMISSION_DENIED"),
    "beyond the ceiling": ({"permissions": ["platform:admin"]}, 403, "PERMISSION_DENIED"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_token_that_does_not_count_runs_nothing(tokens: TokenWorld, case: str) -> None:
    claims, status, code = REFUSED[case]

    answer = await tokens.ask("GET", NOTES, token=tokens.token(**claims))

    assert (answer.status, answer.code) == (status, code)
    assert tokens.world.runner.requests == []


async def test_a_token_beside_a_key_or_another_token_is_refused(tokens: TokenWorld) -> None:
    token, other = tokens.token(), tokens.token("eve")
    both = [("authorization", f"Bearer {token}"), ("authorization", f"Bearer {other}")]

    beside_key = await tokens.ask("GET", NOTES, token=token, key=tokens.world.api_key)
    beside_token = await tokens.world.request("GET", NOTES, headers=both)

    assert (beside_key.status, beside_key.code) == (401, "MIXED_CREDENTIALS")
    assert (beside_token.status, beside_token.code) == (401, "MIXED_CREDENTIALS")


async def test_a_header_that_contradicts_the_token_is_refused(tokens: TokenWorld) -> None:
    headers = {"authorization": f"Bearer {tokens.token()}", "x-tenant-id": str(uuid4())}

    answer = await tokens.world.request("GET", "/api/v1/me", headers=headers)

    assert (answer.status, answer.code) == (403, "TENANT_MISMATCH")


async def test_without_issuers_no_token_is_taken(gateway: World) -> None:
    answer = await gateway.get(NOTES, headers={"authorization": "Bearer a.b.c"})

    assert (answer.status, answer.code) == (401, "TOKEN_ISSUER_UNKNOWN")


async def test_many_first_sights_at_once_make_one_principal(tokens: TokenWorld) -> None:
    texts = [tokens.token("new", jti=str(number)) for number in range(12)]

    ids = await asyncio.gather(*(tokens.principal_id(text) for text in texts))

    listed = (await tokens.admin("GET", "/api/v1/principals")).json()["items"]
    assert len(set(ids)) == 1
    assert [item["subject"] for item in listed].count("new") == 1


async def test_a_tenant_takes_so_many_people_and_no_more(world: World, tmp_path: Path) -> None:
    async with taking_tokens(world, tmp_path, token_principals_per_tenant=1) as tokens:
        first = await tokens.ask("GET", "/api/v1/me", token=tokens.token("one"))
        second = await tokens.ask("GET", "/api/v1/me", token=tokens.token("two"))
        again = await tokens.ask("GET", "/api/v1/me", token=tokens.token("one"))

    assert (first.status, again.status) == (200, 200)
    assert (second.status, second.code) == (403, "PRINCIPAL_LIMIT_REACHED")


async def test_people_get_in_while_the_issuer_is_away(tokens: TokenWorld) -> None:
    await tokens.principal_id(tokens.token())
    tokens.issuer.is_down = True

    known_key = await tokens.ask("GET", "/api/v1/me", token=tokens.token("eve"))
    new_key = await tokens.ask("GET", "/api/v1/me", token=tokens.token(key=IssuerKey.ec("new")))

    assert known_key.status == 200
    assert (new_key.status, new_key.code) == (503, "TOKEN_ISSUER_UNAVAILABLE")
    assert new_key.headers["retry-after"] == "30"


async def test_an_issuer_changes_its_keys_without_anybody_waiting(tokens: TokenWorld) -> None:
    await tokens.principal_id(tokens.token())
    tokens.issuer.keys = [IssuerKey.ec("next")]

    answer = await tokens.ask("GET", "/api/v1/me", token=tokens.token())
    invented = [
        await tokens.ask(
            "GET", "/api/v1/me", token=tokens.token(key=IssuerKey("x" * n, "ES256", key.private))
        )
        for n, key in enumerate([tokens.issuer.keys[0]] * 20, start=1)
    ]

    assert answer.status == 200
    assert {refused.code for refused in invented} == {"TOKEN_KEY_UNKNOWN"}
    assert tokens.issuer.asked == 3


async def test_a_principal_that_is_switched_off_gets_in_no_more(tokens: TokenWorld) -> None:
    token = tokens.token()
    path = f"/api/v1/principals/{await tokens.principal_id(token)}"

    off = await tokens.admin("PATCH", path, {"enabled": False})
    refused = await tokens.ask("GET", "/api/v1/me", token=token)
    await tokens.admin("PATCH", path, {"enabled": True})

    assert off.json()["disabled_at"] is not None
    assert (refused.status, refused.code) == (403, "PRINCIPAL_DISABLED")
    assert (await tokens.ask("GET", "/api/v1/me", token=token)).status == 200


async def test_me_says_what_one_may_and_why(tokens: TokenWorld) -> None:
    token = await tokens.with_role("operator", permissions=["extension:publish"])

    me = (await tokens.ask("GET", "/api/v1/me", token=token)).json()

    assert (me["credential"], me["kind"], me["tenant_id"]) == ("token", "user", tokens.world.tenant_id)
    assert me["sources"] == [
        {"source": "credential", "permissions": ["extension:publish"]},
        {"source": "role:operator", "permissions": ["extension:debug", "extension:read", "extension:write"]},
    ]
    assert me["expires_at"] is not None
    assert not me["is_tenant_admin"]


@pytest.fixture
async def portal(world: World, tmp_path: Path) -> AsyncIterator[TokenWorld]:
    """One extension with a place in the client portal, one without."""
    world.installed(client_portal_label="Notes")
    world.installed(name="inner")
    async with taking_tokens(world, tmp_path) as tokens:
        yield tokens


async def test_a_client_reaches_the_portals_extensions_only(portal: TokenWorld) -> None:
    token = portal.token("carl", user_type="client", portal_client_id="c-7", portal_client_name="Carl & Co")

    allowed = await portal.ask("POST", NOTES, token=token)
    inner = await portal.ask("GET", "/api/ext/acme.inner/notes", token=token)

    user = portal.world.runner.requests[-1].user
    assert allowed.status == 200
    assert user is not None
    assert (user.user_type, user.client_id, user.client_name) == ("client", "c-7", "Carl & Co")
    assert (inner.status, inner.code) == (403, "EXTENSION_NOT_FOR_CLIENTS")


async def test_a_client_whom_nobody_knows_reaches_nothing_until_an_administrator_says_who(
    portal: TokenWorld,
) -> None:
    token = portal.token("carl", user_type="client")
    refused = await portal.ask("GET", NOTES, token=token)
    path = f"/api/v1/principals/{await portal.principal_id(token)}"

    await portal.admin("PATCH", path, {"client_id": "c-7"})
    allowed = await portal.ask("GET", NOTES, token=token)
    other = await portal.ask(
        "GET", NOTES, token=portal.token("carl", user_type="client", portal_client_id="c-8")
    )

    assert (refused.status, refused.code) == (403, "CLIENT_UNKNOWN")
    assert allowed.status == 200
    assert (other.status, other.code) == (401, "TOKEN_CLAIMS_CONTRADICTORY")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/extensions/acme/notes/versions"),
        ("GET", "/api/v1/installs"),
        ("POST", "/api/v1/uploads"),
        ("GET", "/api/v1/principals"),
        ("GET", "/api/v1/audit"),
        ("POST", "/api/v1/sign-in-links"),
        ("GET", "/api/ext-debug/stream?extensionId=acme.notes"),
    ],
)
async def test_a_client_gets_no_list_and_nothing_of_the_platforms(
    portal: TokenWorld, method: str, path: str
) -> None:
    token = portal.token("carl", user_type="client", portal_client_id="c-7")
    seen = len(portal.world.registry.seen)

    answer = await portal.ask(method, path, token=token)

    assert (answer.status, answer.code) == (403, "CLIENT_USER_REFUSED")
    assert len(portal.world.registry.seen) == seen


async def test_a_client_stays_a_client_whatever_the_next_token_says(portal: TokenWorld) -> None:
    await portal.principal_id(portal.token("carl", user_type="client", portal_client_id="c-7"))

    promoted = await portal.ask(
        "GET", NOTES, token=portal.token("carl", user_type="internal", permissions=["extension:read"])
    )

    assert (promoted.status, promoted.code) == (401, "TOKEN_CLAIMS_CONTRADICTORY")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"any_tenant": False}, "whom the issuer speaks for"),
        ({"tenant": str(uuid4())}, "whom the issuer speaks for"),
        ({"issuer": "http://login.example.com"}, "must begin with https://"),
        ({"audiences": []}, "audiences"),
        ({"algorithms": ["HS256"]}, "known algorithms"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_mistake_in_the_file_of_issuers_stops_the_start(
    world: World, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    path = issuers_file(tmp_path, Issuer(url="https://login.example.com"), **changes)

    with pytest.raises(InvalidSettings) as refusal:
        async with world.gateway(token_issuers_file=path):
            pass

    assert says in refusal.value.message


async def test_a_key_of_a_person_introduces_them(tokens: TokenWorld) -> None:
    wanted = {"name": "Ada", "kind": "user", "permissions": [Permission.EXTENSION_READ]}
    key = (await tokens.admin("POST", "/api/v1/api-keys", json.loads(json.dumps(wanted)))).json()["api_key"]

    await tokens.ask("GET", NOTES, key=key)

    user = tokens.world.runner.requests[-1].user
    assert user is not None
    assert user.user_name == "Ada"
