"""What becomes of a dispatch after an attempt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from annex_runner_proxy.domain.dispatches import (
    Attempted,
    Dispatch,
    Kind,
    Lease,
    RetryPolicy,
    State,
    judge,
)
from unit.runner_proxy.fakes import INSTALL, TENANT

NOW = datetime(2026, 11, 21, tzinfo=UTC)
POLICY = RetryPolicy()
FAILED = Attempted(is_success=False, is_final=False, is_charged=True, status=500)


def a_lease(kind: Kind = Kind.SCHEDULE, *, charged: int = 0, created_at: datetime = NOW) -> Lease:
    dispatch = Dispatch(
        id=UUID(int=1),
        tenant_id=TENANT,
        install_id=INSTALL,
        kind=kind,
        lane="lane",
        cause="clock",
        method="POST",
        path="/sync",
        body=None,
        due_at=created_at,
        created_at=created_at,
    )
    return Lease(dispatch, fence=1, attempt=charged + 1, charged=charged)


def test_a_success_ends_it() -> None:
    done = Attempted(is_success=True, is_final=False, is_charged=True, status=200)

    assert judge(a_lease(charged=2), done, now=NOW, policy=POLICY).state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("kind", "attempts", "end"), [(Kind.SCHEDULE, 3, State.FAILED), (Kind.EVENT, 8, State.DEAD)]
)
def test_failures_use_up_the_budget(kind: Kind, attempts: int, end: State) -> None:
    states = [
        judge(a_lease(kind, charged=charged), FAILED, now=NOW, policy=POLICY).state
        for charged in range(attempts)
    ]

    assert states == [State.WAITING] * (attempts - 1) + [end]


def test_waits_grow_up_to_the_longest() -> None:
    waits = [POLICY.wait_after(failures).total_seconds() for failures in range(1, 8)]

    assert waits == [15, 60, 240, 960, 3600, 3600, 3600]


def test_a_platform_that_is_away_costs_no_attempt_but_not_for_ever() -> None:
    away = replace(FAILED, is_charged=False, status=None)

    soon = judge(a_lease(charged=2), away, now=NOW, policy=POLICY)
    late = judge(a_lease(charged=2), away, now=NOW + timedelta(hours=24), policy=POLICY)

    assert (soon.state, late.state) == (State.WAITING, State.FAILED)


def test_a_wait_that_was_asked_for_is_kept() -> None:
    busy = replace(FAILED, retry_after_seconds=120)

    assert judge(a_lease(), busy, now=NOW, policy=POLICY).next_attempt_at == NOW + timedelta(seconds=120)


def test_a_final_refusal_is_not_tried_again() -> None:
    refused = replace(FAILED, is_final=True, status=404)

    assert judge(a_lease(Kind.EVENT), refused, now=NOW, policy=POLICY).state is State.DEAD
