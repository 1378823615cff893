"""Routes of the registry's that callers reach through the gateway."""

import io
import re
from uuid import uuid4

import aiohttp
import pytest

from annex_gateway.api.forwarded import FORWARDED
from annex_shared.permissions import Permission
from integration.gateway.conftest import World

UPLOAD = "/api/ext-bundles/upload-proxy?filename=b.tar.zst&size=3000000"
ITEM = "0e3f7c1a-5b0d-4c76-9a52-1d3c8f6b7e21"


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", UPLOAD, Permission.EXTENSION_PUBLISH),
        ("POST", "/api/ext-bundles/finalize", Permission.EXTENSION_PUBLISH),
        ("POST", "/api/ext-bundles/abort", Permission.EXTENSION_PUBLISH),
        ("POST", "/api/v1/extensions/install", Permission.EXTENSION_WRITE),
        ("POST", "/api/v1/extensions/update", Permission.EXTENSION_WRITE),
        ("POST", "/api/v1/extensions/uninstall", Permission.EXTENSION_WRITE),
        ("GET", "/api/v1/installs", Permission.EXTENSION_READ),
        ("POST", "/api/v1/installs", Permission.EXTENSION_WRITE),
        ("PATCH", f"/api/v1/installs/{ITEM}", Permission.EXTENSION_WRITE),
        ("DELETE", f"/api/v1/installs/{ITEM}", Permission.EXTENSION_WRITE),
        ("PUT", f"/api/v1/installs/{ITEM}/secrets/TOKEN", Permission.EXTENSION_WRITE),
        ("GET", "/api/v1/extensions", Permission.EXTENSION_READ),
        ("HEAD", "/api/v1/extensions/acme/notes", Permission.EXTENSION_READ),
        ("GET", "/api/v1/extensions/acme.notes/versions?limit=5&cursor=a%2Fb", Permission.EXTENSION_READ),
        ("POST", "/api/v1/extensions/acme/notes/versions/1.0.0/yank", Permission.EXTENSION_PUBLISH),
        ("GET", "/api/v1/publishers/acme", Permission.EXTENSION_READ),
        ("GET", "/api/v1/feed?feed=registry&after=7&wait=25", Permission.EXTENSION_READ),
        ("GET", "/api/v1/snapshot?feed=installs", Permission.EXTENSION_READ),
        ("POST", "/api/v1/extensions/acme/notes/versions", Permission.EXTENSION_PUBLISH),
        ("POST", "/api/v1/uploads", Permission.EXTENSION_PUBLISH),
        ("GET", f"/api/v1/uploads/{ITEM}", Permission.EXTENSION_PUBLISH),
        ("HEAD", f"/api/v1/uploads/{ITEM}", Permission.EXTENSION_PUBLISH),
        ("PATCH", f"/api/v1/uploads/{ITEM}", Permission.EXTENSION_PUBLISH),
        ("DELETE", f"/api/v1/uploads/{ITEM}", Permission.EXTENSION_PUBLISH),
        ("POST", f"/api/v1/uploads/{ITEM}/finalize", Permission.EXTENSION_PUBLISH),
        ("POST", f"/api/v1/uploads/{ITEM}/presign", Permission.EXTENSION_PUBLISH),
    ],
)
async def test_exactly_the_holder_of_the_permission_reaches_the_registry(
    gateway: World, method: str, path: str, permission: Permission
) -> None:
    others = [other for other in Permission if other is not permission]
    without = {"x-api-key": await gateway.key(*others)}
    holder = {"x-api-key": await gateway.key(permission)}

    refused = await gateway.request(method, path, headers=without, data=b"{}")
    was_seen = bool(gateway.registry.seen)
    await gateway.request(method, path, headers=holder, data=b"{}" if method not in ("GET", "HEAD") else None)

    assert refused.status == 403
    assert not was_seen
    seen = gateway.registry.seen[0]
    assert (seen.method, seen.target) == (method, path)
    assert seen.caller.permissions == {permission}
    assert str(seen.caller.tenant_id) == gateway.tenant_id


