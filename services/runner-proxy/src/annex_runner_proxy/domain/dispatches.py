"""A dispatch: one run of a schedule or one event on its way to an install, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from annex_shared.ids import InstallId, TenantId

_FIRST_REFUSAL, _FIRST_FAULT = 400, 500
# Statuses below 500 that ask for another try.
_TRY_AGAIN = frozenset({408, 425, 429})


class Kind(StrEnum):
    SCHEDULE = "schedule"
    EVENT = "event"


class State(StrEnum):
    """``failed`` ends a run, ``dead`` a delivery: a dead one can be replayed."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DEAD = "dead"
    SKIPPED = "skipped"


class AttemptOutcome(StrEnum):
    """What followed an attempt, as operators count it."""

    SUCCEEDED = "succeeded"
    RETRIED = "retried"
    FAILED = "failed"
    DEAD = "dead"
    LEASE_LOST = "lease_lost"


Cause = Literal["clock", "manual", "event"]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What is to be sent. ``lane`` is the schedule's id, or the topic."""

    id: UUID
    tenant_id: TenantId
    install_id: InstallId
    kind: Kind
    lane: str
    cause: Cause
    method: str
    path: str
    body: str | None
    due_at: datetime
    created_at: datetime
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A dispatch that is ours until a moment; ``fence`` tells our writing from that of an earlier holder."""

    dispatch: Dispatch
    fence: int
    attempt: int
    charged: int


@dataclass(frozen=True, slots=True)
class Attempted:
    """How one attempt ended. ``is_charged`` is false when the extension was certainly not reached."""

    is_success: bool
    is_final: bool
    is_charged: bool
    status: int | None = None
    error_code: str | None = None
    error: str | None = None
    execution_id: str | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a dispatch is tried again; waits grow fourfold up to the longest."""

    schedule_attempts: int = 3
    event_attempts: int = 8
    first_wait: timedelta = timedelta(seconds=15)
    longest_wait: timedelta = timedelta(hours=1)
    give_up_after: timedelta = timedelta(hours=24)
    pause_after_failures: int = 10

    def attempts(self, kind: Kind) -> int:
        return self.schedule_attempts if kind is Kind.SCHEDULE else self.event_attempts

    def wait_after(self, failures: int, *, asked_seconds: int | None = None) -> timedelta:
        factor = float(4 ** min(failures - 1, 12))
        wait = min(self.first_wait * factor, self.longest_wait)
        return max(wait, timedelta(seconds=min(asked_seconds or 0, self.longest_wait.total_seconds())))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an attempt: an end, or another attempt at ``next_attempt_at``."""

    state: State
    next_attempt_at: datetime | None = None

    @property
    def outcome(self) -> AttemptOutcome:
        return AttemptOutcome.RETRIED if self.state is State.WAITING else AttemptOutcome(self.state.value)


def judge(lease: Lease, attempted: Attempted, *, now: datetime, policy: RetryPolicy) -> Verdict:
    """Decide what becomes of a dispatch after an attempt."""
    dispatch = lease.dispatch
    if attempted.is_success:
        return Verdict(State.SUCCEEDED)
    end = State.FAILED if dispatch.kind is Kind.SCHEDULE else State.DEAD
    charged = lease.charged + attempted.is_charged
    next_attempt_at = now + policy.wait_after(max(charged, 1), asked_seconds=attempted.retry_after_seconds)
    if (
        attempted.is_final
        or charged >= policy.attempts(dispatch.kind)
        or next_attempt_at > dispatch.created_at + policy.give_up_after
    ):
        return Verdict(end)
    return Verdict(State.WAITING, next_attempt_at)


def is_success(status: int) -> bool:
    return status < _FIRST_REFUSAL


def is_final(status: int) -> bool:
    """Say whether the answer would be the same another time."""
    return _FIRST_REFUSAL <= status < _FIRST_FAULT and status not in _TRY_AGAIN
