"""Publishers: who creates them, who belongs to them, and which keys sign for them."""

import pytest

from annex_shared.permissions import Permission
from annex_shared.signing import SigningKey
from integration.registry.world import World, somebody

KEY = SigningKey.generate()
PEM = KEY.public.to_pem().decode()
RSA_PEM = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf
9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==
-----END PUBLIC KEY-----
"""


async def test_a_publisher_is_known_by_its_slug(registry: World) -> None:
    created = await registry.ask("POST", "/api/v1/publishers", {"name": "Your Org, Inc."})

    found = await registry.ask("GET", "/api/v1/publishers/your-org-inc")

    assert created.status == 201
    assert created.body == {"slug": "your-org-inc", "keys": [], "revoked_keys": []}
    assert found.body == created.body


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("ACME", 409, "PUBLISHER_ALREADY_EXISTS"),
        ("Άλφα", 400, "INVALID_PUBLISHER_NAME"),
        ("", 400, "INVALID_PUBLISHER_NAME"),
    ],
)
async def test_a_bad_publisher_name_is_refused(registry: World, name: str, status: int, code: str) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})

    answer = await registry.ask("POST", "/api/v1/publishers", {"name": name})

    assert (answer.status, answer.code) == (status, code)


async def test_only_administrators_give_out_namespaces(registry: World) -> None:
    caller = somebody(Permission.EXTENSION_PUBLISH, Permission.EXTENSION_READ, Permission.EXTENSION_WRITE)

    answer = await registry.ask("POST", "/api/v1/publishers", {"name": "acme"}, caller=caller)

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


async def test_publishers_are_listed_in_pages(registry: World) -> None:
    for name in ("globex", "acme", "initech"):
        await registry.ask("POST", "/api/v1/publishers", {"name": name})

    first = await registry.ask("GET", "/api/v1/publishers?limit=2")
    rest = await registry.ask("GET", f"/api/v1/publishers?limit=2&cursor={first.body['next_cursor']}")

    assert [item["slug"] for item in first.body["items"]] == ["acme", "globex"]
    assert [item["slug"] for item in rest.body["items"]] == ["initech"]
    assert rest.body["next_cursor"] is None


async def test_a_key_is_shown_by_its_id_until_it_is_revoked(registry: World) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    added = await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": PEM})
    path = f"/api/v1/publishers/acme/keys/{KEY.public.key_id}"
    shown = await registry.ask("GET", "/api/v1/publishers/acme")

    revoked = await registry.ask("DELETE", path)
    again = await registry.ask("DELETE", path)
    readded = await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": PEM})

    assert (added.status, added.body["key_id"]) == (201, KEY.public.key_id)
    assert shown.body["keys"] == [added.body]
    assert revoked.status == 204
    assert (again.status, again.code) == (404, "PUBLISHER_KEY_NOT_FOUND")
    assert (readded.status, readded.code) == (409, "PUBLISHER_KEY_ALREADY_EXISTS")
    assert (await registry.ask("GET", "/api/v1/publishers/acme")).body["keys"] == []


@pytest.mark.parametrize(
    ("pem", "code"),
    [("not a key", "KEY_MALFORMED"), (KEY.to_pem().decode(), "KEY_MALFORMED"), (RSA_PEM, "UNSUPPORTED_KEY")],
)
async def test_what_is_no_ed25519_key_is_refused(registry: World, pem: str, code: str) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})

    answer = await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": pem})

    assert (answer.status, answer.code) == (400, code)
    assert "BEGIN PRIVATE" not in answer.body["message"]


@pytest.mark.parametrize("role", [None, "member"])
async def test_only_owners_change_a_publisher(registry: World, role: str | None) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": PEM})
    caller = somebody(Permission.EXTENSION_PUBLISH)
    if role is not None:
        member = {"principal_id": caller.principal, "role": role}
        await registry.ask("POST", "/api/v1/publishers/acme/members", member)
    other = SigningKey.generate().public.to_pem().decode()

    answers = [
        await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": other}, caller=caller),
        await registry.ask("DELETE", f"/api/v1/publishers/acme/keys/{KEY.public.key_id}", caller=caller),
        await registry.ask(
            "POST", "/api/v1/publishers/acme/members", {"principal_id": "friend"}, caller=caller
        ),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "PUBLISHER_MEMBERSHIP_REQUIRED")}
    assert len((await registry.ask("GET", "/api/v1/publishers/acme")).body["keys"]) == 1


async def test_an_owner_without_other_rights_adds_keys_and_owners(registry: World) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    owner = somebody(Permission.EXTENSION_PUBLISH)
    promoted = {"principal_id": owner.principal, "role": "owner"}
    await registry.ask("POST", "/api/v1/publishers/acme/members", promoted)

    answer = await registry.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": PEM}, caller=owner)

    assert answer.status == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/keys", {"public_key_pem": PEM}),
        ("DELETE", "/keys/0123456789abcdef", None),
        ("POST", "/members", {"principal_id": "friend"}),
    ],
)
async def test_an_unknown_publisher_is_named(registry: World, method: str, path: str, body: object) -> None:
    answer = await registry.ask(method, f"/api/v1/publishers/nobody{path}", body)

    assert (answer.status, answer.code) == (404, "PUBLISHER_NOT_FOUND")
    assert answer.body["details"] == {"publisher": "nobody"}
