import pytest

from annex_runner_proxy.adapters.runner_answers import (
    KIND_OF_CODE,
    MARGIN_MS,
    guest_answer,
    remaining_ms,
    usage_of,
)
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.domain.errors import DeadlineExceeded, GuestResponseInvalid, RunnerError
from annex_runner_proxy.domain.execution import Usage
from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage


def test_every_refusal_of_ours_is_known_by_its_code_when_another_runner_says_it() -> None:
    ours = {problem.code for kind, problem in PROBLEMS.items() if issubclass(kind, RunnerError)}

    assert set(KIND_OF_CODE) == ours


def test_time_shrinks_by_what_the_way_back_takes() -> None:
    assert remaining_ms(10.0, now=9.0) == 1000 - MARGIN_MS


def test_no_time_left_is_not_asked_for() -> None:
    with pytest.raises(DeadlineExceeded) as late:
        remaining_ms(10.0, now=10.0 - MARGIN_MS / 1000)

    assert late.value.details["effects"] == 0


def test_repeated_headers_of_an_answer_stay_in_order() -> None:
    document = ExecuteResponse(status=200, headers={"a": "2"}, headers_list=[("a", "1"), ("a", "2")])

    answer = guest_answer(document, effects=3, usage=Usage())

    assert (answer.headers, answer.body, answer.effects) == ((("a", "1"), ("a", "2")), None, 3)


def test_body_that_is_no_base64_is_the_guests_fault_not_a_crash() -> None:
    with pytest.raises(GuestResponseInvalid):
        guest_answer(ExecuteResponse(status=200, body_b64="%%"), effects=0, usage=Usage())


def test_usage_of_a_runner_that_tells_none_is_nothing() -> None:
    assert usage_of(None) == Usage()
    assert usage_of(ExecuteUsage(wall_ms=3, host_calls=2)) == Usage(wall_ms=3, host_calls=2)
