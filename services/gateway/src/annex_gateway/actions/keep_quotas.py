"""Quotas, decided from memory: what the database said of the windows, and what runs here at this moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.domain.controls import Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import QuotaExceeded, QuotaUnavailable
from annex_gateway.domain.executions import Draft, Execution, ExecutionLogAway
from annex_gateway.domain.installs import Install
from annex_gateway.domain.usage import NOTHING, DayOfUse, Ledger, Use, end_of, start_of
from annex_shared.clock import Clock
from annex_shared.ids import ExtensionId, TenantId

# A client that waits for a month is asked to look again tomorrow: quotas are raised.
_LONGEST_WAIT_SECONDS = 86_400
_FORGOTTEN_AFTER_SECONDS = 600.0
_UNITS = {
    QuotaKind.INVOCATIONS: "calls",
    QuotaKind.CPU_MS: "milliseconds of processor time",
    QuotaKind.MEMORY_MB_MS: "megabyte milliseconds of memory",
    QuotaKind.EGRESS_BYTES: "bytes of outgoing requests",
}

# Whose use is summed up, None for all of a tenant; over which window, and that window's first day.
_Sum = tuple[ExtensionId | None, QuotaWindow, date]


class QuotaMetrics(Protocol):
    """Counts what quotas refuse."""

    def exceeded(self, quota: Quota) -> None: ...


@dataclass(slots=True)
class Book:
    """What one tenant used in the windows of now; days only grow, so of two readings the larger holds."""

    used_at: float
    _days: dict[tuple[ExtensionId, date], Use] = field(default_factory=dict)
    _sums: dict[_Sum, Use] = field(default_factory=dict)
    _running: dict[ExtensionId | None, int] = field(default_factory=dict)

    def take(self, day: DayOfUse) -> None:
        key = (day.extension_id, day.day)
        before = self._days.get(key, NOTHING)
        after = _larger(before, day.use)
        self._days[key] = after
        grown = after.minus(before)
        for whose in (day.extension_id, None):
            for window, start in ((QuotaWindow.DAY, day.day), (QuotaWindow.MONTH, day.day.replace(day=1))):
                held = self._sums.get((whose, window, start), NOTHING)
                self._sums[whose, window, start] = held.plus(grown)

    def forget_before(self, month: date) -> None:
        """Let go of the months that are over."""
        self._days = {key: use for key, use in self._days.items() if key[1] >= month}
        self._sums = {key: use for key, use in self._sums.items() if key[2] >= month}

    def used(self, quota: Quota, extension_id: ExtensionId, at: datetime) -> float:
        """Return the use that counts against a quota, with the calls that run here right now."""
        whose = extension_id if quota.scope is QuotaScope.EXTENSION else None
        use = self._sums.get((whose, quota.window, start_of(quota.window, at)), NOTHING)
        running = self._running.get(whose, 0) if quota.kind is QuotaKind.INVOCATIONS else 0
        return use.of(quota.kind) + running

    def begin(self, extension_id: ExtensionId) -> None:
        for whose in (extension_id, None):
            self._running[whose] = self._running.get(whose, 0) + 1

    def end(self, extension_id: ExtensionId) -> None:
        for whose in (extension_id, None):
            self._running[whose] -= 1
            if not self._running[whose]:
                del self._running[whose]


class QuotaKeeper:
    """Knows the use of tenants that have quotas, from their first call on; ``refresh`` keeps it current."""

    def __init__(
        self, ledger: Ledger, *, clock: Clock, monotonic: Monotonic, metrics: QuotaMetrics, opening: AskOnce
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._monotonic = monotonic
        self._metrics = metrics
        self._books: dict[TenantId, Book] = {}
        self._opening = opening

    async def admit(self, install: Install, quotas: Sequence[Quota], draft: Draft) -> None:
        """Let a run begin within its quotas. Raises QuotaExceeded, QuotaUnavailable."""
        if not quotas:
            return
        book = self._books.get(install.tenant_id) or await self._open(install.tenant_id)
        book.used_at = self._monotonic()
        now = self._clock.now()
        for quota in quotas:
            used = book.used(quota, install.extension_id, now)
            if used >= quota.limit:
                self._metrics.exceeded(quota)
                raise _exceeded(quota, used, now)
        book.begin(install.extension_id)
        draft.held.append(lambda: book.end(install.extension_id))

    def written(self, _executions: Sequence[Execution], grown: Iterable[DayOfUse]) -> None:
        """Take what the database says after a commit of ours: it knows the other gateways' share too."""
        for day in grown:
            book = self._books.get(day.tenant_id)
            if book is not None:
                book.take(day)

    async def refresh(self) -> None:
        """Read again what all gateways wrote; tenants that were quiet for long are let go."""
        now = self._monotonic()
        self._books = {
            tenant_id: book
            for tenant_id, book in self._books.items()
            if now - book.used_at < _FORGOTTEN_AFTER_SECONDS
        }
        if not self._books:
            return
        month = start_of(QuotaWindow.MONTH, self._clock.now())
        self.written((), await self._ledger.use_of([*self._books], since=month))
        for book in self._books.values():
            book.forget_before(month)

    async def _open(self, tenant_id: TenantId) -> Book:
        """Read a tenant's use, once for all calls that wait for it."""
        await self._opening.ask(tenant_id, lambda: self._read(tenant_id))
        return self._books[tenant_id]

    async def _read(self, tenant_id: TenantId) -> None:
        month = start_of(QuotaWindow.MONTH, self._clock.now())
        try:
            days = await self._ledger.use_of([tenant_id], since=month)
        except ExecutionLogAway:
            raise QuotaUnavailable(
                "This tenant has quotas, and what it has used cannot be read right now; the fault is ours. "
                "The extension was not run. Try again soon.",
                retry_after_seconds=1,
            ) from None
        book = Book(self._monotonic())
        for day in days:
            book.take(day)
        self._books[tenant_id] = book


def _larger(one: Use, other: Use) -> Use:
    return Use(
        max(one.invocations, other.invocations),
        max(one.cpu_ms, other.cpu_ms),
        max(one.mem_mb_ms, other.mem_mb_ms),
        max(one.egress_bytes, other.egress_bytes),
    )


def _exceeded(quota: Quota, used: float, now: datetime) -> QuotaExceeded:
    resets_at = end_of(quota.window, now)
    wait = max(1, int((resets_at - now).total_seconds()) + 1)
    moment = resets_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    whose = "this tenant" if quota.scope is QuotaScope.TENANT else "this extension"
    return QuotaExceeded(
        f"The quota of {whose} is used up: {quota.limit} {_UNITS[quota.kind]} a {quota.window.value}. "
        f"Counting begins anew at {moment}; an administrator can raise the quota.",
        details={
            "scope": quota.scope.value,
            "kind": quota.kind.value,
            "window": quota.window.value,
            "limit": quota.limit,
            "used": round(used, 3),
            "resets_at": moment,
        },
        retry_after_seconds=min(wait, _LONGEST_WAIT_SECONDS),
    )
