"""What both ledgers promise: kept once, counted once, found by the tenant they belong to."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from annex_gateway.domain.controls import QuotaWindow
from annex_gateway.domain.executions import Cost, ExecutionRefused, LimitHit, Status
from annex_gateway.domain.usage import DayOfUse, Use
from annex_shared.ids import ExtensionId, InstallId, TenantId
from contracts.executions.conftest import EXTENSION, TODAY, Kept, a_usage_wish, a_wish

COST = Cost(
    runner_execution_id=UUID("0190a000-0000-7000-8000-000000000001"),
    cpu_ms=2.5,
    memory_bytes=2 * 1024 * 1024,
    wall_ms=10.0,
    fuel=7,
    host_calls=3,
    subrequests=1,
    egress_bytes=100,
    effects=2,
)
ONE = Use(invocations=1, cpu_ms=2.5, mem_mb_ms=20.0, egress_bytes=100)


async def test_what_was_added_is_read_back_as_it_was(kept: Kept) -> None:
    execution = kept.execution(
        cost=COST, trace_id="a" * 32, schedule_id="s", event_id="e", attempt=2, policy=None, code="X"
    )

    await kept.ledger.add([execution])

    (read,) = await kept.executions()
    # Time in the sandbox is only needed to add up memory over time.
    assert read.cost is not None
    assert replace(read, is_counted=True, cost=replace(read.cost, wall_ms=0)) == replace(
        execution, cost=replace(COST, wall_ms=0)
    )


async def test_an_execution_that_is_added_again_changes_and_counts_nothing(kept: Kept) -> None:
    execution = kept.execution(cost=COST)
    await kept.ledger.add([execution])

    again = await kept.ledger.add([replace(execution, status=Status.ERROR)])

    (read,) = await kept.executions()
    assert [*again] == []
    assert read.status is Status.OK
    assert [one.use for one in await kept.usage()] == [ONE]


async def test_an_execution_that_began_ends_once(kept: Kept) -> None:
    ended = kept.execution(cost=COST)
    began = replace(
        ended, status=Status.STARTED, finished_at=None, http_status=None, cost=None, is_counted=False
    )

    nothing_used = await kept.ledger.add([began])
    await kept.ledger.add([ended])
    await kept.ledger.add([began])

    (read,) = await kept.executions()
    assert [*nothing_used] == []
    assert (read.status, read.finished_at) == (Status.OK, ended.finished_at)
    assert [one.use for one in await kept.usage()] == [ONE]


async def test_use_is_added_up_for_each_extension_and_day_and_told(kept: Kept) -> None:
    other = ExtensionId(uuid4())
    yesterday = kept.execution(-86_400, cost=COST)
    await kept.ledger.add([kept.execution(1, cost=COST), yesterday])

    grown = await kept.ledger.add(
        [
            kept.execution(2, cost=COST),
            kept.execution(3, cost=COST, extension_id=other),
            kept.execution(4, cost=COST, extension_id=other, is_counted=False),
        ]
    )

    today = TODAY.date()
    assert {day.extension_id: day for day in grown} == {
        EXTENSION: DayOfUse(kept.tenant_id, EXTENSION, today, ONE.plus(ONE)),
        other: DayOfUse(kept.tenant_id, other, today, ONE),
    }
    known = await kept.ledger.use_of([kept.tenant_id], since=today)
    assert {(day.extension_id, day.use.invocations) for day in known} == {(EXTENSION, 2), (other, 1)}


async def test_months_are_sums_of_days(kept: Kept) -> None:
    await kept.ledger.add([kept.execution(-86_400), kept.execution(1), kept.execution(2)])
    days = [TODAY.date() - timedelta(days=1), TODAY.date(), TODAY.date()]

    months = await kept.usage(window=QuotaWindow.MONTH)

    counted = Counter(day.replace(day=1) for day in days)
    assert {month.start: month.use.invocations for month in months} == counted


async def test_pages_go_on_where_the_last_one_ended_newest_first(kept: Kept) -> None:
    executions = [kept.execution(second) for second in range(5)]
    # Of the same moment, so that the id decides.
    executions.append(kept.execution(4))
    await kept.ledger.add(executions)

    first = await kept.reading.page(kept.tenant_id, a_wish(limit=4))
    second = await kept.reading.page(kept.tenant_id, a_wish(limit=4, behind=first.next))

    read = [one.execution_id for one in [*first.executions, *second.executions]]
    assert read == [
        one.execution_id
        for one in sorted(executions, key=lambda one: (one.started_at, one.execution_id), reverse=True)
    ]
    assert second.next is None


FILTERS: list[dict[str, Any]] = [
    {"extension_id": ExtensionId(UUID(int=11))},
    {"install_id": InstallId(UUID(int=12))},
    {"status": Status.TIMEOUT},
    {"code": "GUEST_TRAP"},
    {"trigger": "event"},
    {"principal_id": "nobody"},
    {"request_id": "req_other"},
]


@pytest.mark.parametrize("wanted", FILTERS, ids=lambda wanted: next(iter(wanted)))
async def test_a_filter_finds_what_it_names_and_nothing_else(kept: Kept, wanted: dict[str, Any]) -> None:
    meant = kept.execution(1, **wanted)
    await kept.ledger.add([kept.execution(0), meant, kept.execution(2)])

    found = await kept.executions(**wanted)

    assert [one.execution_id for one in found] == [meant.execution_id]


async def test_time_bounds_hold(kept: Kept) -> None:
    executions = [kept.execution(second) for second in range(3)]
    await kept.ledger.add(executions)

    found = await kept.executions(since=TODAY + timedelta(seconds=1), until=TODAY + timedelta(seconds=2))

    assert [one.execution_id for one in found] == [executions[1].execution_id]


@pytest.mark.parametrize("runner_id", [UUID("0190a000-0000-7000-8000-000000000009"), uuid4()], ids=["7", "4"])
async def test_an_execution_is_found_by_its_id_and_by_the_runners(kept: Kept, runner_id: UUID) -> None:
    # An id of ours was made when the run began; the runner's tells about the same time, or no time at all.
    now = TODAY.timestamp()
    own_id = UUID(int=int(now * 1000) << 80 | 7 << 76 | 2 << 62 | 1)
    if runner_id.version == 7:
        runner_id = UUID(int=int((now + 60) * 1000) << 80 | 7 << 76 | 2 << 62 | 2)
    await kept.ledger.add(
        [kept.execution(execution_id=own_id, cost=replace(COST, runner_execution_id=runner_id))]
    )

    by_own = await kept.reading.find(kept.tenant_id, own_id)
    by_runners = await kept.reading.find(kept.tenant_id, runner_id)

    assert by_own is not None
    assert by_own == by_runners
    assert await kept.reading.find(kept.tenant_id, uuid4()) is None


async def test_another_tenant_sees_nothing(kept: Kept) -> None:
    execution = kept.execution(cost=COST)
    await kept.ledger.add([execution])
    stranger = TenantId(uuid4())

    page = await kept.reading.page(stranger, a_wish())
    found = await kept.reading.find(stranger, execution.execution_id)
    used = await kept.reading.usage(stranger, a_usage_wish())

    assert (page.executions, page.next, found, used) == ([], None, None, [])


async def test_pages_of_use_go_on_where_the_last_one_ended(kept: Kept) -> None:
    others = [ExtensionId(uuid4()) for _ in range(3)]
    await kept.ledger.add(
        [kept.execution(number, cost=COST, extension_id=other) for number, other in enumerate(others)]
    )

    first = await kept.usage(limit=2)
    rest = await kept.usage(limit=2, behind=(first[-1].start, first[-1].extension_id))

    assert [one.extension_id for one in [*first, *rest]] == sorted(others, reverse=True)


async def test_what_can_never_be_kept_is_told_from_an_outage(kept: Kept) -> None:
    good = kept.execution(1)

    with pytest.raises(ExecutionRefused):
        await kept.ledger.add([good, kept.execution(2, request_id="a\x00b")])

    assert await kept.executions() == []


async def test_the_limit_that_ended_a_run_is_kept_with_its_figure(kept: Kept) -> None:
    known = kept.execution(1, status=Status.ERROR, limit=LimitHit("memory_bytes", 1024))
    unknown = kept.execution(2, status=Status.ERROR, limit=LimitHit("fuel", None))

    await kept.ledger.add([known, unknown])

    assert [one.limit for one in await kept.executions()] == [unknown.limit, known.limit]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        pytest.param({"endpoint": "/slow"}, ["/slow"], id="endpoint"),
        pytest.param({"http_class": 5}, ["/broken"], id="class"),
        pytest.param({"min_duration_ms": 250.0}, ["/slow", "/broken"], id="duration"),
        pytest.param({"min_duration_ms": 250.0, "http_class": 2}, ["/slow"], id="both"),
    ],
)
async def test_a_list_is_narrowed_by_endpoint_class_and_duration(
    kept: Kept, wish: dict[str, Any], found: list[str]
) -> None:
    await kept.ledger.add(
        [
            kept.execution(0, endpoint="/quick", duration_ms=2.0),
            kept.execution(1, endpoint="/broken", status=Status.ERROR, http_status=503, duration_ms=250.0),
            kept.execution(2, endpoint="/slow", duration_ms=900.0),
            kept.execution(3, endpoint="/gone", status=Status.ERROR, http_status=None, duration_ms=None),
        ]
    )

    assert [one.endpoint for one in await kept.executions(**wish)] == found
