"""Calls that are repeated, that break off, and that are too many, over real HTTP."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest
from aiohttp import web

from annex_shared.contracts.execute import ExecuteRequest
from annex_shared.permissions import Permission
from integration.gateway.conftest import Answer, World
from unit.gateway.builders import a_refusal

NOTES = "/api/ext/acme.notes/notes"


async def post(gateway: World, body: bytes = b"{}", **changes: Any) -> Answer:
    """Post to the notes with a key."""
    headers = {"x-api-key": gateway.api_key, "idempotency-key": "once"} | changes.pop("headers", {})
    return await gateway.request("POST", changes.pop("path", NOTES), headers=headers, data=body, **changes)


@dataclass
class Script:
    """A runner that answers one thing after another, and the last one for ever."""

    makes: list[Callable[[], web.StreamResponse]]
    runs: int = 0
    held: asyncio.Event | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _request: ExecuteRequest) -> web.StreamResponse:
        self.runs += 1
        self.began.set()
        if self.held is not None:
            await self.held.wait()
        return (self.makes.pop(0) if len(self.makes) > 1 else self.makes[0])()

    def let_go(self) -> None:
        assert self.held is not None
        self.held.set()


def refused(code: str, status: int = 502, **facts: Any) -> Callable[[], web.StreamResponse]:
    document = a_refusal(code, status, **facts).document
    return lambda: web.Response(
        status=status, text=document.model_dump_json(), content_type="application/problem+json"
    )


def answered(status: int = 200, *, effects: int = 0, **fields: Any) -> Callable[[], web.StreamResponse]:
    text = json.dumps({"status": status, "effects": effects, "execution_id": "run-1"} | fields)
    return lambda: web.Response(text=text, content_type="application/json")


def scripted(gateway: World, *makes: Callable[[], web.StreamResponse], is_held: bool = False) -> Script:
    script = Script([*makes], held=asyncio.Event() if is_held else None)
    gateway.runner.answer = script
    return script


async def test_a_repeat_gets_the_kept_answer_and_says_so(gateway: World) -> None:
    gateway.runner.says(b"made", status=201, headers_list=[("link", "<a>"), ("link", "<b>")], effects=1)

    first, second = await post(gateway), await post(gateway)

    assert (first.status, first.body) == (second.status, second.body) == (201, b"made")
    assert second.headers.getall("link") == ["<a>", "<b>"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(gateway.runner.requests) == 1


async def test_of_many_equal_keys_at_once_exactly_one_runs(world: World) -> None:
    world.installed()
    script = scripted(world, answered(effects=1), is_held=True)
    # Two gateways, one database.
    async with world.gateway(), replace(world).gateway() as other:
        calls = [asyncio.create_task(post(gateway)) for gateway in (world, other) * 6]
        done: set[asyncio.Task[Answer]] = set()
        async with asyncio.timeout(20):
            while len(done) < len(calls) - 1:
                done, _ = await asyncio.wait(calls, timeout=0.1)
            script.let_go()
            answers = await asyncio.gather(*calls)

    assert sorted(answer.status for answer in answers) == [200] + [409] * 11
    refusals = [answer for answer in answers if answer.status == 409]
    assert {answer.code for answer in refusals} == {"IDEMPOTENCY_IN_PROGRESS"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refusals)
    assert script.runs == 1


@pytest.mark.parametrize("difference", ["body", "query", "path", "caller"])
async def test_a_key_belongs_to_one_request(world: World, difference: str) -> None:
    world.installed(endpoints=(("POST", "/notes/:id"),))
    path = f"{NOTES}/1"
    async with world.gateway():
        await post(world, path=path)
        match difference:
            case "body":
                answer = await post(world, b"[]", path=path)
            case "query":
                answer = await post(world, path=f"{path}?a=1")
            case "path":
                answer = await post(world, path=f"{NOTES}/2")
            case _:
                answer = await post(world, path=path, headers={"x-api-key": await world.key()})

    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(world.runner.requests) == 1


async def test_a_key_means_nothing_at_another_endpoint_or_for_another_tenant(world: World) -> None:
    world.installed(endpoints=(("POST", "/notes"), ("PUT", "/notes")))
    async with world.gateway():
        await post(world)
        answer = await world.request(
            "PUT", NOTES, headers={"x-api-key": world.api_key, "idempotency-key": "once"}, data=b"{}"
        )

    assert answer.status == 200
    assert len(world.runner.requests) == 2


@pytest.mark.parametrize("header", ["idempotency-key", "x-idempotency-key"])
@pytest.mark.parametrize("key", ["", "x" * 256], ids=["empty", "too long"])
async def test_a_malformed_key_is_named(gateway: World, header: str, key: str) -> None:
    answer = await gateway.request("POST", NOTES, headers={"x-api-key": gateway.api_key, header: key})

    assert (answer.status, answer.code) == (400, "INVALID_IDEMPOTENCY_KEY")
    assert header in answer.json()["detail"]
    assert gateway.runner.requests == []


async def test_reading_needs_no_key_and_is_not_kept(gateway: World) -> None:
    headers = {"x-api-key": gateway.api_key, "idempotency-key": "once"}

    answers = [await gateway.get(NOTES, headers=headers) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert len(gateway.runner.requests) == 2


async def test_a_caller_who_left_finds_the_answer_of_its_run(gateway: World) -> None:
    script = scripted(gateway, answered(201, effects=1), is_held=True)
    leaving = asyncio.create_task(post(gateway))
    async with asyncio.timeout(10):
        await script.began.wait()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert (await post(gateway)).code == "IDEMPOTENCY_IN_PROGRESS"
        script.let_go()
        while (answer := await post(gateway)).status == 409:  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.02)

    assert (answer.status, answer.headers["idempotency-replayed"]) == (201, "true")
    assert script.runs == 1


async def test_a_run_that_nobody_saw_end_is_not_run_again(world: World) -> None:
    world.installed()
    async with world.gateway():
        script = scripted(world, answered(effects=1), is_held=True)
        call = asyncio.create_task(post(world))
        await script.began.wait()
        # What a killed gateway leaves: a key that is locked and held by nobody.
        await _execute(
            world, "UPDATE gateway.idempotency_record SET locked_until = now(), attempt = gen_random_uuid()"
        )
        repeat = await post(world)
        script.let_go()
        await call

    assert (repeat.status, repeat.code) == (409, "IDEMPOTENCY_OUTCOME_UNKNOWN")
    assert script.runs == 1


async def test_a_request_that_was_cut_off_at_the_runner_is_not_run_again(gateway: World) -> None:
    script = scripted(gateway, lambda: web.Response(text="nonsense"))

    first, repeat = await post(gateway), await post(gateway)

    assert (first.code, repeat.code) == ("RUNNER_UNAVAILABLE", "IDEMPOTENCY_OUTCOME_UNKNOWN")
    assert script.runs == 1


async def test_a_runner_that_dies_leaves_an_unknown_outcome(gateway: World) -> None:
    gateway.runner.dies()
    first = await post(gateway)
    gateway.runner.says()

    repeat = await post(gateway)

    assert (first.status, first.code) == (503, "RUNNER_UNAVAILABLE")
    assert "may have run" in first.json()["detail"]
    assert repeat.code == "IDEMPOTENCY_OUTCOME_UNKNOWN"
    assert len(gateway.runner.requests) == 1


async def test_a_runner_that_hangs_leaves_an_unknown_outcome(gateway: World) -> None:
    gateway.runner.never_answers()

    first = await post(gateway, headers={"x-deadline-ms": "200"})
    repeat = await post(gateway)

    assert (first.code, repeat.code) == ("DEADLINE_EXCEEDED", "IDEMPOTENCY_OUTCOME_UNKNOWN")
    assert gateway.runner.was_abandoned.is_set()


async def test_a_failure_that_changed_nothing_may_be_asked_for_again(gateway: World) -> None:
    script = scripted(gateway, answered(503), answered(200))

    first, repeat = await post(gateway), await post(gateway)

    assert (first.status, repeat.status) == (503, 200)
    assert script.runs == 2


async def test_an_answer_too_large_to_keep_is_not_run_again(world: World) -> None:
    world.installed()
    world.runner.says(b"large", effects=1)
    async with world.gateway(idempotency_answer_max_bytes=4):
        first, repeat = await post(world), await post(world)

    assert (first.status, first.body) == (200, b"large")
    assert (repeat.status, repeat.code) == (409, "IDEMPOTENT_ANSWER_NOT_KEPT")
    assert len(world.runner.requests) == 1


async def test_without_the_database_only_requests_with_a_key_are_refused(gateway: World) -> None:
    await _execute(gateway, "REVOKE ALL ON gateway.idempotency_record FROM gateway_app")

    keyed = await post(gateway)
    plain = await gateway.request("POST", NOTES, data=b"{}")

    assert (keyed.status, keyed.code, keyed.headers["retry-after"]) == (503, "IDEMPOTENCY_UNAVAILABLE", "1")
    assert plain.status == 200
    assert len(gateway.runner.requests) == 1


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (refused("WORKER_CRASHED", effects=0), None),
        (refused("WORKER_CRASHED", effects=1), "WORKER_CRASHED"),
        (refused("WORKER_CRASHED", 429, effects=0, is_retryable=True), "WORKER_CRASHED"),
        (refused("GUEST_TRAP", effects=0), "GUEST_TRAP"),
    ],
    ids=["no effects", "effects", "too many", "trap"],
)
async def test_a_post_is_tried_again_only_where_nothing_happened(
    gateway: World, first: Callable[[], web.StreamResponse], code: str | None
) -> None:
    script = scripted(gateway, first, answered())

    answer = await gateway.request("POST", NOTES, data=b"{}")

    assert (answer.status == 200) is (code is None)
    assert script.runs == (2 if code is None else 1)


async def test_a_runner_that_breaks_off_is_asked_again_for_a_get_alone(gateway: World) -> None:
    script = scripted(gateway, lambda: web.Response(text="nonsense"), answered())

    assert (await gateway.get(NOTES)).status == 200
    assert script.runs == 2


async def test_a_version_the_platform_keeps_failing_at_is_not_tried(gateway: World) -> None:
    script = scripted(gateway, refused("WORKER_FAULT", 500, effects=1))
    for _ in range(20):
        await gateway.request("POST", NOTES, data=b"{}")

    answer = await gateway.request("POST", NOTES, data=b"{}")

    assert (answer.status, answer.code) == (503, "CIRCUIT_OPEN")
    assert 1 <= int(answer.headers["retry-after"]) <= 5
    assert script.runs == 20


async def test_calls_beyond_what_the_runner_can_do_are_sent_away_soon(world: World) -> None:
    world.installed()
    async with world.gateway(runner_concurrency_max=1):
        script = scripted(world, answered(), is_held=True)
        calls = [asyncio.create_task(world.get(NOTES)) for _ in range(7)]
        done, waiting = await asyncio.wait(calls, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 3:
            done, waiting = await asyncio.wait(calls, timeout=1)
        script.let_go()
        answers = await asyncio.gather(*waiting)

    assert {task.result().code for task in done} == {"ADMISSION_REFUSED"}
    assert all(1 <= int(task.result().headers["retry-after"]) <= 3 for task in done)
    assert [answer.status for answer in answers] == [200] * 4
    assert script.runs == 4


async def test_the_time_left_shrinks_on_its_way(gateway: World) -> None:
    scripted(gateway, refused("WORKER_CRASHED", effects=0), answered())

    await gateway.get(NOTES, headers={"x-api-key": gateway.api_key, "x-deadline-ms": "5000"})

    first, second = (request.limits.timeout_ms or 0 for request in gateway.runner.requests)
    assert second < first < 5000


async def test_who_may_debug_sees_where_the_time_went(gateway: World) -> None:
    gateway.runner.says(usage={"wall_ms": 1.5, "cpu_ms": 0.5}, headers={"server-timing": "mine;dur=1"})
    reader = await gateway.key(Permission.EXTENSION_READ)

    told = await gateway.get(NOTES)
    untold = await gateway.get(NOTES, headers={"x-api-key": reader})

    assert [part.partition(";")[0] for part in told.headers["server-timing"].split(", ")] == [
        "gw",
        "queue",
        "exec",
        "cpu",
    ]
    assert "server-timing" not in untold.headers


async def test_a_page_of_an_extension_is_not_shown_on_the_gateways_origin(gateway: World) -> None:
    gateway.runner.says(b"<script>", headers={"content-type": "text/html"})

    answer = await gateway.get(NOTES)

    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["cache-control"] == "no-store"


async def test_what_happens_at_the_entrance_is_counted(gateway: World) -> None:
    scripted(gateway, refused("WORKER_CRASHED", effects=0), answered(effects=1))
    await post(gateway)
    await post(gateway)

    metrics = (await gateway.get("/metrics")).body.decode()

    for line in (
        'annex_gateway_runner_attempts_total{attempt="first",outcome="WORKER_CRASHED"} 1.0',
        'annex_gateway_runner_attempts_total{attempt="repeat",outcome="ANSWERED"} 1.0',
        "annex_gateway_idempotent_replays_total 1.0",
        "annex_gateway_admission_taken 0.0",
        "annex_gateway_admission_places 10",
        "annex_gateway_circuits_open 0.0",
    ):
        assert line in metrics


async def _execute(gateway: World, statement: str) -> None:
    owner_url = gateway.database_url.replace("gateway_app:x@", "annex@")
    connection = await asyncpg.connect(owner_url)
    await connection.execute(statement)
    await connection.close()
