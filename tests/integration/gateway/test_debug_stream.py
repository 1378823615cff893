"""Live lines over real HTTP: from a real Redis, and from a runner's memory when that Redis is gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from redis.asyncio import Redis

from annex_shared.contracts.debug_lines import DebugEvent, DebugLine
from annex_shared.contracts.installs import InstallRecord
from annex_shared.permissions import Permission
from integration.gateway.conftest import World

PATH = "/api/ext-debug/stream"
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@dataclass
class Reader:
    """An open stream, read event by event."""

    answer: aiohttp.ClientResponse
    comments: list[str] = field(default_factory=list)

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event, ``{}`` at the end of the stream."""
        found: dict[str, str] = {}
        async with asyncio.timeout(15):
            async for raw in self.answer.content:
                line = raw.decode().rstrip("\n")
                if not line:
                    if "data" in found:
                        return found
                    found = {}
                elif line.startswith(":"):
                    self.comments.append(line)
                else:
                    name, _, value = line.partition(": ")
                    found[name] = value
        return {}

    async def line(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((await self.next())["data"])
        return document

    async def messages(self, count: int) -> list[str]:
        return [(await self.line())["message"] for _ in range(count)]


@dataclass
class Lines:
    """Writes an install's lines the way a runner-proxy does."""

    redis: Redis
    install: InstallRecord

    def line(self, message: str, **fields: str) -> DebugLine:
        install = self.install
        return DebugLine.of_fields(
            {
                "ts": "1795219200123",
                "level": "info",
                "stream": "log",
                "tenant": install.tenant_id,
                "extension": install.extension_id,
                "install": install.install_id,
                "request": "req_1",
                "message": message,
                "line": uuid4().hex,
            }
            | fields
        )

    async def write(self, *messages: str, **fields: str) -> None:
        for message in messages:
            line = self.line(message, **fields)
            entry: dict[Any, Any] = dict(line.to_fields())
            await self.redis.xadd(f"ext-debug:{line.tenant}:{line.extension}", entry)


@pytest.fixture
async def lines(gateway: World) -> AsyncIterator[Lines]:
    redis = Redis.from_url(gateway.redis_url)
    (install,) = gateway.registry.installs.values()
    yield Lines(redis, install)
    await redis.aclose()


@asynccontextmanager
async def _reading(
    world: World, install: InstallRecord, query: str = "", **headers: str
) -> AsyncIterator[Reader]:
    url = f"{world.gateway_url}{PATH}?extensionId={install.extension_id}{query}"
    async with world.session.get(url, headers={"x-api-key": world.api_key, **headers}) as answer:
        assert answer.status == 200, await answer.text()
        yield Reader(answer)


async def _sessions(world: World) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(world.database_url)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(
            "SELECT kind, extension_id, request_id, end_reason, lines FROM gateway.extension_debug_session"
        )
        return rows
    finally:
        await connection.close()


async def _ended_sessions(world: World) -> list[asyncpg.Record]:
    async with asyncio.timeout(15):
        while not all(row["end_reason"] or row["kind"] == "poll" for row in await _sessions(world)):  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.02)
    return await _sessions(world)


async def test_last_lines_come_first_and_new_ones_as_they_are_written(gateway: World, lines: Lines) -> None:
    await lines.write("one", "two", "three")

    async with _reading(gateway, lines.install, "&tail=2") as reader:
        tail = await reader.messages(2)
        await lines.write("four")
        event = await reader.next()

    shown = json.loads(event["data"])
    assert tail == ["two", "three"]
    assert (shown["message"], shown["ts"]) == ("four", "2026-11-21T00:00:00.123Z")
    assert (shown["tenantId"], shown["installId"]) == (gateway.tenant_id, lines.install.install_id)
    assert event["id"].count("-") == 1


async def test_answer_is_an_event_stream_that_nobody_keeps_or_holds_up(gateway: World, lines: Lines) -> None:
    async with _reading(gateway, lines.install) as reader:
        headers = reader.answer.headers

    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"


