"""The record of an execution: what is kept of a call, a schedule run or an event delivery, and of its end.

Kept are ids, names, numbers and codes. What people and extensions say is not: no body, no header, no query,
and of a path the manifest's template only, for the rest of it is often somebody's name or number.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol, Self
from uuid import UUID

from annex_gateway.domain.installs import Install
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import RunnerRefusal
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId

Trigger = Literal["http", "schedule", "event"]
NO_ID = UUID(int=0)
# The caller left before the end.
CANCELLED = "CANCELLED"
# Larger numbers are a runner's mistake; the columns hold these.
_MAX_INTEGER, _MAX_BIGINT = 2**31 - 1, 2**63 - 1
_MIB = 1024 * 1024
_FIRST_FAULT = 500
_TIMEOUT, _GUESTS_FAULT = 504, 502
_UUID_TEXT_LENGTH = 36
_LIMIT_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Status(StrEnum):
    """Where an execution is, or how it ended (docs/executions.md)."""

    STARTED = "started"
    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    POLICY_DENIED = "policy_denied"
    UPSTREAM_ERROR = "upstream_error"


@dataclass(frozen=True, slots=True)
class Cost:
    """What an execution used and changed, as the runner counted it."""

    runner_execution_id: UUID | None = None
    cpu_ms: float = 0.0
    memory_bytes: int = 0
    wall_ms: float = 0.0
    fuel: int | None = None
    host_calls: int = 0
    subrequests: int = 0
    egress_bytes: int = 0
    effects: int = 0

    @classmethod
    def of(cls, usage: ExecuteUsage, *, execution_id: object, effects: object) -> "Cost":
        """Take a runner's account; a number that cannot be one is read as the nearest that can."""
        return cls(
            runner_execution_id=_uuid(execution_id or usage.execution_id),
            cpu_ms=max(0.0, usage.cpu_ms),
            memory_bytes=_within(usage.memory_bytes, _MAX_BIGINT),
            wall_ms=max(0.0, usage.wall_ms),
            fuel=None if usage.fuel is None else _within(usage.fuel, _MAX_BIGINT),
            host_calls=_within(usage.host_calls, _MAX_INTEGER),
            subrequests=_within(usage.subrequests, _MAX_INTEGER),
            egress_bytes=_within(usage.egress_bytes, _MAX_BIGINT),
            effects=_within(effects if isinstance(effects, int) else usage.effects, _MAX_INTEGER),
        )

    @property
    def mem_mb_ms(self) -> float:
        """Return the memory over time that quotas count: the most it held, for as long as it ran."""
        return self.memory_bytes / _MIB * self.wall_ms


@dataclass(frozen=True, slots=True)
class LimitHit:
    """The limit that ended a run, and the figure it had for that run; null where the figure is not known."""

    kind: str
    value: int | None

    @classmethod
    def of(cls, details: Mapping[str, object]) -> Self | None:
        """Take it from the details of a runner's refusal; what is none says nothing."""
        told = details.get("limit")
        if not isinstance(told, Mapping):
            return None
        kind, value = told.get("kind"), told.get("value")
        if not isinstance(kind, str) or _LIMIT_KIND.fullmatch(kind) is None:
            return None
        is_figure = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_BIGINT
        return cls(kind, value if is_figure else None)


