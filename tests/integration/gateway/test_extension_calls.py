"""What a caller of `/api/ext` gets: the access table, the guest's answer, and failures with a name."""

import asyncio
import base64
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import web

from annex_shared.permissions import Permission
from integration.gateway.conftest import Answer, World

NOTES = "/api/ext/acme.notes/notes"


async def test_a_caller_with_a_key_reaches_the_extension(gateway: World) -> None:
    answer = await gateway.get(NOTES)

    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["content-type"] == "text/plain"


@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
async def test_a_key_is_taken_from_either_header(gateway: World, header: str) -> None:
    value = gateway.api_key if header == "x-api-key" else f"Bearer {gateway.api_key}"

    assert (await gateway.get(NOTES, headers={header: value})).status == 200


@pytest.mark.parametrize("spelling", ["install_id", "extension_id", "qualified", "bare", "alias"])
async def test_an_extension_is_reached_by_each_of_its_names(gateway: World, spelling: str) -> None:
    record = next(iter(gateway.registry.installs.values()))
    path = {
        "install_id": f"/api/ext/{record.install_id}/notes",
        "extension_id": f"/api/ext/{record.extension_id}/notes",
        "qualified": "/api/ext/acme.notes/notes",
        "bare": "/api/ext/notes/notes",
        "alias": "/api/ext-proxy/acme.notes/notes",
    }[spelling]

    assert (await gateway.get(path)).status == 200


@dataclass(frozen=True)
class Spoilt:
    """One request with one thing wrong; by default everything is right."""

    status: int
    code: str
    method: str = "GET"
    path: str = NOTES
    headers: dict[str, str] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    # Done to the key's row before the request.
    statement: str | None = None
    has_key: bool = True
    has_typo: bool = False
    has_second_key: bool = False
    body_bytes: int = 0

    async def send(self, gateway: World) -> Answer:
        key = await gateway.key(*self.permissions)
        if self.statement is not None:
            await _execute(gateway, self.statement, key.split("_")[1])
        headers = dict(self.headers)
        if self.has_key:
            headers["x-api-key"] = key[:-1] + ("0" if key[-1] != "0" else "1") if self.has_typo else key
        if self.has_second_key:
            headers["authorization"] = f"Bearer {gateway.api_key}"
        body = b"x" * self.body_bytes or None
        return await gateway.request(self.method, self.path, headers=headers, data=body)


