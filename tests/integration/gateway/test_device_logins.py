"""Devices that sign in over real HTTP: what RFC 8628 answers, who may decide, and what becomes of the key."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from integration.gateway.conftest import Answer, World
from integration.gateway.identity_world import Browser, TokenWorld, signed_in, taking_tokens

LOGINS = "/api/v1/device-authorizations"
TOKENS = "/api/v1/device-tokens"


@pytest.fixture
async def people(world: World, tmp_path: Path) -> AsyncIterator[TokenWorld]:
    world.installed()
    async with taking_tokens(world, tmp_path, device_login_interval_seconds=1) as people:
        yield people


async def _begin(people: TokenWorld, **wish: Any) -> dict[str, Any]:
    answer = await people.ask("POST", LOGINS, {"device_name": "rosa's laptop", **wish})
    assert answer.status == 200, answer.body
    begun: dict[str, Any] = answer.json()
    return begun


async def _poll(people: TokenWorld, begun: dict[str, Any], *, in_time: bool = True) -> Answer:
    if in_time:
        await people.execute("UPDATE gateway.device_login SET polled_at = NULL")
    return await people.ask("POST", TOKENS, {"device_code": begun["device_code"]})


async def _decide(
    people: TokenWorld, begun: dict[str, Any], token: str, decision: str = "approve", **more: Any
) -> Answer:
    return await people.ask(
        "POST", f"{LOGINS}/{begun['user_code']}", {"decision": decision, **more}, token=token
    )


def _refusal(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.json()["code"], answer.json()["error"]


async def test_a_device_waits_until_a_person_approves_and_then_has_a_key_of_theirs(
    people: TokenWorld,
) -> None:
    rosa = await people.with_role("developer", "rosa")
    begun = await _begin(people, permissions=["extension:read", "extension:publish"])

    waiting = await _poll(people, begun)
    seen = await people.ask("GET", f"{LOGINS}/{begun['user_code'].lower()}", token=rosa)
    approved = await _decide(people, begun, rosa, days=7)
    handed = await _poll(people, begun)

    assert _refusal(waiting) == (400, "DEVICE_AUTHORIZATION_PENDING", "authorization_pending")
    assert begun["verification_uri"].endswith("/device")
    assert begun["verification_uri_complete"].endswith(f"/device?user_code={begun['user_code']}")
    assert seen.json()["device_name"] == "rosa's laptop"
    assert approved.json()["granted_permissions"] == ["extension:publish", "extension:read"]
    got = handed.json()
    assert (handed.status, handed.headers["cache-control"]) == (200, "no-store")
    assert (got["token_type"], got["scope"]) == ("Bearer", "extension:publish extension:read")
    assert got["expires_in"] == pytest.approx(7 * 86_400, abs=60)
    me = (await people.ask("GET", "/api/v1/me", key=got["access_token"])).json()
    assert (me["principal_id"], me["permissions"]) == (await people.principal_id(rosa), got["permissions"])
    (listed,) = (await people.ask("GET", "/api/v1/me/api-keys", token=rosa)).json()["items"]
    assert (listed["key_id"], listed["label"]) == (got["key_id"], "rosa's laptop")


async def test_who_asks_too_often_is_told_to_slow_down_and_each_time_to_wait_longer(
    people: TokenWorld,
) -> None:
    begun = await _begin(people)
    await _poll(people, begun)

    answers = [await _poll(people, begun, in_time=False) for _ in range(2)]

    assert [_refusal(answer) for answer in answers] == [(400, "DEVICE_POLL_TOO_FAST", "slow_down")] * 2
    assert [answer.json()["details"]["interval"] for answer in answers] == [6, 11]
    assert answers[1].headers["retry-after"] == "11"


async def test_a_denied_device_gets_nothing(people: TokenWorld) -> None:
    rosa = await people.with_role("developer", "rosa")
    begun = await _begin(people)

    denied = await _decide(people, begun, rosa, "deny")
    answer = await _poll(people, begun)
    again = await _decide(people, begun, rosa)

    assert denied.json()["status"] == "denied"
    assert _refusal(answer) == (400, "DEVICE_AUTHORIZATION_DENIED", "access_denied")
    assert (again.status, again.json()["code"]) == (409, "DEVICE_LOGIN_DECIDED")
    assert (await people.ask("GET", "/api/v1/me/api-keys", token=rosa)).json()["items"] == []


@pytest.mark.parametrize("is_approved", [False, True])
async def test_a_login_that_expired_gives_no_key_and_is_not_shown(
    people: TokenWorld, *, is_approved: bool
) -> None:
    rosa, ben = await people.with_role("developer", "rosa"), people.token("ben")
    begun = await _begin(people)
    if is_approved:
        await _decide(people, begun, rosa)
    await people.execute("UPDATE gateway.device_login SET created_at = now(), expires_at = now()")

    answer = await _poll(people, begun)
    seen = await people.ask("GET", f"{LOGINS}/{begun['user_code']}", token=ben)

    assert _refusal(answer) == (400, "DEVICE_CODE_EXPIRED", "expired_token")
    assert (seen.status, seen.json()["code"]) == (404, "USER_CODE_UNKNOWN")


async def test_a_device_code_that_comes_again_revokes_the_key_it_gave(people: TokenWorld) -> None:
    rosa = await people.with_role("developer", "rosa")
    begun = await _begin(people)
    await _decide(people, begun, rosa)
    key = (await _poll(people, begun)).json()["access_token"]

    again = await _poll(people, begun)

    used = await people.ask("GET", "/api/v1/me", key=key)
    assert _refusal(again) == (400, "DEVICE_CODE_USED", "invalid_grant")
    assert (used.status, used.json()["code"]) == (401, "API_KEY_REVOKED")


@pytest.mark.parametrize("text", ["", "annexdevice_", f"annexdevice_{'A' * 43}", "annex_0123"])
async def test_a_device_code_that_was_never_given_is_refused(people: TokenWorld, text: str) -> None:
    answer = await people.ask("POST", TOKENS, {"device_code": text})

    assert _refusal(answer) == (400, "DEVICE_CODE_UNKNOWN", "invalid_grant")


async def test_who_guesses_codes_is_stopped_and_others_are_not(people: TokenWorld) -> None:
    rosa, ben = await people.with_role("developer", "rosa"), await people.with_role("developer", "ben")
    begun = await _begin(people)

    guesses = [await people.ask("GET", f"{LOGINS}/2222-22{n:02}", token=ben) for n in range(33, 44)]
    right = await people.ask("GET", f"{LOGINS}/{begun['user_code']}", token=ben)
    decided = await _decide(people, begun, ben)
    hers = await people.ask("GET", f"{LOGINS}/{begun['user_code']}", token=rosa)

    assert {answer.status for answer in guesses[:10]} == {404}
    refused = [guesses[10], right, decided]
    assert [(one.status, one.json()["code"]) for one in refused] == [(429, "USER_CODE_GUESSES_EXCEEDED")] * 3
    assert 0 < int(right.headers["retry-after"]) <= 601
    assert hers.status == 200


async def test_codes_that_exist_are_no_guesses(people: TokenWorld) -> None:
    rosa = await people.with_role("developer", "rosa")
    begun = await _begin(people)

    answers = [await people.ask("GET", f"{LOGINS}/{begun['user_code']}", token=rosa) for _ in range(12)]

    assert {answer.status for answer in answers} == {200}


async def test_a_device_of_another_tenant_is_not_approved_and_a_decided_one_is_nobody_elses_business(
    people: TokenWorld,
) -> None:
    rosa = await people.with_role("developer", "rosa")
    stranger = people.token("stranger", tenant_id=await people.other_tenant(), permissions=["extension:read"])
    begun = await _begin(people, tenant_id=people.world.tenant_id)

    refused = await _decide(people, begun, stranger)
    approved = await _decide(people, begun, rosa)
    seen = await people.ask("GET", f"{LOGINS}/{begun['user_code']}", token=stranger)
    got = (await _poll(people, begun)).json()

    assert (refused.status, refused.json()["code"]) == (403, "TENANT_MISMATCH")
    assert approved.status == 200
    assert (seen.status, seen.json()["code"]) == (404, "USER_CODE_UNKNOWN")
    assert got["tenant_id"] == people.world.tenant_id


async def test_nobody_gives_a_device_what_they_do_not_hold_or_it_did_not_ask_for(people: TokenWorld) -> None:
    viewer = await people.with_role("viewer", "vera")
    begun = await _begin(people, permissions=["extension:read", "platform:admin"])

    too_much = await _decide(people, begun, viewer, permissions=["platform:admin"])
    not_asked = await _decide(people, begun, viewer, permissions=["extension:debug"])
    narrowed = await _decide(people, begun, viewer)

    assert [one.json()["code"] for one in (too_much, not_asked)] == ["GRANT_REFUSED"] * 2
    assert narrowed.json()["granted_permissions"] == ["extension:read"]


async def test_a_program_with_a_key_decides_nothing_and_neither_does_a_client(people: TokenWorld) -> None:
    begun = await _begin(people)
    client = people.token("carl", user_type="client", portal_client_id="c1")

    by_key = await people.admin("POST", f"{LOGINS}/{begun['user_code']}", {"decision": "approve"})
    by_client = await _decide(people, begun, client)
    nobody = await people.ask("GET", f"{LOGINS}/{begun['user_code']}")

    assert [one.json()["code"] for one in (by_key, by_client, nobody)] == [
        "DEVICE_APPROVER_REFUSED",
        "CLIENT_USER_REFUSED",
        "UNAUTHENTICATED",
    ]


async def test_a_key_approved_with_a_session_ends_with_the_key_of_that_session(people: TokenWorld) -> None:
    made = await people.admin(
        "POST",
        "/api/v1/api-keys",
        {"name": "short", "permissions": ["extension:read"], "expires_at": "2999-01-01T00:00:00Z"},
    )
    await people.execute(
        "UPDATE gateway.api_key SET expires_at = now() + interval '1 hour' WHERE key_id = $1",
        made.json()["key_id"],
    )
    browser: Browser = await signed_in(people.world, **{"x-api-key": made.json()["api_key"]})
    begun = await _begin(people)

    forged = await browser.ask(
        "POST", f"{LOGINS}/{begun['user_code']}", {"decision": "approve"}, x_csrf_token=None
    )
    approved = await browser.ask("POST", f"{LOGINS}/{begun['user_code']}", {"decision": "approve"})
    got = (await _poll(people, begun)).json()

    assert (forged.status, forged.json()["code"]) == (403, "CSRF_TOKEN_REFUSED")
    assert approved.status == 200
    assert 3_000 < got["expires_in"] <= 3_600


async def test_a_key_revokes_itself_a_person_their_own_and_nobody_anothers(people: TokenWorld) -> None:
    rosa, ben = await people.with_role("developer", "rosa"), await people.with_role("developer", "ben")
    keys = []
    for _ in range(2):
        begun = await _begin(people)
        await _decide(people, begun, rosa)
        keys.append((await _poll(people, begun)).json())
    first, second = keys
    address = f"/api/v1/api-keys/{second['key_id']}"

    by_another_key = await people.ask("DELETE", address, key=first["access_token"])
    by_another_person = await people.ask("DELETE", address, token=ben)
    by_herself = await people.ask("DELETE", address, token=rosa)
    by_itself = await people.ask("DELETE", f"/api/v1/api-keys/{first['key_id']}", key=first["access_token"])

    answers = (by_another_key, by_another_person, by_herself, by_itself)
    assert [answer.status for answer in answers] == [403, 403, 204, 204]
    for key in keys:
        assert (await people.ask("GET", "/api/v1/me", key=key["access_token"])).status == 401


async def test_as_many_logins_wait_as_may_and_decided_ones_make_room(world: World, tmp_path: Path) -> None:
    async with taking_tokens(world, tmp_path, device_logins_max=2) as people:
        rosa = await people.with_role("developer", "rosa")
        begun = [await _begin(people) for _ in range(2)]

        refused = await people.ask("POST", LOGINS, {"device_name": "one too many"})
        await _decide(people, begun[0], rosa, "deny")
        after = await people.ask("POST", LOGINS, {"device_name": "in its place"})

    assert (refused.status, refused.json()["code"]) == (429, "DEVICE_LOGINS_EXCEEDED")
    assert after.status == 200


async def test_decisions_and_keys_are_recorded_and_no_code_is_kept(people: TokenWorld) -> None:
    rosa = await people.with_role("developer", "rosa")
    begun, other = await _begin(people), await _begin(people, device_name="a\u202ebox\n")
    await _decide(people, begun, rosa)
    await _decide(people, other, rosa, "deny")
    key = (await _poll(people, begun)).json()

    held = (await people.admin("GET", "/api/v1/audit")).body.decode()

    changes = [item["change"] for item in (await people.admin("GET", "/api/v1/audit")).json()["items"]]
    assert {"device_login.approved", "device_login.denied", "api_key.issued"} <= set(changes)
    assert '"abox"' in held
    for secret in (begun["device_code"], begun["user_code"], key["access_token"]):
        assert secret not in held


async def test_a_switched_off_person_gets_no_further_with_the_key(people: TokenWorld) -> None:
    rosa = await people.with_role("developer", "rosa")
    begun = await _begin(people)
    await _decide(people, begun, rosa)
    key = (await _poll(people, begun)).json()["access_token"]
    principal_id = await people.principal_id(rosa)

    await people.admin("PATCH", f"/api/v1/principals/{principal_id}", {"enabled": False})
    answer = await people.ask("GET", "/api/v1/me", key=key)

    assert (answer.status, answer.json()["code"]) == (403, "PRINCIPAL_DISABLED")
