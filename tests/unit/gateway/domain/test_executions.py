from uuid import UUID

import pytest

from annex_gateway.domain.executions import (
    Cost,
    Draft,
    Ending,
    LimitHit,
    Status,
    answered,
    declined,
    failed,
    is_counted,
)
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import RunnerRefusal
from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage
from annex_shared.contracts.problems import ProblemDocument

RUNNER_ID = "0190a000-0000-7000-8000-000000000001"


def a_refusal(usage: ExecuteUsage | None) -> RunnerRefusal:
    document = ProblemDocument(
        type="/errors/guest-trap",
        title="Guest trap",
        status=502,
        detail="d",
        instance="/",
        code="GUEST_TRAP",
        message="d",
        request_id="r",
        details={"execution_id": RUNNER_ID, "effects": 4},
    )
    return RunnerRefusal(document, None, usage)


def test_the_extensions_own_answer_is_ok_unless_it_says_that_it_failed() -> None:
    assert [answered(status).status for status in (200, 302, 404, 499, 500, 503)] == [
        Status.OK,
        Status.OK,
        Status.OK,
        Status.OK,
        Status.ERROR,
        Status.ERROR,
    ]


@pytest.mark.parametrize(
    ("code", "status", "ending"),
    [
        ("GUEST_TRAP", 502, Status.ERROR),
        ("INSTALL_DISABLED", 403, Status.ERROR),
        ("DEADLINE_EXCEEDED", 504, Status.TIMEOUT),
        ("OVERLOADED", 503, Status.UPSTREAM_ERROR),
        ("INTERNAL", 500, Status.UPSTREAM_ERROR),
    ],
)
def test_the_runners_word_is_judged_by_its_status(code: str, status: int, ending: Status) -> None:
    assert declined(code, status) == Ending(ending, code, status)


def test_our_own_refusals_after_the_runner_was_asked_say_whose_fault_it_was() -> None:
    assert failed(Policy.FORWARD, "DEADLINE_EXCEEDED").status is Status.TIMEOUT
    assert failed(Policy.FORWARD, "RUNNER_UNAVAILABLE").status is Status.UPSTREAM_ERROR
    assert failed(Policy.ANSWER, "RESPONSE_TOO_LARGE").status is Status.ERROR


def test_an_answer_and_a_refusal_are_heard_with_what_they_cost() -> None:
    answer, refused, unaccounted = Draft(), Draft(), Draft()

    answer.heard(ExecuteResponse(status=200, execution_id=RUNNER_ID, usage=ExecuteUsage(cpu_ms=1), effects=2))
    refused.heard(a_refusal(ExecuteUsage(cpu_ms=3)))
    unaccounted.heard(a_refusal(None))

    assert answer.cost == Cost(runner_execution_id=UUID(RUNNER_ID), cpu_ms=1, effects=2)
    assert refused.cost == Cost(runner_execution_id=UUID(RUNNER_ID), cpu_ms=3, effects=4)
    assert unaccounted.cost is None


@pytest.mark.parametrize(
    ("told", "limit"),
    [
        ({"kind": "memory_bytes", "value": 1024}, LimitHit("memory_bytes", 1024)),
        ({"kind": "fuel", "value": None}, LimitHit("fuel", None)),
        ({"kind": "fuel", "value": 2**64}, LimitHit("fuel", None)),
        ({"kind": "fuel", "value": True}, LimitHit("fuel", None)),
        ({"kind": "<b>", "value": 1}, None),
        ({"value": 1}, None),
        ("memory", None),
        (None, None),
    ],
    ids=["figure", "none", "too-large", "no-figure", "no-name", "nameless", "text", "nothing"],
)
def test_a_limit_is_taken_from_the_runners_word_if_it_is_one(told: object, limit: LimitHit | None) -> None:
    assert LimitHit.of({"limit": told}) == limit


def test_a_second_attempt_that_is_answered_was_ended_by_no_limit() -> None:
    draft = Draft()
    refusal = a_refusal(ExecuteUsage())
    refusal.document.details["limit"] = {"kind": "fuel", "value": 1}
    draft.heard(refusal)

    draft.heard(ExecuteResponse(status=200))

    assert draft.limit is None


def test_numbers_and_ids_no_row_can_hold_are_read_as_the_nearest_that_it_can() -> None:
    wild = ExecuteUsage(
        cpu_ms=-1, wall_ms=-1, memory_bytes=2**70, host_calls=2**40, egress_bytes=-5, fuel=2**80
    )

    cost = Cost.of(wild, execution_id="not an id", effects="many")

    assert cost == Cost(memory_bytes=2**63 - 1, host_calls=2**31 - 1, fuel=2**63 - 1)


def test_memory_counts_for_as_long_as_it_was_held() -> None:
    assert Cost(memory_bytes=3 * 1024 * 1024, wall_ms=10).mem_mb_ms == 30


@pytest.mark.parametrize(
    ("ending", "is_forwarded", "has_cost", "counted"),
    [
        (Ending(Status.OK), True, True, True),
        (Ending(Status.OK), False, False, False),
        (Ending(Status.TIMEOUT), True, False, True),
        (Ending(Status.ERROR, "GUEST_TRAP"), True, True, True),
        (Ending(Status.ERROR, "VERSION_BLOCKED"), True, False, False),
        (Ending(Status.ERROR, "CANCELLED"), True, False, True),
        (Ending(Status.UPSTREAM_ERROR), True, False, False),
        (Ending(Status.UPSTREAM_ERROR), True, True, True),
        (Ending(Status.STARTED), True, True, False),
    ],
)
def test_what_ran_or_may_have_counts(
    ending: Ending,
    is_forwarded: bool,  # noqa: FBT001 - a parameter of the test
    has_cost: bool,  # noqa: FBT001 - a parameter of the test
    counted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    draft = Draft(is_forwarded=is_forwarded, cost=Cost() if has_cost else None)

    assert is_counted(draft, ending) is counted
