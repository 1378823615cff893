import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.errors import DeadlineExceeded, ResponseTooLarge, RunnerUnavailable
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.retries import (
    Retries,
    RetryPolicy,
    has_platform_failed,
    is_overload,
    is_repeatable,
)
from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage
from annex_shared.errors import AnnexError
from unit.gateway.builders import a_refusal

Outcome = ExecuteResponse | RunnerRefusal | AnnexError
NOT_SENT = RunnerUnavailable("away", is_sent=False)
CUT = RunnerUnavailable("away", is_sent=True)
LATE = DeadlineExceeded("late", is_sent=True)
TOO_LATE = DeadlineExceeded("late", is_sent=False)


# What came of an attempt · repeated for POST · repeated for GET · the platform failed · overload
JUDGED: dict[str, tuple[Outcome, bool, bool, bool | None, bool]] = {
    "answered": (ExecuteResponse(status=200), False, False, False, False),
    "the guest's own 500": (ExecuteResponse(status=500), False, False, False, False),
    "not sent": (NOT_SENT, True, True, True, True),
    "cut": (CUT, False, True, True, True),
    "late": (LATE, False, False, True, True),
    "no time left": (TOO_LATE, False, False, None, False),
    "answer too large": (ResponseTooLarge("x"), False, False, False, False),
    "crashed, no effects": (a_refusal("WORKER_CRASHED", effects=0), True, True, True, False),
    "crashed, effects": (a_refusal("WORKER_CRASHED", effects=1), False, True, True, False),
    "worker fault, effects unknown": (a_refusal("WORKER_FAULT", 500), False, True, True, False),
    "overloaded": (a_refusal("OVERLOADED", 503, is_retryable=True), True, True, None, True),
    "warming": (a_refusal("VERSION_WARMING", 503, is_retryable=True), True, True, None, False),
    "storage away, effects": (
        a_refusal("DATABASE_UNAVAILABLE", 503, is_retryable=True, effects=1),
        False,
        True,
        True,
        False,
    ),
    "too many requests": (a_refusal("RATE", 429, is_retryable=True, effects=0), False, False, None, False),
    "trap": (a_refusal("GUEST_TRAP", effects=0), False, False, False, False),
    "guest's deadline": (a_refusal("DEADLINE_EXCEEDED", 504, effects=0), False, False, False, False),
    "our bug": (a_refusal("INTERNAL", 500), False, False, True, False),
}


@pytest.mark.parametrize("case", JUDGED)
def test_only_what_repeats_nothing_is_repeated(case: str) -> None:
    outcome, if_post, if_get, _, _ = JUDGED[case]

    assert is_repeatable(outcome, is_safe=False) is if_post
    assert is_repeatable(outcome, is_safe=True) is if_get


@pytest.mark.parametrize("case", JUDGED)
def test_the_platforms_failures_are_told_from_the_guests(case: str) -> None:
    outcome, _, _, has_failed, overloads = JUDGED[case]

    assert has_platform_failed(outcome) is has_failed
    assert is_overload(outcome) is overloads


def test_effects_in_the_usage_count_too() -> None:
    refusal = a_refusal("WORKER_CRASHED")

    told = RunnerRefusal(refusal.document, None, ExecuteUsage(effects=3))

    assert not is_repeatable(told, is_safe=False)


def some_retries(**policy: float) -> Retries:
    return Retries(RetryPolicy(**policy), lambda: 0.5)  # type: ignore[arg-type] # fields by name


def wait(retries: Retries, **changes: object) -> float | None:
    asked = {"made": 1, "asked_seconds": None, "remaining_seconds": 30.0, "now": 1000.0} | changes
    return retries.wait_before_next(**asked)  # type: ignore[arg-type] # fields by name


def test_waits_grow_and_are_spread() -> None:
    assert (wait(some_retries(), made=1), wait(some_retries(), made=2)) == (0.0125, 0.025)


def test_attempts_are_few() -> None:
    assert wait(some_retries(), made=3) is None
    assert wait(some_retries(attempts=1), made=1) is None


def test_the_runners_own_wait_is_kept_and_too_long_a_one_is_left_to_the_caller() -> None:
    assert (wait(some_retries(), asked_seconds=2) or 0) > 2
    assert wait(some_retries(), asked_seconds=3) is None


def test_nothing_is_begun_that_cannot_end_in_time() -> None:
    retries = some_retries()
    for _ in range(100):
        retries.succeeded(seconds=2, now=1000)

    assert wait(retries, remaining_seconds=1.9) is None
    assert wait(retries, remaining_seconds=3) is not None


def test_without_successes_a_few_repeats_are_left() -> None:
    retries = some_retries()

    assert [wait(retries) is not None for _ in range(5)] == [True, True, True, False, False]
    assert wait(retries, now=1010) is not None


@given(st.lists(st.tuples(st.booleans(), st.floats(min_value=0, max_value=3)), max_size=300))
def test_repeats_stay_within_the_budget(steps: list[tuple[bool, float]]) -> None:
    retries, now = some_retries(), 1000.0
    repeats: list[float] = []
    successes: list[float] = []
    for is_success, seconds in steps:
        now += seconds
        if is_success:
            retries.succeeded(seconds=0.01, now=now)
            successes.append(now)
        elif wait(retries, now=now) is not None:
            repeats.append(now)
            lately = [moment for moment in repeats if now - moment < 9]
            assert len(lately) <= 3 + 0.1 * sum(now - moment <= 10 for moment in successes)


@given(st.floats(min_value=0, max_value=1, exclude_max=True), st.integers(min_value=1, max_value=9))
def test_a_wait_is_never_longer_than_the_longest(random: float, made: int) -> None:
    policy = RetryPolicy(attempts=10)
    retries = Retries(policy, lambda: random)

    assert 0 <= (wait(retries, made=made) or 0) <= policy.longest_backoff_seconds