async def test_an_administrator_who_publishes_nothing_reaches_the_status_of_a_version(
    gateway: World,
) -> None:
    path = "/api/v1/extensions/acme/notes/versions/1.0.0/status"
    answers = [
        await gateway.request("POST", path, data=b"{}", headers={"x-api-key": await gateway.key(permission)})
        for permission in (
            Permission.PLATFORM_ADMIN,
            Permission.EXTENSION_PUBLISH,
            Permission.EXTENSION_WRITE,
        )
    ]

    assert [answer.status for answer in answers] == [202, 202, 403]


async def test_publishers_are_changed_by_publishers_and_administrators(gateway: World) -> None:
    answers = {
        permission: await gateway.request(
            "POST",
            "/api/v1/publishers/acme/keys",
            headers={"x-api-key": await gateway.key(permission)},
            data=b"{}",
        )
        for permission in Permission
    }

    reached = {permission for permission, answer in answers.items() if answer.status != 403}
    assert reached == {Permission.EXTENSION_PUBLISH, Permission.PLATFORM_ADMIN}


@pytest.mark.parametrize("route", FORWARDED, ids=lambda route: f"{route.methods[0]} {route.pattern}")
async def test_no_forwarded_route_is_open_or_takes_a_claimed_tenant(gateway: World, route: object) -> None:
    pattern = route.pattern.replace("{below:(/.*)?}", "")  # type: ignore[attr-defined] # hidden by parametrize
    pattern = re.sub(r"\{(\w+)\}", r"\1", pattern)
    method = route.methods[0]  # type: ignore[attr-defined] # hidden by parametrize
    claim = {"x-api-key": gateway.api_key, "x-tenant-id": str(uuid4())}

    stranger = await gateway.request(method, pattern, headers={})
    claimant = await gateway.request(method, pattern, headers=claim)

    assert (stranger.status, stranger.code) == (401, "UNAUTHENTICATED")
    assert (claimant.status, claimant.code) == (403, "TENANT_MISMATCH")
    assert gateway.registry.seen == []


PUBLISH_TOKEN = "annexpub_" + "0" * 32 + "_" + "A" * 43


@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", UPLOAD),
        ("POST", "/api/ext-bundles/finalize"),
        ("POST", "/api/v1/extensions/acme/notes/versions"),
        ("PATCH", f"/api/v1/uploads/{ITEM}"),
        ("GET", "/api/v1/extensions/acme/notes/versions/1.0.0"),
    ],
)
async def test_a_publish_token_is_passed_on_to_whoever_made_it_in_nobodys_name(
    gateway: World, method: str, path: str, header: str
) -> None:
    value = PUBLISH_TOKEN if header == "x-api-key" else f"Bearer {PUBLISH_TOKEN}"

    await gateway.request(method, path, headers={header: value}, data=None if method == "GET" else b"{}")

    seen = gateway.registry.seen[-1]
    assert (seen.method, seen.target) == (method, path)
    assert (seen.caller.principal, seen.caller.tenant_id) == ("service:gateway", None)
    assert seen.caller.permissions == frozenset()
    assert seen.headers["x-annex-publish-token"] == PUBLISH_TOKEN


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/extensions"),
        ("PUT", "/api/v1/extensions/acme/notes/trusted-only"),
        ("POST", "/api/v1/extensions/acme/notes/versions/1.0.0/status"),
        ("POST", "/api/v1/publishers/acme/keys"),
        ("POST", "/api/v1/installs"),
    ],
)
async def test_a_publish_token_is_no_credential_on_other_routes(
    gateway: World, method: str, path: str
) -> None:
    body = None if method == "GET" else b"{}"

    answer = await gateway.request(method, path, headers={"x-api-key": PUBLISH_TOKEN}, data=body)

    assert (answer.status, answer.code) == (401, "API_KEY_MALFORMED")
    assert gateway.registry.seen == []


async def test_a_publish_token_belongs_to_no_tenant(gateway: World) -> None:
    headers = {"x-api-key": PUBLISH_TOKEN, "x-tenant-id": gateway.tenant_id}

    answer = await gateway.request("POST", "/api/v1/uploads", headers=headers, data=b"{}")

    assert (answer.status, answer.code) == (403, "TENANT_MISMATCH")
    assert gateway.registry.seen == []