@dataclass(frozen=True, slots=True)
class Execution:
    """One row of the record. ``is_counted`` says that it is one invocation of quotas, or was for nothing."""

    tenant_id: TenantId
    execution_id: UUID
    started_at: datetime
    extension_id: ExtensionId
    install_id: InstallId
    version_id: VersionId
    content_hash: ContentHash
    request_id: str
    trace_id: str | None
    trigger: Trigger
    principal_id: str | None
    method: str
    endpoint: str | None
    status: Status
    finished_at: datetime | None = None
    policy: str | None = None
    code: str | None = None
    http_status: int | None = None
    duration_ms: float | None = None
    cost: Cost | None = None
    limit: LimitHit | None = None
    is_counted: bool = False
    schedule_id: str | None = None
    event_id: str | None = None
    attempt: int | None = None

    @property
    def is_finished(self) -> bool:
        return self.status is not Status.STARTED


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, in the words of the record."""

    status: Status
    code: str | None = None
    http_status: int | None = None
    policy: str | None = None


@dataclass(slots=True)
class Draft:
    """What is known of a run while it goes on; it becomes a record once the install is known."""

    trigger: Trigger = "http"
    method: str = ""
    request_id: str = ""
    execution_id: UUID = NO_ID
    trace_id: str | None = None
    started_at: datetime | None = None
    began: float = 0.0
    install: Install | None = None
    principal_id: str | None = None
    endpoint: str | None = None
    schedule_id: str | None = None
    event_id: str | None = None
    attempt: int | None = None
    # Set just before the runner is asked: from then on the extension may have run.
    is_forwarded: bool = False
    cost: Cost | None = None
    limit: LimitHit | None = None
    ending: Ending | None = None
    is_kept: bool = False
    # What is given back when the record is written, or not to be.
    held: list[Callable[[], object]] = field(default_factory=list)

    def found(self, install: Install, *, principal_id: str) -> None:
        """Note whose run it is; from here on there is something to record."""
        self.install, self.principal_id = install, principal_id

    def heard(self, response: ExecuteResponse | RunnerRefusal) -> None:
        """Note what the runner says it cost, however the run goes on."""
        if isinstance(response, RunnerRefusal):
            details = response.document.details
            self.limit = LimitHit.of(details)
            if response.usage is not None:
                self.cost = Cost.of(
                    response.usage,
                    execution_id=details.get("execution_id"),
                    effects=details.get("effects"),
                )
            return
        self.limit = None
        self.cost = Cost.of(
            response.usage or ExecuteUsage(), execution_id=response.execution_id, effects=response.effects
        )


def answered(status: int) -> Ending:
    """End with the extension's own answer; one of the 500s says that it failed."""
    return Ending(Status.ERROR if status >= _FIRST_FAULT else Status.OK, http_status=status)


def declined(code: str, status: int) -> Ending:
    """End with the runner's explanation, by whose fault it was."""
    if status == _TIMEOUT:
        return Ending(Status.TIMEOUT, code, status)
    if status < _FIRST_FAULT or status == _GUESTS_FAULT:
        return Ending(Status.ERROR, code, status)
    return Ending(Status.UPSTREAM_ERROR, code, status)


def failed(policy: Policy, code: str) -> Ending:
    """End with a refusal of ours after the runner was asked."""
    if code == "DEADLINE_EXCEEDED":
        return Ending(Status.TIMEOUT, code)
    return Ending(Status.ERROR if policy is Policy.ANSWER else Status.UPSTREAM_ERROR, code)


def is_counted(draft: Draft, ending: Ending) -> bool:
    """Count what ran or may have; what the platform did not get to run is free."""
    if not draft.is_forwarded or ending.status is Status.STARTED:
        return False
    return draft.cost is not None or ending.status in (Status.OK, Status.TIMEOUT) or ending.code == CANCELLED


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the list, newest first; a page begins behind it."""

    started_at: datetime
    execution_id: UUID


@dataclass(frozen=True, slots=True)
class ExecutionWish:
    """Which executions of a tenant to read; what is None is not asked for."""

    since: datetime
    until: datetime
    limit: int
    behind: Place | None = None
    extension_id: ExtensionId | None = None
    install_id: InstallId | None = None
    status: Status | None = None
    code: str | None = None
    trigger: Trigger | None = None
    principal_id: str | None = None
    request_id: str | None = None
    endpoint: str | None = None
    # The hundreds of the HTTP status it was answered with: 5 is 500 to 599.
    http_class: int | None = None
    min_duration_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ExecutionPage:
    """Some executions, and where to go on; a page may hold none and still go on."""

    executions: Sequence[Execution]
    next: Place | None


class Executions(Protocol):
    """Reads one tenant's records. Raises ExecutionLogUnavailable."""

    async def page(self, tenant_id: TenantId, wish: ExecutionWish) -> ExecutionPage: ...

    async def find(self, tenant_id: TenantId, execution_id: UUID) -> Execution | None:
        """Find an execution by our id or the runner's."""
        ...


class ExecutionLogAway(Exception):
    """The records cannot be written right now."""


class ExecutionRefused(Exception):
    """These records can never be written as they are."""


def _within(number: int, most: int) -> int:
    return min(max(0, number), most)


def _uuid(text: object) -> UUID | None:
    """Read a runner's id; one in another form joins nothing."""
    if not isinstance(text, str) or len(text) != _UUID_TEXT_LENGTH:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
