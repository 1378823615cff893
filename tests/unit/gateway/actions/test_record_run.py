import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from annex_gateway.actions.story import Story
from annex_gateway.domain.errors import (
    DeadlineExceeded,
    EndpointNotFound,
    ExecutionLogUnavailable,
    ExecutionNotRecorded,
    GatewayError,
    GuestResponseInvalid,
    QuotaExceeded,
    RateLimited,
    RunnerUnavailable,
)
from annex_gateway.domain.executions import Execution, Status, answered, declined
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.refusal_budget import RefusalBudget
from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage
from annex_shared.observability.trace_context import TraceContext, in_trace
from unit.gateway.builders import an_install
from unit.gateway.fakes import CountedRefusals
from unit.gateway.memory_ledger import an_execution
from unit.gateway.recording import Records

USAGE = ExecuteUsage(
    execution_id="0190a000-0000-7000-8000-000000000001", cpu_ms=2.0, memory_bytes=9, wall_ms=4.0, effects=1
)


@pytest.fixture
async def records() -> AsyncIterator[Records]:
    async with Records().running() as records:
        yield records


def a_story(records: Records) -> Story:
    draft = records.recorder().draft("http", method="POST", request_id="req_7")
    return Story(CountedRefusals(), draft)


def begin(records: Records, story: Story, *, status: int = 200) -> None:
    """Tell a story up to the answer of the guest."""
    story.draft.found(an_install(), principal_id="somebody")
    story.draft.endpoint = "/notes/:id"
    records.recorder().begin(story.draft)
    story.draft.heard(ExecuteResponse(status=status, usage=USAGE, effects=1))


async def run(records: Records, story: Story, tell: Callable[[], Awaitable[None]]) -> list[Execution]:
    async def told() -> str:
        await tell()
        return "the answer"

    await records.recorder().recorded(story, told())
    return records.rows()


async def test_an_answer_is_handed_out_with_its_record_written(records: Records) -> None:
    story = a_story(records)

    async def tell() -> None:
        begin(records, story)
        story.draft.ending = answered(200)

    with in_trace(TraceContext("a" * 32, "b" * 16)):
        story.draft.trace_id = records.recorder().draft("http", method="GET", request_id="r").trace_id
    (row,) = await run(records, story, tell)

    assert row.status is Status.OK
    assert (row.http_status, row.code, row.policy) == (200, None, None)
    assert (row.method, row.endpoint, row.request_id) == ("POST", "/notes/:id", "req_7")
    assert (row.trace_id, row.execution_id) == ("a" * 32, story.draft.execution_id)
    assert row.cost is not None
    assert (row.cost.cpu_ms, row.cost.effects, str(row.cost.runner_execution_id)) == (
        2.0,
        1,
        USAGE.execution_id,
    )
    assert row.is_counted


ENDINGS: list[tuple[str, int, tuple[Status, str | None]]] = [
    ("", 404, (Status.OK, None)),
    ("", 500, (Status.ERROR, None)),
    ("GUEST_TRAP", 502, (Status.ERROR, "GUEST_TRAP")),
    ("VERSION_BLOCKED", 403, (Status.ERROR, "VERSION_BLOCKED")),
    ("DEADLINE_EXCEEDED", 504, (Status.TIMEOUT, "DEADLINE_EXCEEDED")),
    ("OVERLOADED", 503, (Status.UPSTREAM_ERROR, "OVERLOADED")),
    ("INTERNAL", 500, (Status.UPSTREAM_ERROR, "INTERNAL")),
]


@pytest.mark.parametrize(("code", "status", "recorded"), ENDINGS)
async def test_what_the_runner_says_is_recorded_by_whose_fault_it_was(
    records: Records, code: str, status: int, recorded: tuple[Status, str | None]
) -> None:
    story = a_story(records)

    async def tell() -> None:
        begin(records, story, status=status)
        story.draft.ending = declined(code, status) if code else answered(status)

    (row,) = await run(records, story, tell)

    assert (row.status, row.code) == recorded
    assert row.http_status == status


FAILURES: list[tuple[Policy, GatewayError, bool, tuple[Status, int, bool]]] = [
    (Policy.FORWARD, DeadlineExceeded("late"), False, (Status.TIMEOUT, 504, True)),
    (Policy.FORWARD, RunnerUnavailable("away"), False, (Status.UPSTREAM_ERROR, 503, False)),
    (Policy.ANSWER, GuestResponseInvalid("odd"), True, (Status.ERROR, 502, True)),
]


@pytest.mark.parametrize(
    ("policy", "error", "was_heard", "recorded"), FAILURES, ids=["late", "away", "invalid"]
)
async def test_a_run_that_failed_is_recorded_before_its_problem_is_told(
    records: Records,
    policy: Policy,
    error: GatewayError,
    was_heard: bool,  # noqa: FBT001 - a parameter of the test
    recorded: tuple[Status, int, bool],
) -> None:
    story = a_story(records)

    async def tell() -> None:
        begin(records, story)
        story.draft.cost = story.draft.cost if was_heard else None
        with story.at(policy):
            raise error

    with pytest.raises(type(error)):
        await run(records, story, tell)

    (row,) = records.rows()
    assert (row.status, row.http_status, row.is_counted) == recorded
    assert row.policy is None