async def test_a_publish_token_from_outside_is_not_smuggled_beside_a_key(gateway: World) -> None:
    headers = {"x-api-key": gateway.api_key, "x-annex-publish-token": PUBLISH_TOKEN}

    await gateway.request("POST", "/api/v1/uploads", headers=headers, data=b"{}")

    assert "x-annex-publish-token" not in gateway.registry.seen[-1].headers


async def test_an_exchange_needs_no_credential_and_has_a_limit(gateway: World) -> None:
    path = "/api/v1/trusted-publishing/token"

    passed = await gateway.request(
        "POST", path, headers={"content-type": "application/json"}, data=b'{"id_token":"x"}'
    )
    too_large = await gateway.request("POST", path, headers={}, data=bytes(70_000))

    seen = gateway.registry.seen
    assert passed.status < 400
    assert passed.headers["cache-control"] == "no-store"
    assert (too_large.status, too_large.code) == (413, "BODY_TOO_LARGE")
    assert [(one.target, one.caller.principal) for one in seen] == [(path, "service:gateway")]


@pytest.mark.parametrize("path", ["/log/checkpoint", "/log/tile/0/x001/234", "/log/tile/entries/000.p/3"])
async def test_the_log_is_open_to_everybody_and_may_be_cached(gateway: World, path: str) -> None:
    answer = await gateway.request("GET", path, headers={"x-tenant-id": str(uuid4()), "cookie": "session=1"})
    head = await gateway.request("HEAD", path, headers={})

    seen = gateway.registry.seen[0]
    assert (answer.status, head.status, answer.body) == (200, 200, b"tile")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "x-inner" not in {name.lower() for name in answer.headers}
    assert (seen.method, seen.target) == ("GET", path)
    assert (seen.caller.tenant_id, seen.caller.permissions) == (None, frozenset())
    assert not {"cookie", "x-tenant-id"} & set(seen.headers)


async def test_a_refusal_of_the_log_is_not_kept_by_caches(gateway: World) -> None:
    answer = await gateway.request("GET", "/log/tile/missing", headers={})

    assert answer.status == 404
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/log", "/log/other", "/log/checkpoint/x", "/log/../internal/v1/installs"])
async def test_nothing_else_of_the_registry_is_open_below_the_log(gateway: World, path: str) -> None:
    answer = await gateway.request("GET", path, headers={})

    assert answer.status in (400, 404)
    assert gateway.registry.seen == []


async def test_the_log_is_only_read(gateway: World) -> None:
    answer = await gateway.request("POST", "/log/checkpoint", headers={}, data=b"{}")

    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert gateway.registry.seen == []


async def test_an_upload_is_streamed_with_its_length(gateway: World) -> None:
    answer = await gateway.request("POST", UPLOAD, data=io.BytesIO(b"z" * 3_000_000))

    seen = gateway.registry.seen[-1]
    assert (answer.status, answer.json()) == (200, {"size": 3_000_000})
    assert seen.headers["content-length"] == "3000000"
    assert "transfer-encoding" not in seen.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v1/extensions/acme/notes/versions"), ("PATCH", f"/api/v1/uploads/{ITEM}")],
)
async def test_bundles_and_chunks_over_the_small_limit_pass_with_what_describes_them(
    gateway: World, method: str, path: str
) -> None:
    described = {
        "content-type": "application/vnd.annex.bundle",
        "content-digest": "sha-256=:AAAA:",
        "upload-offset": "7",
        "idempotency-key": "once",
        "x-annex-signature": "e30=",
    }

    answer = await gateway.request(
        method,
        path,
        data=io.BytesIO(b"z" * 3_000_000),
        headers={"x-api-key": gateway.api_key, **described},
    )

    seen = gateway.registry.seen[-1]
    assert (answer.status, answer.headers["upload-offset"]) == (200, "3000000")
    assert {name: seen.headers.get(name) for name in described} == described
    assert seen.headers["content-length"] == "3000000"


async def test_an_upload_of_unknown_length_is_streamed_too(gateway: World) -> None:
    async def pieces() -> object:
        for _ in range(30):
            yield b"z" * 100_000

    answer = await gateway.request("POST", UPLOAD, data=pieces())

    assert answer.json() == {"size": 3_000_000}


