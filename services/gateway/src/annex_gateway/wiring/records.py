"""Records and quotas put together: one ledger, its writer, and the loops around them."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.keep_quotas import QuotaKeeper
from annex_gateway.actions.record_run import Recorder
from annex_gateway.actions.write_executions import ExecutionWriter, WriterLimits
from annex_gateway.adapters.postgres.ledger import postgres_ledger
from annex_gateway.adapters.record_metrics import RecordMetrics
from annex_gateway.api.problems import PROBLEMS
from annex_gateway.domain.refusal_budget import RefusalBudget
from annex_gateway.loops.ledger import keep_refreshing, keep_tidying
from annex_shared.cancellation import end_tasks
from annex_shared.clock import SystemClock, new_id
from annex_shared.errors import AnnexError
from annex_shared.http.problems import problem_of

# A tenant's use that could not be read is asked for again after so long.
_MISS_KEPT_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Records:
    """What records executions and keeps quotas."""

    recorder: Recorder
    quotas: QuotaKeeper
    metrics: RecordMetrics


@asynccontextmanager
async def recorded_executions(
    url: str, *, application: str, schema: str, pending_max: int, keep_days: int, refresh_seconds: float
) -> AsyncIterator[Records]:
    """Record executions inside the block; enter it before whatever has something to record."""
    clock, metrics = SystemClock(), RecordMetrics()
    opening = AskOnce(keep_seconds=_MISS_KEPT_SECONDS, monotonic=time.monotonic)
    async with postgres_ledger(url, application=application, schema=schema) as ledger:
        quotas = QuotaKeeper(ledger, clock=clock, monotonic=time.monotonic, metrics=metrics, opening=opening)
        writer = ExecutionWriter(
            ledger,
            limits=WriterLimits(pending=pending_max),
            metrics=metrics,
            monotonic=time.monotonic,
            written=quotas.written,
        )
        metrics.pending = lambda: writer.pending
        metrics.is_available = lambda: writer.is_available
        recorder = Recorder(writer, clock, new_id, time.monotonic, _status_of, RefusalBudget())
        async with writer.running(), asyncio.TaskGroup() as loops:
            tidying = loops.create_task(_told(keep_tidying(ledger, keep_days=keep_days)))
            refreshing = loops.create_task(_told(keep_refreshing(quotas, interval_seconds=refresh_seconds)))
            try:
                yield Records(recorder, quotas, metrics)
            finally:
                await end_tasks(tidying, refreshing)
                await opening.close()


def _status_of(error: AnnexError) -> int | None:
    problem = problem_of(error, PROBLEMS)
    return None if problem is None else int(problem.status)


async def _told(loop: Coroutine[Any, Any, None]) -> None:
    """Say why a loop ended before its end takes the process along."""
    try:
        await loop
    except Exception:
        log.exception("loop_crashed")
        raise