SPOILT = {
    "no key": Spoilt(401, "UNAUTHENTICATED", has_key=False),
    "unknown key": Spoilt(401, "API_KEY_REFUSED", statement="DELETE FROM gateway.api_key WHERE key_id = $1"),
    "typo": Spoilt(401, "API_KEY_MALFORMED", has_typo=True),
    "revoked": Spoilt(
        401, "API_KEY_REVOKED", statement="UPDATE gateway.api_key SET revoked_at = now() WHERE key_id = $1"
    ),
    "expired": Spoilt(
        401, "API_KEY_EXPIRED", statement="UPDATE gateway.api_key SET expires_at = now() WHERE key_id = $1"
    ),
    "two keys": Spoilt(401, "MIXED_CREDENTIALS", has_second_key=True),
    "other tenant's header": Spoilt(403, "TENANT_MISMATCH", headers={"x-tenant-id": str(uuid4())}),
    "other tenant's alga header": Spoilt(403, "TENANT_MISMATCH", headers={"x-alga-tenant": str(uuid4())}),
    "reading not permitted": Spoilt(403, "PERMISSION_DENIED", permissions=(Permission.EXTENSION_WRITE,)),
    "writing not permitted": Spoilt(
        403, "PERMISSION_DENIED", method="POST", permissions=(Permission.EXTENSION_READ,)
    ),
    "admin header": Spoilt(
        403,
        "PERMISSION_DENIED",
        method="POST",
        permissions=(Permission.EXTENSION_READ,),
        headers={"x-alga-admin": "true"},
    ),
    "not installed": Spoilt(404, "EXTENSION_NOT_INSTALLED", path="/api/ext/acme.other/notes"),
    "unknown endpoint": Spoilt(404, "ENDPOINT_NOT_FOUND", path="/api/ext/acme.notes/other"),
    "wrong method": Spoilt(405, "METHOD_NOT_ALLOWED", method="DELETE"),
    "odd method": Spoilt(405, "METHOD_NOT_ALLOWED", method="PROPFIND"),
    "climbing path": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes/%2e%2e/notes"),
    "plainly climbing path": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes/../notes"),
    "encoded slash": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes/a%2Fb"),
    "backslash": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes/a%5cb"),
    "NUL": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes/a%00b"),
    "empty segment": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes//notes"),
    "trailing slash": Spoilt(400, "PATH_REFUSED", path="/api/ext/acme.notes/notes/"),
    "bad deadline": Spoilt(400, "INVALID_DEADLINE", headers={"x-deadline-ms": "soon"}),
    "body too large": Spoilt(413, "BODY_TOO_LARGE", method="POST", body_bytes=10 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("case", SPOILT)
async def test_a_refused_call_is_named_and_never_run(gateway: World, case: str) -> None:
    answer = await SPOILT[case].send(gateway)

    assert (answer.status, answer.code) == (SPOILT[case].status, SPOILT[case].code)
    assert gateway.runner.requests == []


async def _execute(gateway: World, statement: str, *arguments: object) -> None:
    owner_url = gateway.database_url.replace("gateway_app:x@", "annex@")
    connection = await asyncpg.connect(owner_url)
    await connection.execute(statement, *arguments)
    await connection.close()


async def test_nothing_runs_while_extensions_are_switched_off(world: World) -> None:
    world.installed()
    async with world.gateway(extensions_enabled=False):
        answer = await world.get(NOTES)

    assert (answer.status, answer.code) == (403, "EXTENSIONS_DISABLED")
    assert world.runner.requests == []


async def test_a_disabled_install_is_refused(world: World) -> None:
    world.installed(is_enabled=False)
    async with world.gateway():
        answer = await world.get(NOTES)

    assert (answer.status, answer.code) == (403, "INSTALL_DISABLED")


async def test_a_version_without_endpoints_exposes_nothing(world: World) -> None:
    world.installed(endpoints=())
    async with world.gateway():
        answer = await world.get("/api/ext/acme.notes")

    assert (answer.status, answer.code) == (404, "ENDPOINT_NOT_FOUND")


async def test_a_bare_name_of_two_publishers_is_named_as_ambiguous(gateway: World) -> None:
    gateway.installed(publisher="bolt")
    async with gateway.gateway():
        await gateway.until("/api/ext/bolt.notes/notes", 200)
        answer = await gateway.get("/api/ext/notes/notes")

    assert (answer.status, answer.code) == (409, "EXTENSION_AMBIGUOUS")
    assert answer.json()["details"]["candidates"] == ["acme.notes", "bolt.notes"]


async def test_a_wrong_method_says_which_are_possible(gateway: World) -> None:
    answer = await gateway.request("DELETE", NOTES)

    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_refusal_is_a_problem_document_with_a_request_id(gateway: World) -> None:
    answer = await gateway.get(NOTES, headers={"x-request-id": "mine-1"})

    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == document["request_id"] == "mine-1"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert document["message"] == document["detail"]
    assert document["type"] == "/errors/unauthenticated"


async def test_the_guest_sees_the_request_and_no_credential(gateway: World) -> None:
    await gateway.request(
        "POST",
        f"{NOTES}?tag=a&tag=b&empty=",
        headers=[
            ("x-api-key", gateway.api_key),
            ("accept", "text/a"),
            ("accept", "text/b"),
            ("cookie", "session=1"),
            ("x-alga-admin", "true"),
            ("x-alga-trace", "t"),
            ("content-type", "text/plain"),
            ("idempotency-key", "once"),
        ],
        data=b"\x00\xffbytes",
    )

    request = gateway.runner.requests[0]
    record = next(iter(gateway.registry.installs.values()))
    headers = request.http.header_pairs()
    assert request.http.query_pairs() == [("tag", "a"), ("tag", "b"), ("empty", "")]
    assert [value for name, value in headers if name == "accept"] == ["text/a", "text/b"]
    assert base64.b64decode(request.http.body_b64 or "") == b"\x00\xffbytes"
    assert not {"cookie", "x-api-key", "x-alga-admin"} & {name for name, _ in headers}
    assert ("x-alga-trace", "t") in headers
    assert request.context.install_id == record.install_id
    assert request.context.content_hash == record.content_hash
    assert gateway.runner.headers[0]["x-ext-version-id"] == record.version_id
    assert gateway.runner.headers[0]["x-ext-config-version"] == "1"
    assert gateway.runner.headers[0]["x-idempotency-key"] == "once"
    assert gateway.api_key not in str(gateway.runner.headers[0])


async def test_the_guests_answer_is_filtered_and_keeps_what_is_its_own(gateway: World) -> None:
    gateway.runner.says(
        b"<script>",
        status=201,
        headers_list=[
            ("content-type", "text/html"),
            ("set-cookie", "session=stolen"),
            ("cache-control", "public, max-age=60, immutable"),
            ("link", "<a>"),
            ("link", "<b>"),
            ("x-annex-problem", "FORGED"),
            ("etag", '"1"'),
            ("connection", "x-hop"),
            ("x-hop", "1"),
        ],
    )

    answer = await gateway.get(NOTES)

    assert (answer.status, answer.body) == (201, b"<script>")
    assert answer.headers.getall("link") == ["<a>", "<b>"]
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"set-cookie", "x-annex-problem", "x-hop", "server"} & {
        name.lower() for name in answer.headers
    }


async def test_a_guests_own_error_status_is_an_answer(gateway: World) -> None:
    gateway.runner.says(b'{"mine": true}', status=500)

    answer = await gateway.get(NOTES)

    assert (answer.status, answer.json()) == (500, {"mine": True})


async def test_head_has_the_length_of_get_and_no_body(gateway: World) -> None:
    answer = await gateway.request("HEAD", NOTES)

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == "5"
    assert gateway.runner.requests[0].http.method == "GET"


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_content_has_none(gateway: World, status: int) -> None:
    gateway.runner.says(b"not to be sent", status=status)

    answer = await gateway.get(NOTES)

    assert (answer.status, answer.body) == (status, b"")
    assert (await gateway.get(NOTES)).status == status


async def test_a_call_is_counted_in_its_headers(gateway: World) -> None:
    answer = await gateway.get(NOTES)

    assert answer.headers["ratelimit-policy"].startswith('"tenant";q=10000;w=5;pk=:')
    assert answer.headers["ratelimit"].startswith('"tenant";r=9999')
    assert "x-ratelimit-limit" not in answer.headers
    assert "x-quota-degraded" not in answer.headers


async def test_calls_over_the_rate_are_refused_until_later(world: World) -> None:
    world.installed()
    async with world.gateway(rate_limit_per_second=0.01, rate_limit_burst=2):
        answers = [await world.get(NOTES) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].code == "RATE_LIMITED"
    assert 0 < int(answers[2].headers["retry-after"]) <= 110
    assert answers[2].headers["ratelimit"].startswith('"tenant";r=0;t=')
    assert len(world.runner.requests) == 2


async def test_older_fields_say_the_same_where_they_are_wanted(world: World) -> None:
    world.installed()
    world.runner.says(b"x", headers={"x-ratelimit-limit": "7", "x-quota-degraded": "1"})
    async with world.gateway(rate_limit_per_second=0.01, rate_limit_burst=1, rate_limit_older_headers=True):
        answers = [await world.get(NOTES) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"1"}
    assert {answer.headers["x-ratelimit-remaining"] for answer in answers} == {"0"}
    assert all(int(answer.headers["x-ratelimit-reset"]) <= 100 for answer in answers)
    assert "x-quota-degraded" not in answers[0].headers


async def test_one_tenants_calls_do_not_count_for_another(world: World) -> None:
    world.installed()
    other_key = await world.key(slug="other")
    async with world.gateway(rate_limit_per_second=0.01, rate_limit_burst=1):
        await world.get(NOTES)
        other = await world.get(NOTES, headers={"x-api-key": other_key})
        ours = await world.get(NOTES)

    assert other.code == "EXTENSION_NOT_INSTALLED"
    assert ours.code == "RATE_LIMITED"


async def test_without_redis_calls_are_counted_alone(world: World) -> None:
    world.installed()
    async with world.gateway(
        redis_url="redis://127.0.0.1:9/0", rate_limit_per_second=0.01, rate_limit_burst=4, replicas=2
    ):
        answers = [await world.get(NOTES) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert {answer.headers["x-quota-degraded"] for answer in answers} == {"1"}
    assert answers[0].headers["ratelimit"].startswith('"tenant";r=1;')


async def test_without_redis_no_call_is_let_through_where_it_is_said_so(world: World) -> None:
    world.installed()
    async with world.gateway(redis_url="redis://127.0.0.1:9/0", rate_limit_without_redis="refuse"):
        answer = await world.get(NOTES)

    assert (answer.status, answer.code) == (503, "RATE_LIMIT_UNAVAILABLE")
    assert answer.headers["retry-after"] in {"1", "2"}
    assert world.runner.requests == []


async def test_without_its_database_nobody_new_is_let_in(world: World) -> None:
    world.installed()
    async with world.gateway():
        owner_url = world.database_url.replace("gateway_app:x@", "annex@")
        connection = await asyncpg.connect(owner_url)
        await connection.execute("REVOKE SELECT ON gateway.api_key FROM gateway_app")
        answer = await world.get(NOTES)
        await connection.close()

    assert (answer.status, answer.code) == (503, "AUTHENTICATION_UNAVAILABLE")


async def test_the_runners_own_problem_is_passed_on(gateway: World) -> None:
    gateway.runner.refuses(retry_after_seconds=4)

    answer = await gateway.get(NOTES, headers={"x-api-key": gateway.api_key, "x-request-id": "mine-2"})

    assert (answer.status, answer.code) == (503, "OVERLOADED")
    assert answer.headers["retry-after"] == "4"
    assert answer.headers["x-annex-problem"] == "OVERLOADED"
    assert answer.json()["instance"] == NOTES
    assert answer.json()["request_id"] == "mine-2"


async def test_a_runner_that_is_down_is_named(gateway: World) -> None:
    await gateway.runner_stage.close()

    answer = await gateway.get(NOTES)

    assert (answer.status, answer.code) == (503, "RUNNER_UNAVAILABLE")
    assert "was not run" in answer.json()["detail"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: web.Response(text="not json"),
        lambda: web.Response(text="{}"),
        lambda: web.Response(status=500, text="<html>"),
        lambda: web.Response(status=502, text="{}", content_type="application/problem+json"),
    ],
)
async def test_a_runner_that_makes_no_sense_is_unavailable(gateway: World, make: object) -> None:
    gateway.runner.answers(make)  # type: ignore[arg-type] # parametrize hides the type

    answer = await gateway.get(NOTES)

    assert (answer.status, answer.code) == (503, "RUNNER_UNAVAILABLE")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": 101}, "GUEST_RESPONSE_INVALID"),
        ({"body_b64": "no base64!"}, "GUEST_RESPONSE_INVALID"),
        ({"headers": {"x-a": "a\r\nset-cookie: b"}}, "GUEST_RESPONSE_INVALID"),
    ],
)
async def test_an_answer_that_http_cannot_carry_is_the_guests_fault(
    gateway: World, fields: dict[str, object], code: str
) -> None:
    gateway.runner.says(b"", **fields)

    answer = await gateway.get(NOTES)

    assert (answer.status, answer.code) == (502, code)


