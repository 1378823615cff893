import pytest

from annex_gateway.domain.deadlines import MARGIN_MS, Deadline
from annex_gateway.domain.errors import DeadlineExceeded, InvalidDeadline
from unit.gateway.fakes import StoppedMonotonic


def a_deadline(*, limit_ms: int = 30_000, requested: str | None = None) -> tuple[Deadline, StoppedMonotonic]:
    now = StoppedMonotonic()
    return Deadline.start(limit_ms=limit_ms, requested=requested, monotonic=now), now


def test_the_runner_gets_the_limit_less_our_own_margin() -> None:
    deadline, _ = a_deadline(limit_ms=30_000)

    assert deadline.runner_timeout_ms() == 30_000 - MARGIN_MS


def test_a_caller_narrows_the_limit() -> None:
    deadline, _ = a_deadline(requested="1000")

    assert deadline.runner_timeout_ms() == 1000 - MARGIN_MS


def test_a_caller_never_widens_the_limit() -> None:
    deadline, _ = a_deadline(limit_ms=500, requested="60000")

    assert deadline.runner_timeout_ms() == 500 - MARGIN_MS


def test_time_spent_here_is_taken_from_the_runner() -> None:
    deadline, now = a_deadline(limit_ms=2000)
    now.seconds += 0.5

    assert deadline.runner_timeout_ms() == pytest.approx(1500 - MARGIN_MS, abs=1)


def test_nothing_is_run_when_no_time_is_left() -> None:
    deadline, now = a_deadline(limit_ms=1000)
    now.seconds += 1

    assert deadline.remaining_seconds() == 0
    with pytest.raises(DeadlineExceeded):
        deadline.runner_timeout_ms()


@pytest.mark.parametrize("requested", ["", "-1", "1.5", "soon", "²", "1" * 10])
def test_a_deadline_that_is_no_number_is_refused(requested: str) -> None:
    with pytest.raises(InvalidDeadline):
        a_deadline(requested=requested)