async def test_reader_resumes_behind_the_last_event_it_took(gateway: World, lines: Lines) -> None:
    await lines.write("one", "two")
    async with _reading(gateway, lines.install) as reader:
        first = await reader.next()

    async with _reading(gateway, lines.install, **{"Last-Event-ID": first["id"]}) as again:
        assert await again.messages(1) == ["two"]


async def test_filters_let_through_what_was_asked_for(gateway: World, lines: Lines) -> None:
    await lines.write("mine", request="req_2")
    await lines.write(*(f"other {number}" for number in range(5)))

    async with _reading(gateway, lines.install, "&tail=1&requestId=req_2") as reader:
        tail = await reader.messages(1)
        await lines.write("other")
        await lines.write("mine too", request="req_2")

        assert tail == ["mine"]
        assert await reader.messages(1) == ["mine too"]


async def test_session_is_recorded_and_its_end_too(gateway: World, lines: Lines) -> None:
    await lines.write("one")

    async with _reading(gateway, lines.install, "&requestId=req_1") as reader:
        await reader.next()
        (under_way,) = await _sessions(gateway)

    (ended,) = await _ended_sessions(gateway)
    assert (under_way["kind"], under_way["request_id"], under_way["end_reason"]) == ("stream", "req_1", None)
    assert str(under_way["extension_id"]) == lines.install.extension_id
    assert (ended["end_reason"], ended["lines"]) == ("client", 1)


async def test_session_that_lasts_too_long_says_so_and_ends(world: World) -> None:
    install = world.installed()
    async with world.gateway(debug_session_seconds=0.2):
        async with _reading(world, install) as reader:
            event, nothing = await reader.next(), await reader.next()

        (ended,) = await _ended_sessions(world)

    assert event["event"] == "end"
    assert json.loads(event["data"])["reason"] == "limit"
    assert nothing == {}
    assert ended["end_reason"] == "limit"


async def test_stopping_gateway_ends_sessions_at_once(world: World) -> None:
    install = world.installed()
    async with asyncio.timeout(9):
        async with world.gateway():
            url = f"{world.gateway_url}{PATH}?extensionId={install.extension_id}"
            answer = await world.session.get(url, headers={"x-api-key": world.api_key})

        event = await Reader(answer).next()

    assert json.loads(event["data"])["reason"] == "shutdown"


async def test_only_so_many_sessions_of_a_tenant_at_once(world: World) -> None:
    install = world.installed()
    async with world.gateway(debug_sessions_per_tenant=1), _reading(world, install):
        refused = await world.get(f"{PATH}?extensionId={install.extension_id}")

    assert (refused.status, refused.code) == (429, "TOO_MANY_DEBUG_SESSIONS")
    assert refused.headers["retry-after"] == "30"


async def test_without_redis_the_runners_memory_serves_with_a_visible_warning(world: World) -> None:
    install = world.installed()
    written = Lines(Redis(), install)
    world.runner.ring = [DebugEvent.of(written.line("from memory"))]

    async with world.gateway(debug_redis_url=NOBODY_LISTENS), _reading(world, install) as reader:
        warning, line = await reader.line(), await reader.line()

    assert (warning["stream"], warning["level"]) == ("platform", "warn")
    assert warning["message"].startswith("Redis is away")
    assert line["message"] == "from memory"