async def refuse(records: Records, policy: Policy, error: GatewayError, *, is_found: bool = True) -> None:
    story = a_story(records)

    async def tell() -> None:
        if is_found:
            story.draft.found(an_install(), principal_id="somebody")
        with story.at(policy):
            raise error

    with pytest.raises(type(error)):
        await run(records, story, tell)


async def test_a_refusal_is_recorded_with_the_policy_that_refused() -> None:
    async with Records().running() as records:
        await refuse(records, Policy.ENDPOINT, EndpointNotFound("none"))

    (row,) = records.rows()
    assert (row.status, row.policy, row.code) == (Status.POLICY_DENIED, "endpoint", "ENDPOINT_NOT_FOUND")
    assert (row.http_status, row.is_counted, row.cost) == (404, False, None)


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        (Policy.RATE, RateLimited("much")),
        (Policy.QUOTA, QuotaExceeded("used up")),
        (Policy.RECORD, ExecutionLogUnavailable("away")),
    ],
    ids=["rate", "quota", "record"],
)
async def test_what_is_refused_in_floods_is_no_row(policy: Policy, error: GatewayError) -> None:
    async with Records().running() as records:
        await refuse(records, policy, error)

    assert records.rows() == []


async def test_a_refusal_before_the_install_is_known_is_nobodys_record() -> None:
    async with Records().running() as records:
        await refuse(records, Policy.TENANT, EndpointNotFound("none"), is_found=False)

    assert records.rows() == []


async def test_a_flood_of_refusals_is_cut() -> None:
    async with Records(refusals=RefusalBudget(per_second=1, burst=3)).running() as records:
        for _ in range(10):
            await refuse(records, Policy.ENDPOINT, EndpointNotFound("none"))

    assert len(records.rows()) == 3
    assert records.metrics.missing == ["refusals_cut"] * 7


async def test_nothing_begins_that_cannot_be_recorded(records: Records) -> None:
    records.ledger.is_away = True
    records.writer.mention(an_execution())
    async with asyncio.timeout(5):
        while records.writer.is_available:  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.01)
    story = a_story(records)

    with pytest.raises(ExecutionLogUnavailable):
        records.recorder().begin(story.draft)

    assert not story.draft.is_forwarded


async def test_an_answer_whose_record_is_late_is_withheld_and_says_that_it_ran(records: Records) -> None:
    story = a_story(records)

    async def tell() -> None:
        begin(records, story)
        story.draft.ending = answered(201)
        records.ledger.gate.clear()

    with pytest.raises(ExecutionNotRecorded) as late:
        await run(records, story, tell)

    records.ledger.gate.set()
    assert late.value.details == {
        "execution_id": str(story.draft.execution_id),
        "outcome": "ok",
        "http_status": 201,
        "effects": 1,
    }
    assert "changed something outside itself" in late.value.message
    assert isinstance(story.metrics, CountedRefusals)
    assert story.metrics.refusals == [(Policy.RECORD, "EXECUTION_NOT_RECORDED")]


async def test_a_caller_who_leaves_does_not_take_the_record_along() -> None:
    async with Records().running() as records:
        story = a_story(records)

        async def tell() -> None:
            begin(records, story)
            await asyncio.Event().wait()

        running = asyncio.create_task(run(records, story, tell))
        await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    (row,) = records.rows()
    assert (row.status, row.code, row.is_counted) == (Status.ERROR, "CANCELLED", True)


async def test_a_mistake_of_ours_after_the_run_began_is_recorded_as_one(records: Records) -> None:
    story = a_story(records)

    async def tell() -> None:
        begin(records, story)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(records, story, tell)

    (row,) = records.rows()
    assert (row.status, row.code, row.http_status) == (Status.ERROR, "INTERNAL", 500)


async def test_a_long_run_is_recorded_while_it_goes_on(records: Records) -> None:
    story = a_story(records)
    seen: list[Status] = []

    async def tell() -> None:
        begin(records, story)
        async with asyncio.timeout(10):
            while not records.rows():  # noqa: ASYNC110 - what is written by then
                await asyncio.sleep(0.02)
        seen.extend(row.status for row in records.rows())
        story.draft.ending = answered(200)

    (row,) = await run(records, story, tell)

    assert seen == [Status.STARTED]
    assert row.status is Status.OK


async def test_an_answer_that_needed_no_run_is_recorded_and_free(records: Records) -> None:
    story = a_story(records)

    async def tell() -> None:
        story.draft.found(an_install(), principal_id="somebody")
        story.draft.ending = answered(200)

    (row,) = await run(records, story, tell)

    assert (row.status, row.is_counted) == (Status.OK, False)


async def test_a_run_is_reserved_for_once_however_often_the_runner_is_asked(records: Records) -> None:
    story = a_story(records)

    for _ in range(200):
        records.recorder().begin(story.draft)

    assert story.draft.is_forwarded
    for give_back in story.draft.held:
        give_back()
