"""`/api/v1/executions/summary`: how the extensions of the caller's tenant have been doing lately."""

from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.executions import EXECUTIONS, answer, extension_of, reader_of
from annex_gateway.domain.execution_summary import ExecutionSummary, FailureGroup, SummaryWish
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.problems import InvalidRequest

EXECUTION_SUMMARY: Final = f"{EXECUTIONS}/summary"
SUMMARY_HOURS: Final = 24
MAX_SUMMARY_HOURS: Final = 168
# What fits in a small chart.
_BUCKETS: Final = 24


class FailureGroupView(Exchanged):
    """Failures that ended alike; without a `code` the extension itself answered with `http_status`."""

    code: str | None
    http_status: int | None
    failures: int
    last_started_at: datetime
    last_execution_id: str

    @classmethod
    def of(cls, group: FailureGroup) -> "FailureGroupView":
        return cls(
            code=group.code,
            http_status=group.http_status,
            failures=group.failures,
            last_started_at=group.last_started_at,
            last_execution_id=str(group.last_execution_id),
        )


class ExecutionBucketView(Exchanged):
    """A part of the time; parts in which nothing ran are left out."""

    start: datetime
    runs: int
    failures: int
    p95_ms: float | None


class ExecutionSummaryView(Exchanged):
    """How one extension has been doing.

    ``runs`` are those the extension had a say in, ``failures`` those of them that failed or took too long.
    What policies ``refused``, what failed by the platform's fault (``platform_failures``) and calls whose
    caller left are in neither. ``is_failing``: more than half of its latest five runs failed.
    """

    extension_id: str
    is_failing: bool
    last_started_at: datetime
    runs: int
    failures: int
    refused: int
    platform_failures: int
    p95_ms: float | None
    codes: list[FailureGroupView]
    buckets: list[ExecutionBucketView]

    @classmethod
    def of(cls, summary: ExecutionSummary) -> "ExecutionSummaryView":
        return cls(
            extension_id=str(summary.extension_id),
            is_failing=summary.is_failing,
            last_started_at=summary.last_started_at,
            runs=summary.runs,
            failures=summary.failures,
            refused=summary.refused,
            platform_failures=summary.platform_failures,
            p95_ms=summary.p95_ms,
            codes=[FailureGroupView.of(one) for one in summary.codes],
            buckets=[
                ExecutionBucketView(start=one.start, runs=one.runs, failures=one.failures, p95_ms=one.p95_ms)
                for one in summary.buckets
            ],
        )


class ExecutionSummaryViews(Exchanged):
    """The extensions that ran, the latest first. Executions before ``complete_since`` were not looked at."""

    items: list[ExecutionSummaryView]
    since: datetime
    complete_since: datetime


def execution_summary_routes() -> list[web.RouteDef]:
    """Return routes that stand before those of single executions, which would read the word as an id."""
    return [web.get(EXECUTION_SUMMARY, summarize_executions)]


async def summarize_executions(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    tenant_id = (await reader_of(request)).tenant_id
    hours = _hours(request.query.get("hours", str(SUMMARY_HOURS)))
    # A run of the present moment began before the next one.
    until = dependencies.minting.clock.now() + timedelta(seconds=1)
    wish = SummaryWish(
        since=until - timedelta(hours=hours),
        until=until,
        bucket=timedelta(hours=hours) / _BUCKETS,
        extension_id=await extension_of(request, tenant_id),
    )
    found = await dependencies.summed.summaries(tenant_id, wish)
    return answer(
        ExecutionSummaryViews(
            items=[ExecutionSummaryView.of(one) for one in found.items],
            since=wish.since,
            complete_since=found.complete_since,
        )
    )


def _hours(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MAX_SUMMARY_HOURS:
        raise InvalidRequest(f'"hours" must be a number from 1 to {MAX_SUMMARY_HOURS}.')
    return int(text)