async def test_what_the_registry_says_is_passed_on_and_nothing_of_its_insides(gateway: World) -> None:
    answer = await gateway.request(
        "POST",
        "/api/v1/extensions/install?x=1",
        data=b"{}",
        headers={
            "x-api-key": gateway.api_key,
            "idempotency-key": "once",
            "content-type": "application/json",
            "cookie": "session=1",
            "x-request-id": "mine-3",
            "x-annex-service-token": "forged",
        },
    )

    seen = gateway.registry.seen[0]
    assert (answer.status, answer.json()) == (202, {"echo": "/api/v1/extensions/install?x=1"})
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.headers["cache-control"] == "no-store"
    assert not {"x-inner", "set-cookie", "server"} & {name.lower() for name in answer.headers}
    assert seen.headers["idempotency-key"] == "once"
    assert seen.headers["x-request-id"] == "mine-3"
    assert seen.headers["x-annex-service-token"] != "forged"
    assert not {"cookie", "x-api-key"} & set(seen.headers)
    assert seen.body == b"{}"


async def test_the_registrys_refusal_is_passed_on_as_it_is(gateway: World) -> None:
    answer = await gateway.request("POST", "/api/ext-bundles/finalize", data=b"{}")

    assert (answer.status, answer.code) == (409, "PUBLISH_REFUSED")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-annex-problem"] == "PUBLISH_REFUSED"


async def test_an_etag_makes_the_answer_one_to_ask_about_again(gateway: World) -> None:
    answer = await gateway.get("/api/v1/installs")

    assert answer.headers["etag"] == '"mine"'
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_large_answer_is_streamed_through(gateway: World) -> None:
    answer = await gateway.get("/api/v1/extensions/acme/notes/versions/1.0.0/bundle")

    assert answer.body == b"z" * 1_000_000
    assert answer.headers["content-length"] == "1000000"
    assert answer.headers["etag"] == '"sha256-x"'
    assert answer.headers["x-request-id"]


async def test_an_answer_that_breaks_off_is_not_passed_on_as_a_whole_one(gateway: World) -> None:
    with pytest.raises(aiohttp.ClientError):
        await gateway.get("/api/v1/extensions/acme/notes/broken")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/installs/../../../internal/v1/installs",
        "/api/v1/installs/%2e%2e/%2e%2e/internal/v1/installs",
        "/api/v1/installs//x",
        "/api/v1/extensions/acme%2Fnotes",
    ],
)
async def test_a_path_with_two_readings_is_not_passed_on(gateway: World, path: str) -> None:
    answer = await gateway.get(path)

    assert (answer.status, answer.code) == (400, "PATH_REFUSED")
    assert gateway.registry.seen == []


@pytest.mark.parametrize("path", ["/internal/v1/installs", "/internal/v1/versions", "/v1/execute"])
async def test_internal_routes_are_not_there(gateway: World, path: str) -> None:
    answer = await gateway.get(path)

    assert (answer.status, answer.code) == (404, "ROUTE_NOT_FOUND")


async def test_a_body_over_the_limit_is_not_passed_on(gateway: World) -> None:
    answer = await gateway.request("POST", "/api/v1/installs", data=b"x" * (2 * 1024 * 1024 + 1))

    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")
    assert gateway.registry.seen == []


async def test_a_registry_that_is_down_is_named_in_both_dialects(gateway: World) -> None:
    await gateway.registry_stage.close()

    plain = await gateway.get("/api/v1/installs")
    publish = await gateway.request("POST", "/api/ext-bundles/finalize", data=b"{}")

    assert (plain.status, plain.code) == (503, "REGISTRY_UNAVAILABLE")
    assert "success" not in plain.json()
    assert publish.json()["success"] is False
    assert publish.json()["error"]["code"] == "REGISTRY_UNAVAILABLE"
    assert publish.headers["retry-after"] == "1"


async def test_the_publish_routes_refuse_in_both_dialects(gateway: World) -> None:
    answer = await gateway.request("POST", UPLOAD, headers={}, data=b"x")

    assert answer.code == "UNAUTHENTICATED"
    assert answer.json()["error"] == {"code": "UNAUTHENTICATED", "message": answer.json()["message"]}
