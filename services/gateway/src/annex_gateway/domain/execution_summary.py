"""How an extension has been doing lately: what overviews show of many executions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from annex_shared.ids import ExtensionId, TenantId

# The latest runs decide whether an extension is failing: it shows with the third fault, and is over as soon.
RECENT_RUNS = 5


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures that ended alike; without a code the extension itself answered with ``http_status``."""

    code: str | None
    http_status: int | None
    failures: int
    last_started_at: datetime
    last_execution_id: UUID


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of the time, as charts show it; parts in which nothing ran are left out."""

    start: datetime
    runs: int
    failures: int
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class ExecutionSummary:
    """One extension's executions.

    ``runs`` are those the extension had a say in: refusals, faults of the platform and callers who left are
    not its own. ``failures`` are those of them that failed or took too long.
    """

    extension_id: ExtensionId
    last_started_at: datetime
    runs: int
    failures: int
    refused: int
    platform_failures: int
    recent_runs: int
    recent_failures: int
    p95_ms: float | None
    codes: Sequence[FailureGroup]
    buckets: Sequence[Bucket]

    @property
    def is_failing(self) -> bool:
        """Whether more than half of the latest runs failed."""
        return self.recent_failures * 2 > self.recent_runs


@dataclass(frozen=True, slots=True)
class SummaryWish:
    """Which executions to sum up."""

    since: datetime
    until: datetime
    bucket: timedelta
    extension_id: ExtensionId | None = None


@dataclass(frozen=True, slots=True)
class ExecutionSummaries:
    """The extensions that ran, the latest first. Only executions since ``complete_since`` were looked at."""

    items: Sequence[ExecutionSummary]
    complete_since: datetime


class SummedExecutions(Protocol):
    """Sums one tenant's records up. Raises ExecutionLogUnavailable."""

    async def summaries(self, tenant_id: TenantId, wish: SummaryWish) -> ExecutionSummaries: ...
