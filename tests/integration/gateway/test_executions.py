"""Executions and use over real HTTP: what is recorded, who sees it, how one asks, how long it stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import web

from annex_gateway.app import build_app, real_dependencies
from annex_gateway.domain.controls import Controls, Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.installs import Install
from annex_shared.contracts.problems import PROBLEM_JSON, ProblemDocument
from annex_shared.http.server import listening
from annex_shared.permissions import Permission
from integration.gateway.conftest import Answer, World
from unit.gateway.builders import some_rates

HELLO = "/api/ext/acme.notes/notes"
USAGE = {
    "execution_id": "0190a000-0000-7000-8000-000000000001",
    "cpu_ms": 2.5,
    "memory_bytes": 1024 * 1024,
    "wall_ms": 4.0,
    "host_calls": 3,
    "egress_bytes": 11,
}

# An id that no execution has; fixed, so that every process names the cases alike.
NOBODYS = "0e3f7c1a-5b0d-4c76-9a52-1d3c8f6b7e21"


async def executions(gateway: World, query: str = "", **options: Any) -> list[dict[str, Any]]:
    answer = await gateway.get(f"/api/v1/executions{query}", **options)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def until_recorded(gateway: World, query: str, count: int) -> list[dict[str, Any]]:
    """Refusals are written without anybody waiting for it."""
    async with asyncio.timeout(10):
        while len(found := await executions(gateway, query)) < count:  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.02)
    return found


async def test_a_call_is_recorded_by_the_time_it_is_answered(gateway: World) -> None:
    gateway.runner.says(usage=USAGE, effects=2)
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"

    answer = await gateway.get(
        f"{HELLO}?secret=1",
        headers={"x-api-key": gateway.api_key, "x-request-id": "r-1", "traceparent": traceparent},
    )
    shown = (await gateway.get(f"/api/v1/executions/{answer.headers['x-annex-execution-id']}")).json()

    (install,) = gateway.registry.installs.values()
    assert shown["execution_id"] == answer.headers["x-annex-execution-id"]
    assert (shown["status"], shown["http_status"], shown["code"]) == ("ok", 200, None)
    assert (shown["method"], shown["endpoint"], shown["trigger"]) == ("GET", "/notes", "http")
    assert (shown["request_id"], shown["trace_id"]) == ("r-1", "a" * 32)
    assert (shown["install_id"], shown["version_id"]) == (install.install_id, install.version_id)
    assert shown["content_hash"] == str(install.content_hash)
    assert shown["runner_execution_id"] == USAGE["execution_id"]
    assert (shown["usage"]["cpu_ms"], shown["usage"]["effects"]) == (2.5, 2)
    assert "secret" not in str(shown)


async def test_a_path_is_recorded_as_its_template(gateway: World) -> None:
    await gateway.get("/api/ext/acme.notes/notes/jane.doe@example.org")

    (row,) = await executions(gateway)

    assert row["endpoint"] == "/notes/:id"
    assert "jane" not in str(row)


async def test_how_a_run_ended_is_what_one_can_ask_for(gateway: World) -> None:
    await gateway.get(HELLO)
    gateway.runner.says(status=500)
    await gateway.get(HELLO)
    gateway.runner.refuses(retry_after_seconds=1)
    await gateway.get(HELLO)
    await gateway.request("DELETE", HELLO)
    await until_recorded(gateway, "", 4)

    by_status = {row["status"]: row for row in await executions(gateway)}
    assert {status: row["http_status"] for status, row in by_status.items()} == {
        "ok": 200,
        "error": 500,
        "upstream_error": 503,
        "policy_denied": 405,
    }
    assert by_status["policy_denied"]["policy"] == "endpoint"
    for query, status in (
        ("?status=error", "error"),
        ("?code=OVERLOADED", "upstream_error"),
        (f"?request_id={by_status['ok']['request_id']}", "ok"),
        ("?status=policy_denied&extension=acme.notes", "policy_denied"),
        ("?http_class=4xx", "policy_denied"),
        ("?http_class=2xx&endpoint=/notes&min_duration_ms=0", "ok"),
    ):
        assert [row["status"] for row in await executions(gateway, query)] == [status]


async def test_the_limit_that_ended_a_run_is_recorded_with_its_figure(gateway: World) -> None:
    document = ProblemDocument(
        type="/errors/memory-limit-exceeded",
        title="Memory limit exceeded",
        status=502,
        detail="Too much.",
        instance="/v1/execute",
        code="MEMORY_LIMIT_EXCEEDED",
        message="Too much.",
        request_id="r",
        details={"limit": {"kind": "memory_bytes", "value": 1024}},
    ).model_dump_json()
    gateway.runner.answers(lambda: web.Response(status=502, text=document, content_type=PROBLEM_JSON))

    await gateway.get(HELLO)

    (row,) = await executions(gateway)
    assert (row["code"], row["limit"]) == (
        "MEMORY_LIMIT_EXCEEDED",
        {"kind": "memory_bytes", "value": 1024},
    )


async def test_a_runner_that_is_away_is_an_upstream_error(gateway: World) -> None:
    await gateway.runner_stage.close()

    answer = await gateway.get(HELLO)

    (row,) = await executions(gateway)
    assert (answer.status, row["status"], row["code"]) == (503, "upstream_error", "RUNNER_UNAVAILABLE")
    assert row["usage"] is None


async def test_pages_are_read_to_the_end_newest_first(gateway: World) -> None:
    answers = [await gateway.get(HELLO) for _ in range(5)]
    read: list[str] = []
    cursor: str | None = ""

    while cursor is not None:
        more = f"&cursor={quote(cursor)}" if cursor else ""
        page = (await gateway.get(f"/api/v1/executions?limit=2{more}")).json()
        read += [row["execution_id"] for row in page["items"]]
        cursor = page["next_cursor"]

    assert read == [answer.headers["x-annex-execution-id"] for answer in reversed(answers)]


async def test_use_is_told_by_day_and_by_month(gateway: World) -> None:
    gateway.runner.says(usage=USAGE)
    for _ in range(3):
        await gateway.get(HELLO)
    (install,) = gateway.registry.installs.values()

    days = (await gateway.get("/api/v1/usage")).json()["items"]
    months = (await gateway.get(f"/api/v1/usage?window=month&extension={install.extension_id}")).json()[
        "items"
    ]

    today = datetime.now(UTC).date()
    assert days == [
        {
            "window_start": str(today),
            "extension_id": install.extension_id,
            "invocations": 3,
            "cpu_ms": 7.5,
            "mem_mb_ms": 12.0,
            "egress_bytes": 33,
        }
    ]
    assert months == [days[0] | {"window_start": str(today.replace(day=1))}]


async def test_another_tenant_sees_none_of_it(gateway: World) -> None:
    answer = await gateway.get(HELLO)
    stranger = {"x-api-key": await gateway.key(slug="other")}
    own_id = answer.headers["x-annex-execution-id"]
    (install,) = gateway.registry.installs.values()

    found = await gateway.get(f"/api/v1/executions/{own_id}", headers=stranger)
    listed = await executions(gateway, f"?extension={install.extension_id}", headers=stranger)
    used = await gateway.get("/api/v1/usage", headers=stranger)
    claimed = await gateway.get("/api/v1/executions", headers=stranger | {"x-tenant-id": gateway.tenant_id})

    assert (found.status, found.code) == (404, "EXECUTION_NOT_FOUND")
    assert (listed, used.json()["items"]) == ([], [])
    assert (claimed.status, claimed.code) == (403, "TENANT_MISMATCH")


@pytest.mark.parametrize("path", ["/api/v1/executions", f"/api/v1/executions/{NOBODYS}", "/api/v1/usage"])
async def test_who_may_not_read_is_told_nothing(gateway: World, path: str) -> None:
    writer = await gateway.key(Permission.EXTENSION_WRITE)

    unknown = await gateway.get(path, headers={})
    denied = await gateway.get(path, headers={"x-api-key": writer})

    assert (unknown.status, denied.status, denied.code) == (401, 403, "PERMISSION_DENIED")


BAD_QUERIES = {
    "/api/v1/executions?status=fine": "INVALID_REQUEST",
    "/api/v1/executions?trigger=moon": "INVALID_REQUEST",
    "/api/v1/executions?limit=0": "INVALID_REQUEST",
    "/api/v1/executions?limit=201": "INVALID_REQUEST",
    "/api/v1/executions?since=yesterday": "INVALID_REQUEST",
    "/api/v1/executions?until=2026-05-04T12:00:00": "INVALID_REQUEST",
    "/api/v1/executions?code=%00": "INVALID_REQUEST",
    "/api/v1/executions?request_id=": "INVALID_REQUEST",
    "/api/v1/executions?endpoint=": "INVALID_REQUEST",
    "/api/v1/executions?http_class=500": "INVALID_REQUEST",
    "/api/v1/executions?min_duration_ms=-1": "INVALID_REQUEST",
    "/api/v1/executions?min_duration_ms=1.5": "INVALID_REQUEST",
    "/api/v1/executions?cursor=x": "INVALID_CURSOR",
    "/api/v1/executions?cursor=%C3%A4": "INVALID_CURSOR",
    "/api/v1/executions?cursor=bm90IG9uZQ%3D%3D": "INVALID_CURSOR",
    "/api/v1/executions?install_id=7": "INVALID_ID",
    "/api/v1/executions?extension=acme.nothing": "EXTENSION_NOT_INSTALLED",
    "/api/v1/executions/7": "INVALID_ID",
    f"/api/v1/executions/{NOBODYS}": "EXECUTION_NOT_FOUND",
    "/api/v1/executions/00000000-0000-7000-8000-000000000000": "EXECUTION_NOT_FOUND",
    "/api/v1/executions/ffffffff-ffff-7fff-bfff-ffffffffffff": "EXECUTION_NOT_FOUND",
    "/api/v1/usage?window=year": "INVALID_REQUEST",
    "/api/v1/usage?since=2026-13-01": "INVALID_REQUEST",
    "/api/v1/usage?since=2020-01-01&until=2026-01-01": "INVALID_REQUEST",
    "/api/v1/usage?since=2026-02-01&until=2026-01-01": "INVALID_REQUEST",
    "/api/v1/usage?cursor=bm90IG9uZQ%3D%3D": "INVALID_CURSOR",
}


async def test_a_wish_that_makes_no_sense_is_named(gateway: World) -> None:
    told = {path: (await gateway.get(path)).code for path in BAD_QUERIES}

    assert told == BAD_QUERIES


async def test_records_of_calls_at_once_share_commits(gateway: World) -> None:
    answers = await asyncio.gather(*(gateway.get(HELLO) for _ in range(100)))

    counted = await _metrics(gateway)
    assert {answer.status for answer in answers} == {200}
    assert counted['annex_gateway_execution_log_rows_total{status="ok"}'] == 100
    # A run that takes long is mentioned when it begins, too.
    assert counted["annex_gateway_execution_log_batch_rows_sum"] >= 100
    assert counted["annex_gateway_execution_log_batch_rows_count"] < 100
    assert counted["annex_gateway_execution_log_available"] == 1


async def _metrics(gateway: World) -> dict[str, float]:
    text = (await gateway.get("/metrics", headers={})).body.decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(number) for name, _, number in lines}


async def test_a_flood_of_refused_calls_writes_few_rows(gateway: World) -> None:
    answers = await asyncio.gather(*(gateway.get("/api/ext/acme.notes/nowhere") for _ in range(120)))
    rows = await until_recorded(gateway, "?limit=200&status=policy_denied", 50)

    counted = await _metrics(gateway)
    assert {answer.code for answer in answers} == {"ENDPOINT_NOT_FOUND"}
    assert len(rows) < 120
    assert counted['annex_gateway_executions_not_recorded_total{reason="refusals_cut"}'] > 0


@asynccontextmanager
async def as_application(world: World, **settings: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        world.database_url, server_settings={"search_path": "gateway"} | settings
    )
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_session_that_names_no_tenant_sees_no_row_and_writes_none(gateway: World) -> None:
    await gateway.get(HELLO)

    async with as_application(gateway) as connection:
        seen = await connection.fetchval("SELECT count(*) FROM extension_execution_log")
        used = await connection.fetchval("SELECT count(*) FROM extension_quota_usage")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO extension_quota_usage VALUES ($1, $1, '2026-01-01', 1, 1, 1, 1)", uuid4()
            )

    assert (seen, used) == (0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM extension_execution_log",
        "TRUNCATE extension_execution_log",
        "DROP TABLE extension_execution_log",
        "UPDATE extension_execution_log SET tenant_id = gen_random_uuid()",
        "UPDATE extension_execution_log SET started_at = now()",
        "DELETE FROM extension_quota_usage",
    ],
)
async def test_not_even_who_writes_records_removes_or_rewrites_one(world: World, statement: str) -> None:
    async with as_application(world, **{"app.scope": "ledger"}) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_days_are_dropped_when_their_time_is_over_and_none_before(
    world: World, databases_of_gateway: str
) -> None:
    today = datetime.now(UTC).date()
    old, kept = today - timedelta(days=31), today - timedelta(days=30)
    owner = await asyncpg.connect(databases_of_gateway)
    for day in (old, kept):
        await owner.execute(
            f"CREATE TABLE gateway.extension_execution_log_{day:%Y%m%d} PARTITION OF "
            f"gateway.extension_execution_log FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        )
        await owner.execute(
            f"ALTER TABLE gateway.extension_execution_log_{day:%Y%m%d} OWNER TO gateway_owner"
        )
    async with world.gateway(execution_log_days=30):
        async with asyncio.timeout(15):
            while await _has_day(owner, old):  # noqa: ASYNC110 - the database's state
                await asyncio.sleep(0.05)
        is_kept = await _has_day(owner, kept)
        has_room = await _has_day(owner, today + timedelta(days=3))
    await owner.close()

    assert is_kept
    assert has_room


async def _has_day(connection: asyncpg.Connection, day: Any) -> bool:
    name = f"gateway.extension_execution_log_{day:%Y%m%d}"
    return await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name) is True


async def test_a_day_without_a_partition_gets_one_when_it_is_needed(
    gateway: World, databases_of_gateway: str
) -> None:
    owner = await asyncpg.connect(databases_of_gateway)
    today = datetime.now(UTC).date()
    await owner.execute(f"DROP TABLE gateway.extension_execution_log_{today:%Y%m%d}")

    answer = await gateway.get(HELLO)

    assert answer.status == 200
    assert await _has_day(owner, today)
    await owner.close()


@dataclass
class SameQuotas:
    """The same quotas for every run."""

    quotas: tuple[Quota, ...]

    def of(self, install: Install) -> Controls:
        assert install.is_enabled
        return Controls(some_rates(), quotas=self.quotas)


async def test_a_quota_holds_over_all_gateways_and_says_when_it_begins_anew(world: World) -> None:
    world.installed()
    quota = Quota(QuotaScope.TENANT, QuotaKind.INVOCATIONS, QuotaWindow.DAY, 5)

    answers: list[Answer] = []
    counted: dict[str, float] = {}
    for _ in range(2):
        async with real_dependencies(world.settings()) as dependencies:
            policies = replace(dependencies.policies, controls=SameQuotas((quota,)))
            app = build_app(replace(dependencies, policies=policies))
            async with listening(app, host="127.0.0.1", port=0) as port:
                world.gateway_url = f"http://127.0.0.1:{port}"
                answers += [await world.get(HELLO) for _ in range(4)]
                counted = await _metrics(world)

    assert [answer.status for answer in answers] == [200] * 5 + [429] * 3
    refused = answers[-1]
    assert refused.code == "QUOTA_EXCEEDED"
    assert refused.json()["details"] | {"resets_at": ""} == {
        "scope": "tenant",
        "kind": "invocations",
        "window": "day",
        "limit": 5,
        "used": 5,
        "resets_at": "",
    }
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    name = 'annex_gateway_quota_exceeded_total{kind="invocations",scope="tenant",window="day"}'
    assert counted[name] == 3
    assert len(world.runner.requests) == 5
