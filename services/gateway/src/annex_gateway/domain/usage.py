"""What extensions use over calendar windows, and how much of a quota is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from annex_gateway.domain.controls import QuotaKind, QuotaWindow
from annex_gateway.domain.executions import Execution
from annex_shared.ids import ExtensionId, TenantId


@dataclass(frozen=True, slots=True)
class Use:
    """How much was used; a field is a QuotaKind."""

    invocations: int = 0
    cpu_ms: float = 0.0
    mem_mb_ms: float = 0.0
    egress_bytes: int = 0

    def plus(self, other: "Use") -> "Use":
        return Use(
            self.invocations + other.invocations,
            self.cpu_ms + other.cpu_ms,
            self.mem_mb_ms + other.mem_mb_ms,
            self.egress_bytes + other.egress_bytes,
        )

    def minus(self, other: "Use") -> "Use":
        return self.plus(Use(-other.invocations, -other.cpu_ms, -other.mem_mb_ms, -other.egress_bytes))

    def of(self, kind: QuotaKind) -> float:
        match kind:
            case QuotaKind.INVOCATIONS:
                return self.invocations
            case QuotaKind.CPU_MS:
                return self.cpu_ms
            case QuotaKind.MEMORY_MB_MS:
                return self.mem_mb_ms
            case QuotaKind.EGRESS_BYTES:
                return self.egress_bytes


NOTHING = Use()


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """What one extension of a tenant used on one day in UTC, whichever gateway ran it."""

    tenant_id: TenantId
    extension_id: ExtensionId
    day: date
    use: Use


@dataclass(frozen=True, slots=True)
class UsageOfWindow:
    """What one extension used in one day or month; ``start`` is its first day."""

    start: date
    extension_id: ExtensionId
    use: Use


@dataclass(frozen=True, slots=True)
class UsageWish:
    """Which windows of a tenant to read: from ``since`` to before ``until``, newest first."""

    window: QuotaWindow
    since: date
    until: date
    extension_id: ExtensionId | None
    behind: tuple[date, ExtensionId] | None
    limit: int


class UsageRecords(Protocol):
    """Reads one tenant's use. Raises ExecutionLogUnavailable."""

    async def usage(self, tenant_id: TenantId, wish: UsageWish) -> Sequence[UsageOfWindow]: ...


class Ledger(Protocol):
    """Where executions are written and their use is added up. Raises ExecutionLogAway."""

    async def add(self, executions: Sequence[Execution]) -> Iterable[DayOfUse]:
        """Keep executions durably, all or none, and return the days of use that grew.

        An execution that was kept before changes nothing, except that one that had only started may end.
        Raises ExecutionRefused for what can never be kept.
        """
        ...

    async def use_of(self, tenants: Sequence[TenantId], *, since: date) -> Iterable[DayOfUse]: ...

    async def tidy(self, *, keep_days: int) -> int:
        """Make room for the next days, and drop days that are older; say how many."""
        ...

    async def ping(self) -> str: ...


def start_of(window: QuotaWindow, at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day if window is QuotaWindow.DAY else day.replace(day=1)


def end_of(window: QuotaWindow, at: datetime) -> datetime:
    """Return the moment at which the window around ``at`` is over and the next one begins."""
    first = start_of(window, at)
    if window is QuotaWindow.DAY:
        behind = first + timedelta(days=1)
    else:
        behind = (first + timedelta(days=31)).replace(day=1)
    return datetime.combine(behind, time.min, tzinfo=UTC)
