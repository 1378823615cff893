"""The record of executions without a database: what is added is kept, or fails the way a test says."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from annex_gateway.domain.controls import QuotaWindow
from annex_gateway.domain.executions import (
    Cost,
    Execution,
    ExecutionLogAway,
    ExecutionPage,
    ExecutionRefused,
    ExecutionWish,
    Place,
    Status,
)
from annex_gateway.domain.usage import NOTHING, DayOfUse, UsageOfWindow, UsageWish, Use
from annex_shared.ids import ExtensionId, TenantId
from unit.gateway.builders import NOW, TENANT, an_install, uuid

_NUL = "\x00"


@dataclass
class MemoryLedger:
    """Meets ``Ledger`` and what reads of it; a closed gate holds every commit."""

    held: dict[tuple[TenantId, UUID], Execution] = field(default_factory=dict)
    days: dict[tuple[TenantId, ExtensionId, date], Use] = field(default_factory=dict)
    commits: list[list[Execution]] = field(default_factory=list)
    readings: int = 0
    is_away: bool = False
    is_forgetful_about_success: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def add(self, executions: Sequence[Execution]) -> Iterable[DayOfUse]:
        await self.gate.wait()
        if self.is_away:
            raise ExecutionLogAway("away")
        if any(_NUL in execution.request_id for execution in executions):
            raise ExecutionRefused("a character that no text holds")
        self.commits.append([*executions])
        grown = {key: self._grow(*key, use) for key, use in self._new_use(executions).items()}
        if self.is_forgetful_about_success:
            self.is_forgetful_about_success = False
            raise ExecutionLogAway("the connection broke after the commit")
        return grown.values()

    def _new_use(self, executions: Sequence[Execution]) -> dict[tuple[TenantId, ExtensionId, date], Use]:
        new: dict[tuple[TenantId, ExtensionId, date], Use] = {}
        for execution in executions:
            name = (execution.tenant_id, execution.execution_id)
            before = self.held.get(name)
            if before is not None and (before.is_finished or not execution.is_finished):
                continue
            self.held[name] = execution
            if execution.is_counted:
                key = (
                    execution.tenant_id,
                    execution.extension_id,
                    execution.started_at.astimezone(UTC).date(),
                )
                new[key] = new.get(key, NOTHING).plus(_use_of(execution))
        return new

    def _grow(self, tenant_id: TenantId, extension_id: ExtensionId, day: date, use: Use) -> DayOfUse:
        key = (tenant_id, extension_id, day)
        self.days[key] = self.days.get(key, NOTHING).plus(use)
        return DayOfUse(*key, self.days[key])

    async def use_of(self, tenants: Sequence[TenantId], *, since: date) -> Iterable[DayOfUse]:
        self.readings += 1
        if self.is_away:
            raise ExecutionLogAway("away")
        return [
            DayOfUse(*key, use) for key, use in self.days.items() if key[0] in tenants and key[2] >= since
        ]

    async def tidy(self, *, keep_days: int) -> int:
        assert keep_days > 0
        return 0

    async def ping(self) -> str:
        if self.is_away:
            raise ExecutionLogAway("away")
        return "reachable"

    async def page(self, tenant_id: TenantId, wish: ExecutionWish) -> ExecutionPage:
        found = sorted(
            (one for (owner, _), one in self.held.items() if owner == tenant_id and _is_wanted(one, wish)),
            key=_place_of,
            reverse=True,
        )[: wish.limit]
        last = Place(*_place_of(found[-1])) if len(found) == wish.limit else None
        return ExecutionPage(found, last)

    async def find(self, tenant_id: TenantId, execution_id: UUID) -> Execution | None:
        for (owner, own_id), execution in self.held.items():
            runner_id = None if execution.cost is None else execution.cost.runner_execution_id
            if owner == tenant_id and execution_id in (own_id, runner_id):
                return execution
        return None

    async def usage(self, tenant_id: TenantId, wish: UsageWish) -> list[UsageOfWindow]:
        windows: dict[tuple[date, ExtensionId], Use] = {}
        for (owner, extension_id, day), use in self.days.items():
            if owner != tenant_id or not wish.since <= day < wish.until:
                continue
            if wish.extension_id in (None, extension_id):
                key = (day.replace(day=1) if wish.window is QuotaWindow.MONTH else day, extension_id)
                windows[key] = windows.get(key, NOTHING).plus(use)
        names = sorted((key for key in windows if wish.behind is None or key < wish.behind), reverse=True)
        return [UsageOfWindow(*key, windows[key]) for key in names[: wish.limit]]


def _place_of(execution: Execution) -> tuple[datetime, UUID]:
    return execution.started_at, execution.execution_id


def _is_wanted(one: Execution, wish: ExecutionWish) -> bool:
    behind = wish.behind
    return (
        wish.since <= one.started_at < wish.until
        and (behind is None or _place_of(one) < (behind.started_at, behind.execution_id))
        and wish.extension_id in (None, one.extension_id)
        and wish.install_id in (None, one.install_id)
        and wish.status in (None, one.status)
        and wish.code in (None, one.code)
        and wish.trigger in (None, one.trigger)
        and wish.principal_id in (None, one.principal_id)
        and wish.request_id in (None, one.request_id)
        and wish.endpoint in (None, one.endpoint)
        and wish.http_class in (None, None if one.http_status is None else one.http_status // 100)
        and (wish.min_duration_ms is None or (one.duration_ms or 0) >= wish.min_duration_ms)
    )


def _use_of(execution: Execution) -> Use:
    cost = execution.cost
    if cost is None:
        return Use(1)
    return Use(1, cost.cpu_ms, cost.mem_mb_ms, cost.egress_bytes)


_EXECUTION = Execution(
    tenant_id=TENANT,
    execution_id=uuid(0x100),
    started_at=NOW,
    finished_at=NOW,
    extension_id=an_install().extension_id,
    install_id=an_install().install_id,
    version_id=an_install().version_id,
    content_hash=an_install().content_hash,
    request_id="req_1",
    trace_id=None,
    trigger="http",
    principal_id="somebody",
    method="GET",
    endpoint="/notes",
    status=Status.OK,
    http_status=200,
    duration_ms=3.0,
    cost=Cost(cpu_ms=2.0, memory_bytes=1024 * 1024, wall_ms=10.0, egress_bytes=7),
    is_counted=True,
)


def an_execution(**changes: Any) -> Execution:
    return replace(_EXECUTION, **changes)
