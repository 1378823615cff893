"""Lines of executions in Redis and in the ring, and what an operator counts meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from annex_shared.contracts.debug_lines import DebugLine, DebugLines
from annex_shared.http.client import ServiceAnswer
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.runner_proxy.platform import EXTENSION, OTHER_TENANT, TENANT, Platform, running_platform
from support.stack.isolation import RedisNumbers

STREAM = f"ext-debug:{TENANT}:{EXTENSION}"
RING = f"/internal/v1/debug-lines?tenant_id={TENANT}&extension_id={EXTENSION}"
DEBUGGER = Caller("someone", TENANT, frozenset({Permission.EXTENSION_DEBUG}))


@dataclass
class Debugged:
    """A runner-proxy with Redis, and that Redis."""

    platform: Platform
    redis: Redis

    async def lines(self, until: str) -> list[DebugLine]:
        """Read the stream once a line that holds ``until`` has arrived."""
        async with asyncio.timeout(15):
            while True:
                entries: Any = await self.redis.xrange(STREAM)
                lines = [DebugLine.of_fields(fields) for _, fields in entries]
                if any(until in line.message for line in lines):
                    return lines
                await asyncio.sleep(0.02)

    async def ring(self, query: str = "", caller: Caller = DEBUGGER) -> ServiceAnswer:
        return await self.platform.client.request("GET", RING + query, caller=caller)


@pytest.fixture(scope="module")
async def debugged(
    tmp_path_factory: pytest.TempPathFactory, redis_numbers: RedisNumbers
) -> AsyncIterator[Debugged]:
    url = redis_numbers.create()
    redis = Redis.from_url(url, decode_responses=True)
    async with running_platform(
        tmp_path_factory.mktemp("debugged"), redis_url=url, workers=1, spare_workers=0
    ) as platform:
        yield Debugged(platform, redis)
    await redis.aclose()


async def test_execution_leaves_its_lines_in_redis(debugged: Debugged) -> None:
    record = debugged.platform.install("ok")

    answer = await debugged.platform.execute(record, path="/notes", query={"token": "hidden"})

    execution = answer.json()["execution_id"]
    lines = await debugged.lines("GET /notes answered 200")
    own = [line for line in lines if line.execution == execution]
    assert [line.stream for line in own if line.stream == "platform"] == ["platform", "platform"]
    assert {line.install for line in own} == {record.install_id}
    assert all("hidden" not in line.message for line in lines)
    assert 0 < await debugged.redis.ttl(STREAM) <= 86_400


async def test_fault_of_a_guest_is_an_error_line(debugged: Debugged) -> None:
    answer = await debugged.platform.execute(debugged.platform.install("trap"))

    lines = await debugged.lines("GUEST_TRAP")
    assert "error" in {line.level for line in lines if "GUEST_TRAP" in line.message}
    usage = answer.json()["details"]["usage"]
    assert (usage["outcome"], usage["endpoint"], usage["tenant_id"]) == ("GUEST_TRAP", "GET /", str(TENANT))
    assert usage["cpu_ms"] > 0


async def test_answer_carries_the_whole_account(debugged: Debugged) -> None:
    record = debugged.platform.install("ok")

    usage = (await debugged.platform.execute(record)).json()["usage"]

    assert usage["outcome"] == "ANSWERED"
    assert usage["install_id"] == record.install_id
    assert usage["content_hash"] == str(record.content_hash)
    assert (usage["effects"], usage["egress_bytes"], usage["fuel"]) == (0, 0, None)


async def test_ring_serves_the_gateway_what_this_process_still_has(debugged: Debugged) -> None:
    await debugged.platform.execute(debugged.platform.install("ok"), path="/ring")

    first = DebugLines.model_validate_json((await debugged.ring()).body)
    again = DebugLines.model_validate_json((await debugged.ring(f"&after={first.next}")).body)

    assert first.state == "connected"
    assert any("/ring" in line.message for line in first.lines)
    assert again.lines == []


@pytest.mark.parametrize(
    ("query", "caller", "code"),
    [
        ("", Caller("someone", OTHER_TENANT, DEBUGGER.permissions), "CALLER_REFUSED"),
        ("", Caller("someone", TENANT), "CALLER_REFUSED"),
        ("&after=-1", DEBUGGER, "INVALID_REQUEST"),
        ("&limit=0", DEBUGGER, "INVALID_REQUEST"),
    ],
    ids=["another-tenant", "without-permission", "negative-position", "no-lines"],
)
async def test_ring_is_refused(debugged: Debugged, query: str, caller: Caller, code: str) -> None:
    answer = await debugged.ring(query, caller)

    assert answer.json()["code"] == code


async def test_metrics_have_every_name_of_the_catalogue(debugged: Debugged) -> None:
    await debugged.platform.execute(debugged.platform.install("ok"))

    answer = await debugged.platform.client.request("GET", "/metrics")

    text = answer.body.decode()
    for name in (
        "annex_runner_execute_duration_seconds_bucket",
        'annex_runner_executions_total{outcome="ANSWERED"}',
        "annex_runner_workers_alive 1.0",
        "annex_runner_workers_busy 0.0",
        "annex_runner_queue_length 0.0",
        "annex_runner_queue_wait_seconds_count",
        "annex_runner_compile_duration_seconds_count",
        "annex_runner_cache_bytes ",
        "annex_runner_cache_evictions_total 0.0",
        "annex_runner_debug_lines_dropped_total 0.0",
        "annex_runner_debug_stream_connected 1.0",
        'annex_runner_isolation_level{level="',
    ):
        assert name in text, name
    assert str(TENANT) not in text