async def test_lines_can_be_polled(gateway: World, lines: Lines) -> None:
    await lines.write("one", "two")
    path = f"{PATH}?extensionId=acme.notes"

    first = (await gateway.request("POST", path)).json()
    await lines.write("three")
    body = json.dumps({"lastId": first["lastId"]})
    second = (await gateway.request("POST", path, data=body.encode())).json()

    assert [event["message"] for event in first["events"]] == ["one", "two"]
    assert [event["message"] for event in second["events"]] == ["three"]
    assert [row["kind"] for row in await _sessions(gateway)] == ["poll"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "INVALID_REQUEST"),
        ("extensionId=acme.unknown", 404, "EXTENSION_NOT_INSTALLED"),
        (f"extensionId=acme.notes&tenantId={uuid4()}", 403, "TENANT_MISMATCH"),
        ("extensionId=acme.notes&installId=5", 400, "INVALID_ID"),
        ("extensionId=acme.notes&requestId=", 400, "INVALID_REQUEST"),
        ("extensionId=acme.notes&tail=0", 400, "INVALID_REQUEST"),
        ("extensionId=acme.notes&tail=2001", 400, "INVALID_REQUEST"),
    ],
    ids=["nothing", "unknown", "foreign-tenant", "install", "request", "no-tail", "long-tail"],
)
async def test_stream_is_refused_with_its_own_code(
    gateway: World, query: str, status: int, code: str
) -> None:
    answer = await gateway.get(f"{PATH}?{query}")

    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_watching_takes_the_debug_permission(gateway: World, method: str) -> None:
    key = await gateway.key(Permission.EXTENSION_READ, Permission.EXTENSION_WRITE)

    answer = await gateway.request(method, f"{PATH}?extensionId=acme.notes", headers={"x-api-key": key})

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
    assert await _sessions(gateway) == []


TERMS = "/api/v1/debug/terms"


async def test_terms_of_a_session_are_told_without_beginning_one(world: World) -> None:
    install = world.installed()
    async with world.gateway(debug_extensions="*", debug_session_seconds=90, debug_sessions_per_tenant=3):
        told = (await world.get(f"{TERMS}?extension=acme.notes")).json()

    assert (told["extension_id"], told["install_id"]) == (install.extension_id, install.install_id)
    assert (told["allowed_by"], told["session_seconds"], told["sessions_per_tenant"]) == ("operator", 90, 3)
    assert await _sessions(world) == []


async def test_terms_say_when_the_tenant_itself_allowed_it(world: World) -> None:
    world.installed(grants=["cap:debug.logs"])
    async with world.gateway(debug_extensions=""):
        told = (await world.get(f"{TERMS}?extension=acme.notes")).json()

    assert told["allowed_by"] == "grant"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "INVALID_REQUEST"),
        ("extension=acme.unknown", 404, "EXTENSION_NOT_INSTALLED"),
        ("extension=acme.notes", 403, "DEBUG_NOT_GRANTED"),
    ],
    ids=["nothing", "unknown", "not-granted"],
)
async def test_terms_are_refused_as_the_session_would_be(
    world: World, query: str, status: int, code: str
) -> None:
    world.installed()
    async with world.gateway(debug_extensions=""):
        answer = await world.get(f"{TERMS}?{query}")

    assert (answer.status, answer.code) == (status, code)


async def test_terms_take_the_debug_permission_too(gateway: World) -> None:
    key = await gateway.key(Permission.EXTENSION_READ)

    answer = await gateway.get(f"{TERMS}?extension=acme.notes", headers={"x-api-key": key})

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


async def test_other_tenants_extension_does_not_exist_here(gateway: World, lines: Lines) -> None:
    key = await gateway.key(slug="other")
    path = f"{PATH}?extensionId={lines.install.extension_id}"

    answer = await gateway.get(path, headers={"x-api-key": key})

    assert (answer.status, answer.code) == (404, "EXTENSION_NOT_INSTALLED")


async def test_nobody_watches_what_neither_tenant_nor_operator_lets_be_watched(world: World) -> None:
    install = world.installed()
    async with world.gateway(debug_extensions="acme.other, globex.*"):
        answers = [
            await world.request(method, f"{PATH}?extensionId={install.extension_id}")
            for method in ("GET", "POST")
        ]

    assert [(answer.status, answer.code) for answer in answers] == [(403, "DEBUG_NOT_GRANTED")] * 2
    assert await _sessions(world) == []


async def test_a_tenants_grant_opens_its_own_install_to_its_debuggers(world: World) -> None:
    install = world.installed(grants=["cap:debug.logs"])
    async with world.gateway(debug_extensions=""), _reading(world, install) as reader:
        assert reader.answer.status == 200
