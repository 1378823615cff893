"""Rows of summed-up executions as the domain knows them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from annex_gateway.domain.execution_summary import (
    Bucket,
    ExecutionSummaries,
    ExecutionSummary,
    FailureGroup,
    SummaryWish,
)
from annex_shared.ids import ExtensionId

# Rows that a summary looks at, however many there are: what makes every overview cost little.
SUMMED_UP = 10_000
# Kinds of failure that are told of one extension.
FAILURE_GROUPS = 5


def summaries_of(rows: Sequence[asyncpg.Record], wish: SummaryWish) -> ExecutionSummaries:
    is_cut = bool(rows) and rows[0]["looked_at"] == SUMMED_UP
    return ExecutionSummaries(
        [_summary(row) for row in rows], rows[0]["first_started_at"] if is_cut else wish.since
    )


def _summary(row: asyncpg.Record) -> ExecutionSummary:
    return ExecutionSummary(
        extension_id=ExtensionId(row["extension_id"]),
        last_started_at=row["last_started_at"],
        runs=row["runs"],
        failures=row["failures"],
        refused=row["refused"],
        platform_failures=row["platform_failures"],
        recent_runs=row["recent_runs"],
        recent_failures=row["recent_failures"],
        p95_ms=row["p95_ms"],
        codes=[
            FailureGroup(
                code=one["code"],
                http_status=one["http_status"],
                failures=one["failures"],
                last_started_at=datetime.fromisoformat(one["last_started_at"]),
                last_execution_id=UUID(one["last_execution_id"]),
            )
            for one in row["codes"]
        ],
        buckets=[
            Bucket(
                start=datetime.fromisoformat(one["start"]),
                runs=one["runs"],
                failures=one["failures"],
                p95_ms=one["p95_ms"],
            )
            for one in row["buckets"]
        ],
    )