async def test_an_answer_over_the_limit_is_not_held(world: World) -> None:
    world.installed()
    world.runner.says(b"x" * 3_000_000)
    async with world.gateway(response_body_max_bytes=1_000_000):
        answer = await world.get(NOTES)

    assert (answer.status, answer.code) == (502, "RESPONSE_TOO_LARGE")


async def test_large_bodies_pass_both_ways(gateway: World) -> None:
    body = bytes(range(256)) * 8192
    gateway.runner.says(body)

    answer = await gateway.request("POST", NOTES, data=body)

    assert answer.body == body
    assert base64.b64decode(gateway.runner.requests[0].http.body_b64 or "") == body


async def test_a_runner_that_takes_too_long_ends_at_the_deadline(gateway: World) -> None:
    gateway.runner.never_answers()

    answer = await gateway.get(NOTES, headers={"x-api-key": gateway.api_key, "x-deadline-ms": "200"})

    assert (answer.status, answer.code) == (504, "DEADLINE_EXCEEDED")
    assert (gateway.runner.requests[0].limits.timeout_ms or 0) <= 180


async def test_a_caller_who_leaves_takes_the_call_along(gateway: World) -> None:
    gateway.runner.never_answers()
    call = asyncio.create_task(gateway.get(NOTES))
    async with asyncio.timeout(10):
        await gateway.runner.was_reached.wait()

        call.cancel()
        await gateway.runner.was_abandoned.wait()

    assert gateway.runner.was_abandoned.is_set()


