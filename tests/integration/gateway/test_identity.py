"""Principals, roles, keys and the record over HTTP, and what one tenant's administrator sees of another's."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from annex_gateway.domain.identity_changes import Change
from annex_shared.permissions import Permission
from integration.gateway.conftest import Answer, World
from integration.gateway.identity_world import TokenWorld, taking_tokens

NOTES = "/api/ext/acme.notes/notes"
READ = ["extension:read"]


@pytest.fixture
async def tokens(world: World, tmp_path: Path) -> AsyncIterator[TokenWorld]:
    world.installed()
    async with taking_tokens(world, tmp_path) as tokens:
        yield tokens


async def test_a_role_opens_and_its_loss_closes(tokens: TokenWorld) -> None:
    token = await tokens.with_role("viewer")
    path = f"/api/v1/principals/{await tokens.principal_id(token)}/roles/viewer"

    reading = await tokens.ask("GET", NOTES, token=token)
    writing = await tokens.ask("POST", NOTES, token=token)
    taken = await tokens.admin("DELETE", path)
    after = await tokens.ask("GET", NOTES, token=token)

    assert (reading.status, writing.code) == (200, "PERMISSION_DENIED")
    assert (taken.status, after.code) == (204, "PERMISSION_DENIED")
    assert (await tokens.admin("DELETE", path)).code == "ROLE_NOT_FOUND"


async def test_a_tenants_own_role_changes_for_whoever_has_it(tokens: TokenWorld) -> None:
    made = await tokens.admin("PUT", "/api/v1/roles/auditor", {"permissions": READ, "description": "Reads"})
    token = await tokens.with_role("auditor")
    before = await tokens.ask("POST", NOTES, token=token)

    await tokens.admin("PUT", "/api/v1/roles/auditor", {"permissions": ["extension:write"]})
    changed = await tokens.ask("POST", NOTES, token=token)
    await tokens.admin("DELETE", "/api/v1/roles/auditor")
    removed = await tokens.ask("POST", NOTES, token=token)

    assert made.json()["permissions"] == READ
    assert [before.status, changed.status, removed.status] == [403, 200, 403]


async def test_a_role_named_by_a_token_is_the_tenants(tokens: TokenWorld) -> None:
    await tokens.admin("PUT", "/api/v1/roles/auditor", {"permissions": READ})

    answer = await tokens.ask("GET", NOTES, token=tokens.token(roles=["auditor", "nonsense"]))

    assert answer.status == 200


async def test_roles_are_listed_with_the_built_in_ones(tokens: TokenWorld) -> None:
    await tokens.admin("PUT", "/api/v1/roles/auditor", {"permissions": READ})

    listed = (await tokens.admin("GET", "/api/v1/roles")).json()["items"]

    assert [role["name"] for role in listed if role["built_in"]] == [
        "viewer",
        "operator",
        "publisher",
        "developer",
        "admin",
    ]
    assert [role["name"] for role in listed if not role["built_in"]] == ["auditor"]


REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("PUT", "/api/v1/roles/admin", {"permissions": READ}, 409, "ROLE_IS_BUILT_IN"),
    ("DELETE", "/api/v1/roles/viewer", None, 409, "ROLE_IS_BUILT_IN"),
    ("PUT", "/api/v1/roles/Odd", {"permissions": READ}, 400, "INVALID_ROLE_NAME"),
    ("PUT", "/api/v1/roles/x", {"permissions": ["platform:admin"]}, 403, "GRANT_REFUSED"),
    ("PUT", "/api/v1/roles/x", {"permissions": []}, 400, "INVALID_REQUEST"),
    ("DELETE", "/api/v1/roles/ghost", None, 404, "ROLE_NOT_FOUND"),
    ("POST", "/api/v1/principals", {"name": "x", "issuer": "i"}, 400, "INVALID_REQUEST"),
    ("GET", f"/api/v1/principals/{'0' * 8}", None, 400, "INVALID_ID"),
    ("GET", "/api/v1/audit?since=yesterday", None, 400, "INVALID_REQUEST"),
    ("GET", "/api/v1/audit?before=-1", None, 400, "INVALID_REQUEST"),
    ("GET", "/api/v1/audit/debug-sessions?before=x", None, 400, "INVALID_REQUEST"),
    (
        "POST",
        "/api/v1/api-keys",
        {"name": "x", "permissions": ["platform:admin"]},
        403,
        "GRANT_REFUSED",
    ),
]


async def test_what_a_tenants_administrator_cannot_do_is_named(tokens: TokenWorld) -> None:
    admin = await tokens.with_role("admin")

    answers = [await tokens.ask(method, path, body, token=admin) for method, path, body, _, _ in REFUSED]

    found = [(answer.status, answer.code) for answer in answers]
    assert found == [(status, code) for _, _, _, status, code in REFUSED]


async def test_a_tenants_administrator_runs_their_tenant(tokens: TokenWorld) -> None:
    admin = await tokens.with_role("admin")
    wanted = {"name": "bea", "issuer": tokens.issuer.url, "subject": "bea", "display_name": "Bea"}

    principal = (await tokens.ask("POST", "/api/v1/principals", wanted, token=admin)).json()
    again = await tokens.ask("POST", "/api/v1/principals", wanted, token=admin)
    path = f"/api/v1/principals/{principal['principal_id']}"
    given = await tokens.ask("PUT", f"{path}/roles/operator", token=admin)
    shown = await tokens.ask("GET", path, token=admin)
    issued = await tokens.ask("POST", "/api/v1/api-keys", {"name": "ci", "permissions": READ}, token=admin)
    key = issued.json()
    revoked = await tokens.ask("DELETE", f"/api/v1/api-keys/{key['key_id']}", token=admin)

    assert again.code == "PRINCIPAL_ALREADY_EXISTS"
    assert given.json()["roles"] == shown.json()["roles"] == ["operator"]
    assert (issued.status, revoked.status) == (201, 204)
    # The principal was there before its first sight.
    assert await tokens.principal_id(tokens.token("bea")) == principal["principal_id"]


async def test_an_administrators_key_is_out_of_a_tenant_administrators_reach(tokens: TokenWorld) -> None:
    admin = await tokens.with_role("admin")
    path = f"/api/v1/api-keys/{tokens.world.api_key.split('_')[1]}"

    principal_id = (await tokens.admin("GET", "/api/v1/me")).json()["principal_id"]
    principal = f"/api/v1/principals/{principal_id}"
    wanted = {"name": "bootstrap", "permissions": READ}

    answers = [
        await tokens.ask("POST", f"{path}/rotate", token=admin),
        await tokens.ask("DELETE", path, token=admin),
        await tokens.ask("PATCH", principal, {"enabled": False}, token=admin),
        await tokens.ask("POST", "/api/v1/api-keys", wanted, token=admin),
        await tokens.ask("POST", "/api/v1/api-keys", {**wanted, "principal_id": principal_id}, token=admin),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "GRANT_REFUSED")}


ADMINISTERED = [
    ("GET", "/api/v1/principals"),
    ("POST", "/api/v1/principals"),
    ("GET", "/api/v1/principals/{principal}"),
    ("PATCH", "/api/v1/principals/{principal}"),
    ("PUT", "/api/v1/principals/{principal}/roles/viewer"),
    ("DELETE", "/api/v1/principals/{principal}/roles/viewer"),
    ("GET", "/api/v1/roles"),
    ("PUT", "/api/v1/roles/theirs"),
    ("DELETE", "/api/v1/roles/theirs"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/audit/debug-sessions"),
    ("GET", "/api/v1/api-keys"),
    ("POST", "/api/v1/api-keys"),
    ("DELETE", "/api/v1/api-keys/{key}"),
    ("POST", "/api/v1/api-keys/{key}/rotate"),
]
BODIES: dict[str, Any] = {
    "POST /api/v1/principals": {"name": "mallory"},
    "PATCH /api/v1/principals/{principal}": {"enabled": False},
    "PUT /api/v1/roles/theirs": {"permissions": READ},
    "POST /api/v1/api-keys": {"name": "mallory", "permissions": READ},
}


async def _asked(
    tokens: TokenWorld, route: tuple[str, str], token: str, *, tenant: str | None, **names: str
) -> Answer:
    method, pattern = route
    path, body = pattern.format(**names), BODIES.get(f"{method} {pattern}")
    if tenant is not None and body is not None and method == "POST":
        body = {**body, "tenant_id": tenant}
    elif tenant is not None:
        path = f"{path}?tenant_id={tenant}"
    return await tokens.ask(method, path, body, token=token)


def strings_in(answer: Answer) -> list[str]:
    return [] if not answer.body else re.findall(r'"([^"]*)"', answer.body.decode())


async def test_one_tenants_administrator_sees_and_changes_nothing_of_another(tokens: TokenWorld) -> None:
    other = await tokens.other_tenant()
    await tokens.admin("PUT", f"/api/v1/roles/theirs?tenant_id={other}", {"permissions": READ})
    victim = await tokens.principal_id(tokens.token("victim", tenant_id=other))
    wanted = {"name": "victim-key", "permissions": READ, "tenant_id": other}
    key = (await tokens.admin("POST", "/api/v1/api-keys", wanted)).json()
    before = (await tokens.admin("GET", f"/api/v1/audit?tenant_id={other}")).body
    mallory = await tokens.with_role("admin", "mallory")
    names = {"principal": victim, "key": key["key_id"]}

    for route in ADMINISTERED:
        named = await _asked(tokens, route, mallory, tenant=other, **names)
        unnamed = await _asked(tokens, route, mallory, tenant=None, **names)

        is_key = "{key}" in route[1]
        assert named.status == (404 if is_key else 403), route
        assert named.code == ("API_KEY_NOT_FOUND" if is_key else "TENANT_MISMATCH"), route
        if "{" in route[1]:
            assert (unnamed.status, unnamed.code[-10:]) == (404, "_NOT_FOUND"), route
        else:
            assert not {victim, other, key["key_id"]} & set(strings_in(unnamed)), route

    assert (await tokens.admin("GET", f"/api/v1/audit?tenant_id={other}")).body == before


async def test_other_roles_administer_nothing(tokens: TokenWorld) -> None:
    for role in ("viewer", "operator", "publisher"):
        await tokens.with_role(role)
    token = await tokens.with_role("developer")
    names = {"principal": await tokens.principal_id(token), "key": "0" * 16}

    answers = [await _asked(tokens, route, token, tenant=None, **names) for route in ADMINISTERED]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "PERMISSION_DENIED")}


async def test_without_a_credential_nothing_is_administered(tokens: TokenWorld) -> None:
    names = {"principal": str(uuid4()), "key": "0" * 16}
    routes = [
        *ADMINISTERED,
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/me/api-keys"),
        ("POST", "/api/v1/sessions"),
    ]

    answers = [await tokens.ask(method, path.format(**names)) for method, path in routes]

    assert {answer.code for answer in answers} == {"UNAUTHENTICATED"}


async def test_a_key_gets_a_new_secret_and_both_open_for_a_while(tokens: TokenWorld) -> None:
    old = await tokens.world.key(Permission.EXTENSION_READ)
    key_id = old.split("_")[1]

    rotated = (await tokens.ask("POST", f"/api/v1/api-keys/{key_id}/rotate", key=old)).json()

    assert rotated["key_id"] == key_id
    assert rotated["previous_until"] is not None
    for key in (old, rotated["api_key"]):
        assert (await tokens.ask("GET", NOTES, key=key)).status == 200


async def test_without_an_overlap_the_old_secret_is_over_at_once(tokens: TokenWorld) -> None:
    old = await tokens.world.key(Permission.EXTENSION_READ)
    path = f"/api/v1/api-keys/{old.split('_')[1]}/rotate"

    new = (await tokens.ask("POST", path, {"overlap_seconds": 0}, key=old)).json()["api_key"]

    refused = await tokens.ask("GET", NOTES, key=old)
    assert (refused.status, refused.code) == (401, "API_KEY_REVOKED")
    assert (await tokens.ask("GET", NOTES, key=new)).status == 200


async def test_a_holder_rotates_their_own_key_and_moves_no_end(tokens: TokenWorld) -> None:
    one, other = [await tokens.world.key(Permission.EXTENSION_READ) for _ in range(2)]
    path = "/api/v1/api-keys/{}/rotate"

    foreign = await tokens.ask("POST", path.format(other.split("_")[1]), key=one)
    longer = await tokens.ask(
        "POST", path.format(one.split("_")[1]), {"expires_at": "2100-01-01T00:00:00Z"}, key=one
    )

    assert (foreign.status, foreign.code) == (403, "PERMISSION_DENIED")
    assert (longer.status, longer.code) == (403, "PERMISSION_DENIED")


async def test_one_lists_ones_own_keys_only(tokens: TokenWorld) -> None:
    key = await tokens.world.key(Permission.EXTENSION_READ)

    own = await tokens.ask("GET", "/api/v1/me/api-keys", key=key)

    assert [item["key_id"] for item in own.json()["items"]] == [key.split("_")[1]]
    assert key.split("_")[2] not in own.body.decode()


async def test_every_change_of_identity_is_recorded(tokens: TokenWorld) -> None:
    await tokens.other_tenant()
    token = await tokens.with_role("viewer")
    principal_id = await tokens.principal_id(token)
    await tokens.admin("PATCH", f"/api/v1/principals/{principal_id}", {"enabled": True})
    await tokens.admin("DELETE", f"/api/v1/principals/{principal_id}/roles/viewer")
    await tokens.admin("PUT", "/api/v1/roles/auditor", {"permissions": READ})
    await tokens.admin("DELETE", "/api/v1/roles/auditor")
    key = (await tokens.admin("POST", "/api/v1/api-keys", {"name": "ci", "permissions": READ})).json()
    await tokens.admin("POST", f"/api/v1/api-keys/{key['key_id']}/rotate")
    await tokens.admin("DELETE", f"/api/v1/api-keys/{key['key_id']}")
    await tokens.admin("POST", "/api/v1/sign-in-links")
    await tokens.admin("POST", "/api/v1/sessions")

    entries = (await tokens.admin("GET", "/api/v1/audit")).json()["items"]
    about_key = await tokens.admin("GET", f"/api/v1/audit?subject=api_key:{key['key_id']}")
    by_ada = await tokens.admin("GET", f"/api/v1/audit?actor={principal_id}&change=principal.created")

    seen = {entry["change"] for entry in entries}
    elsewhere = {Change.SESSION_ENDED, Change.DEVICE_APPROVED, Change.DEVICE_DENIED}
    assert seen == {change.value for change in Change} - elsewhere
    assert [entry["change"] for entry in about_key.json()["items"]] == [
        "api_key.revoked",
        "api_key.rotated",
        "api_key.issued",
    ]
    assert [entry["subject"] for entry in by_ada.json()["items"]] == [f"principal:{principal_id}"]
    assert entries[-1]["actor_principal_id"] is None
    assert key["api_key"].split("_")[2] not in str(entries)


async def test_the_record_is_read_page_by_page(tokens: TokenWorld) -> None:
    for number in range(5):
        await tokens.admin("PUT", f"/api/v1/roles/role-{number}", {"permissions": READ})

    found: list[int] = []
    before: int | None = None
    for _ in range(10):
        suffix = "" if before is None else f"&before={before}"
        page = (await tokens.admin("GET", f"/api/v1/audit?limit=2&change=role.set{suffix}")).json()
        found += [entry["number"] for entry in page["items"]]
        before = page["next_before"]
        if before is None:
            break

    assert len(found) == len(set(found)) == 5
    assert found == sorted(found, reverse=True)


async def test_who_watched_whose_lines_is_shown(tokens: TokenWorld) -> None:
    for request_id in ("one", "two", "three"):
        path = f"/api/ext-debug/stream?extensionId=acme.notes&requestId={request_id}"
        assert (await tokens.admin("POST", path)).status == 200

    first = (await tokens.admin("GET", "/api/v1/audit/debug-sessions?limit=2")).json()
    second = (
        await tokens.admin("GET", f"/api/v1/audit/debug-sessions?limit=2&before={first['next_before']}")
    ).json()

    seen = [item["request_id"] for item in first["items"] + second["items"]]
    assert seen == ["three", "two", "one"]
    assert second["next_before"] is None


async def test_the_gateway_itself_cannot_alter_the_record(tokens: TokenWorld) -> None:
    connection = await asyncpg.connect(tokens.world.database_url)
    try:
        for statement in (
            "UPDATE gateway.identity_change SET details = '{}'",
            "DELETE FROM gateway.identity_change",
            "TRUNCATE gateway.identity_change",
            "UPDATE gateway.console_session SET principal_id = gen_random_uuid()",
            "UPDATE gateway.role_assignment SET principal_id = gen_random_uuid()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_record_is_asked_what_one_request_changed(tokens: TokenWorld) -> None:
    await tokens.admin("PUT", "/api/v1/roles/first", {"permissions": READ})
    await tokens.admin("PUT", "/api/v1/roles/second", {"permissions": READ})
    newest = (await tokens.admin("GET", "/api/v1/audit?change=role.set")).json()["items"][0]

    found = await tokens.admin("GET", f"/api/v1/audit?request_id={newest['request_id']}")

    assert [entry["number"] for entry in found.json()["items"]] == [newest["number"]]
