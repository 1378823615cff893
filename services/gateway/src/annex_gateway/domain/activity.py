"""How extensions of a tenant did lately, as a page about them shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from annex_gateway.domain.executions import Status
from annex_shared.ids import ExtensionId, TenantId

# What "lately" is.
LATELY: Final = timedelta(hours=24)
# Records that are looked at, the newest ones: beyond that, figures say "at least".
LOOKED_AT: Final = 20_000


@dataclass(frozen=True, slots=True)
class ExtensionActivity:
    """Runs of one extension; failures are those it is to blame for (``extension_faults``)."""

    extension_id: ExtensionId
    runs: int
    failures: int
    last_started_at: datetime
    last_status: Status
    last_failed: bool


@dataclass(frozen=True, slots=True)
class HourOfRuns:
    """Runs that began in the hour from ``hour`` on."""

    hour: datetime
    runs: int
    failures: int
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class FailureCode:
    """Failures with one code, and the last of them."""

    code: str
    failures: int
    last_started_at: datetime
    last_execution_id: UUID


@dataclass(frozen=True, slots=True)
class ExtensionHealth:
    """Hours without runs are left out; ``codes`` are the last few, the newest first."""

    runs: int
    failures: int
    p95_ms: float | None
    hours: tuple[HourOfRuns, ...]
    codes: tuple[FailureCode, ...]


class ActivityRecords(Protocol):
    """Reads one tenant's records. Raises ExecutionLogUnavailable."""

    async def activity(self, tenant_id: TenantId, *, since: datetime) -> list[ExtensionActivity]: ...

    async def health(
        self, tenant_id: TenantId, extension_id: ExtensionId, *, since: datetime
    ) -> ExtensionHealth: ...