async def test_a_body_that_does_not_arrive_ends_at_the_deadline(gateway: World) -> None:
    host, port = "127.0.0.1", int(gateway.gateway_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection(host, port)
    head = f"POST {NOTES} HTTP/1.1\r\nhost: x\r\nx-api-key: {gateway.api_key}\r\nx-deadline-ms: 100\r\n"
    writer.write(f"{head}content-length: 10\r\n\r\nabc".encode())

    async with asyncio.timeout(10):
        status = await reader.readline()

    writer.close()
    await writer.wait_closed()
    assert b" 408 " in status


async def test_a_body_is_asked_for_only_when_everything_else_agrees(gateway: World) -> None:
    async def expecting(key: str) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(gateway.gateway_url.rpartition(":")[2])
        )
        head = f"POST {NOTES} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\nexpect: 100-continue\r\n"
        writer.write(f"{head}content-length: 4\r\nconnection: close\r\n\r\n".encode())
        async with asyncio.timeout(10):
            status = await reader.readline()
            writer.write(b"body")
        writer.close()
        await writer.wait_closed()
        return status

    assert b" 403 " in await expecting(await gateway.key(Permission.EXTENSION_READ))
    assert b" 100 " in await expecting(gateway.api_key)


async def test_header_bytes_that_are_not_text_do_not_break_a_call(gateway: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.gateway_url.rpartition(":")[2]))
    head = f"GET {NOTES} HTTP/1.1\r\nhost: x\r\nx-api-key: {gateway.api_key}\r\nconnection: close\r\n"
    writer.write(head.encode() + b"x-alga-odd: \xff\xfe\r\nidempotency-key: \xe9\r\n\r\n")

    async with asyncio.timeout(10):
        status = await reader.readline()

    writer.close()
    await writer.wait_closed()
    assert b" 200 " in status
    assert ("x-alga-odd", "ÿþ") in gateway.runner.requests[0].http.header_pairs()


async def test_a_revoked_key_stops_working_once_it_is_forgotten(world: World) -> None:
    world.installed()
    async with world.gateway(api_key_cache_seconds=0.2):
        assert (await world.get(NOTES)).status == 200
        key_id = world.api_key.split("_")[1]
        admin = await world.key(Permission.PLATFORM_ADMIN)
        revoked = await world.request("DELETE", f"/api/v1/api-keys/{key_id}", headers={"x-api-key": admin})
        await world.until(NOTES, 401)

    assert revoked.status == 204


async def test_trace_of_a_caller_reaches_the_runner_in_a_span_of_the_gateway(gateway: World) -> None:
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    headers = {"x-api-key": gateway.api_key, "traceparent": f"00-{trace}-{span}-01"}

    await gateway.get("/api/ext/acme.notes/notes", headers=headers)

    version, sent_trace, sent_span, flags = gateway.runner.headers[-1]["traceparent"].split("-")
    assert (version, sent_trace, flags) == ("00", trace, "01")
    assert sent_span != span
