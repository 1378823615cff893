"""Which attempts may be repeated, how long to wait before, and how many repeats the runner can stand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from annex_gateway.domain.errors import DeadlineExceeded, RunnerUnavailable
from annex_gateway.domain.idempotency import effects_of
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.windows import Window
from annex_shared.contracts.execute import ExecuteResponse
from annex_shared.errors import AnnexError

# A number from 0 up to, but not including, 1; ``random.random`` outside tests.
Random = Callable[[], float]

# The runner's word for a worker that died says nothing of the request, which another worker may well do.
_WORTH_ANOTHER_WORKER = frozenset({"WORKER_CRASHED", "WORKER_FAULT"})
_PLATFORM_FAILURES = _WORTH_ANOTHER_WORKER | {
    "BUNDLE_UNREADABLE",
    "COMPILATION_FAILED",
    "DATABASE_UNAVAILABLE",
    "INTEGRITY_MISMATCH",
    "INTERNAL",
    "REGISTRY_UNAVAILABLE",
    "RUNNER_UNAVAILABLE",
}
_WINDOW_SECONDS = 10.0
_USUAL_SECONDS_AT_FIRST = 0.05
_WEIGHT_OF_NEWEST = 0.1


def is_repeatable(outcome: ExecuteResponse | RunnerRefusal | AnnexError, *, is_safe: bool) -> bool:
    """Say whether another attempt repeats nothing. ``is_safe``: the method promises to change nothing."""
    match outcome:
        case RunnerUnavailable(is_sent=is_sent):
            return is_safe or not is_sent
        case RunnerRefusal(document=document):
            if document.status == HTTPStatus.TOO_MANY_REQUESTS:
                return False
            is_passing = document.retryable or document.code in _WORTH_ANOTHER_WORKER
            return is_passing and (is_safe or effects_of(outcome) == 0)
        case _:
            # A guest's answer, whatever its status, is an answer; a deadline is the end of the time.
            return False


def has_platform_failed(outcome: ExecuteResponse | RunnerRefusal | AnnexError) -> bool | None:
    """Say whether the platform failed at a version; None where the attempt says nothing about that.

    A guest that traps, answers 500 or uses up its limits is no failure of the platform.
    """
    match outcome:
        case RunnerUnavailable():
            return True
        case DeadlineExceeded(is_sent=is_sent):
            # The runner explains a guest that takes too long; here it said nothing at all.
            return True if is_sent else None
        case RunnerRefusal(document=document):
            if document.code in _PLATFORM_FAILURES:
                return True
            # Load, warming up and the like pass by themselves.
            return None if document.retryable else False
        case _:
            return False


def is_overload(outcome: ExecuteResponse | RunnerRefusal | AnnexError) -> bool:
    """Say whether the runner has more to do than it can."""
    match outcome:
        case RunnerUnavailable():
            return True
        case DeadlineExceeded(is_sent=is_sent):
            return is_sent
        case RunnerRefusal(document=document):
            return document.code == "OVERLOADED"
        case _:
            return False


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``share`` of the lately successful attempts may be repeats, and ``floor`` in any case."""

    attempts: int = 3
    first_wait_seconds: float = 0.025
    longest_backoff_seconds: float = 0.5
    # Who is asked to come back later than this does so by itself.
    longest_wait_seconds: float = 2.5
    share: float = 0.1
    floor: int = 3


@dataclass(slots=True)
class Retries:
    """The repeats of this process: budget, back-off and what an attempt usually takes."""

    policy: RetryPolicy
    random: Random
    _successes: Window = field(default_factory=lambda: Window(_WINDOW_SECONDS))
    _repeats: Window = field(default_factory=lambda: Window(_WINDOW_SECONDS))
    _usual_seconds: float = _USUAL_SECONDS_AT_FIRST

    def succeeded(self, *, seconds: float, now: float) -> None:
        self._successes.add(now)
        self._usual_seconds += (seconds - self._usual_seconds) * _WEIGHT_OF_NEWEST

    def wait_before_next(
        self, *, made: int, asked_seconds: int | None, remaining_seconds: float, now: float
    ) -> float | None:
        """Draw a repeat from the budget and return its wait; None if there is to be none."""
        policy = self.policy
        wait = self._wait(made, asked_seconds)
        if made >= policy.attempts or wait > policy.longest_wait_seconds:
            return None
        if remaining_seconds - wait < self._usual_seconds:
            return None
        if self._repeats.total(now) + 1 > policy.floor + policy.share * self._successes.total(now):
            return None
        self._repeats.add(now)
        return wait

    def _wait(self, made: int, asked_seconds: int | None) -> float:
        """Spread repeats over the whole back-off (full jitter), behind the time the runner asked for."""
        policy = self.policy
        backoff = min(policy.longest_backoff_seconds, policy.first_wait_seconds * 2.0 ** (made - 1))
        return float(asked_seconds or 0) + self.random() * backoff
