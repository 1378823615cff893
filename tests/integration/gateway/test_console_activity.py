"""What the console is told about how extensions did: only what they are to blame for counts as failed."""

import asyncio
from typing import Any

from aiohttp import web

from annex_shared.contracts.problems import PROBLEM_JSON, ProblemDocument
from integration.gateway.conftest import World

HELLO = "/api/ext/acme.notes/notes"
WALL = {"limit": {"kind": "wall_ms", "value": 30_000}}


async def refused(gateway: World, status: int, code: str, details: dict[str, Any] | None = None) -> None:
    """Call the extension while its runner refuses like this."""
    document = ProblemDocument(
        type=f"/errors/{code.lower().replace('_', '-')}",
        title=code,
        status=status,
        detail="d",
        instance="/v1/execute",
        code=code,
        message="d",
        request_id="r",
        details=details or {},
    ).model_dump_json()
    gateway.runner.answers(lambda: web.Response(status=status, text=document, content_type=PROBLEM_JSON))
    await gateway.get(HELLO)


async def answered(gateway: World, status: int) -> None:
    gateway.runner.says(status=status)
    await gateway.get(HELLO)


async def activity(gateway: World) -> dict[str, Any]:
    answer = await gateway.get("/api/v1/console/activity")
    assert answer.status == 200, answer.body
    (item,) = answer.json()["items"]
    found: dict[str, Any] = item
    return found


async def health(gateway: World) -> dict[str, Any]:
    (install,) = gateway.registry.installs.values()
    answer = await gateway.get(f"/api/v1/console/health?extension_id={install.extension_id}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


async def test_its_own_answers_traps_and_limits_count_as_failed(gateway: World) -> None:
    await answered(gateway, 200)
    await answered(gateway, 503)
    await refused(gateway, 502, "GUEST_TRAP")
    await refused(gateway, 502, "MEMORY_LIMIT_EXCEEDED")
    await refused(gateway, 504, "DEADLINE_EXCEEDED", WALL)

    shown, told = await activity(gateway), await health(gateway)

    assert (shown["runs"], shown["failures"], shown["last_failed"]) == (5, 4, True)
    assert (told["runs"], told["failures"]) == (5, 4)
    assert {each["code"]: each["failures"] for each in told["codes"]} == {
        "ERROR": 1,
        "GUEST_TRAP": 1,
        "MEMORY_LIMIT_EXCEEDED": 1,
        "DEADLINE_EXCEEDED": 1,
    }


async def test_faults_of_the_platform_and_callers_who_left_are_runs_and_no_failures(gateway: World) -> None:
    await answered(gateway, 404)
    await refused(gateway, 503, "OVERLOADED")
    await refused(gateway, 500, "WORKER_FAULT")
    await refused(gateway, 502, "WORKER_CRASHED")
    await refused(gateway, 504, "DEADLINE_EXCEEDED")
    gateway.runner.was_reached.clear()
    gateway.runner.never_answers()
    call = asyncio.create_task(gateway.get(HELLO))
    await gateway.runner.was_reached.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    async with asyncio.timeout(10):
        while (shown := await activity(gateway))["last_status"] != "error":  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.02)

    told = await health(gateway)

    assert (shown["runs"], shown["failures"], shown["last_failed"]) == (6, 0, False)
    assert shown["last_status"] == "error"
    assert (told["runs"], told["failures"], told["codes"]) == (6, 0, [])
    assert [hour["failures"] for hour in told["hours"]] == [0] * len(told["hours"])
