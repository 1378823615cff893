"""What a summary of executions says, kept in PostgreSQL and in memory."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from annex_gateway.domain.execution_summary import Bucket
from annex_gateway.domain.executions import CANCELLED, Status
from annex_shared.clock import new_id
from annex_shared.ids import ExtensionId
from contracts.executions.conftest import EXTENSION, TODAY, Kept

OTHER = ExtensionId(new_id())
FAILED: Mapping[str, Any] = {"status": Status.ERROR, "http_status": 500}


async def test_runs_are_what_the_extension_had_a_say_in(kept: Kept) -> None:
    await kept.ledger.add(
        [
            kept.execution(0),
            kept.execution(1, **FAILED),
            kept.execution(2, status=Status.TIMEOUT, code="DEADLINE_EXCEEDED", http_status=504),
            kept.execution(3, status=Status.ERROR, code=CANCELLED, http_status=None),
            kept.execution(4, status=Status.POLICY_DENIED, code="INSTALL_DISABLED", http_status=403),
            kept.execution(5, status=Status.UPSTREAM_ERROR, code="OVERLOADED", http_status=503),
            kept.execution(6, status=Status.STARTED, http_status=None, duration_ms=None),
        ]
    )

    (summary,) = await kept.summaries()

    assert (summary.runs, summary.failures, summary.refused, summary.platform_failures) == (3, 2, 1, 1)
    assert summary.last_started_at == TODAY + timedelta(seconds=6)


@pytest.mark.parametrize(
    ("failing", "is_failing"),
    [
        pytest.param([False, False, False, True, True], False, id="two-of-five"),
        pytest.param([False, False, True, True, True], True, id="three-of-five"),
        pytest.param([True, True, True, True, False, False, False], False, id="over-and-done"),
        pytest.param([True], True, id="the-only-one"),
        pytest.param([True, False], False, id="one-of-two"),
    ],
)
async def test_it_is_failing_when_most_of_the_latest_five_runs_failed(
    kept: Kept, failing: list[bool], *, is_failing: bool
) -> None:
    await kept.ledger.add(
        [kept.execution(place, **(FAILED if one else {})) for place, one in enumerate(failing)]
    )

    (summary,) = await kept.summaries()

    assert summary.is_failing is is_failing


async def test_refusals_alone_make_nothing_fail(kept: Kept) -> None:
    await kept.ledger.add([kept.execution(status=Status.POLICY_DENIED, code="INSTALL_DISABLED")])

    (summary,) = await kept.summaries()

    assert not summary.is_failing
    assert (summary.runs, summary.p95_ms, [*summary.codes]) == (0, None, [])


async def test_failures_are_grouped_by_how_they_ended_the_latest_first(kept: Kept) -> None:
    trap: Mapping[str, Any] = {"status": Status.ERROR, "code": "GUEST_TRAP", "http_status": 502}
    latest = kept.execution(9, **trap)
    await kept.ledger.add([kept.execution(1, **trap), kept.execution(5, **FAILED), latest])

    (summary,) = await kept.summaries()

    assert [(one.code, one.http_status, one.failures) for one in summary.codes] == [
        ("GUEST_TRAP", 502, 2),
        (None, 500, 1),
    ]
    assert summary.codes[0].last_execution_id == latest.execution_id
    assert summary.codes[0].last_started_at == latest.started_at


async def test_buckets_hold_what_ran_in_their_time(kept: Kept) -> None:
    await kept.ledger.add(
        [
            kept.execution(0, duration_ms=10.0),
            kept.execution(1800, duration_ms=30.0, **FAILED),
            kept.execution(3600, duration_ms=7.0),
        ]
    )

    (summary,) = await kept.summaries()

    assert [*summary.buckets] == [
        Bucket(TODAY, 2, 1, 29.0),
        Bucket(TODAY + timedelta(hours=1), 1, 0, 7.0),
    ]


async def test_one_extension_can_be_asked_for(kept: Kept) -> None:
    await kept.ledger.add([kept.execution(0), kept.execution(1, extension_id=OTHER)])

    everything = await kept.summaries()
    (one,) = await kept.summaries(extension_id=EXTENSION)

    assert [summary.extension_id for summary in everything] == [OTHER, EXTENSION]
    assert one.extension_id == EXTENSION


async def test_what_ran_before_or_belongs_to_another_tenant_is_left_out(kept: Kept) -> None:
    await kept.ledger.add([kept.execution(-7200)])

    assert [*await kept.summaries()] == []
