"""Bodies of what is told of executions and of use."""

from datetime import date, datetime

from annex_gateway.domain.executions import Cost, Execution, Status, Trigger
from annex_gateway.domain.usage import UsageOfWindow
from annex_shared.contracts.wire import Exchanged


class ExecutionCost(Exchanged):
    """What the runner counted; ``effects`` are host calls that changed something outside the sandbox."""

    cpu_ms: float
    memory_bytes: int
    fuel: int | None
    host_calls: int
    subrequests: int
    egress_bytes: int
    effects: int

    @classmethod
    def of(cls, cost: Cost) -> "ExecutionCost":
        return cls(
            cpu_ms=cost.cpu_ms,
            memory_bytes=cost.memory_bytes,
            fuel=cost.fuel,
            host_calls=cost.host_calls,
            subrequests=cost.subrequests,
            egress_bytes=cost.egress_bytes,
            effects=cost.effects,
        )


class LimitHitView(Exchanged):
    """The limit that ended a run, and the figure it had for that run."""

    kind: str
    value: int | None


class ExecutionView(Exchanged):
    """One call, schedule run or event delivery.

    ``runner_execution_id`` is the id that debug lines and the runner's log carry, ``trace_id`` the trace it
    belongs to. ``endpoint`` is the manifest's template. ``usage`` is null where the extension did not run,
    ``limit`` where no limit ended it.
    """

    execution_id: str
    runner_execution_id: str | None
    extension_id: str
    install_id: str
    version_id: str
    content_hash: str
    request_id: str
    trace_id: str | None
    trigger: Trigger
    principal_id: str | None
    method: str
    endpoint: str | None
    status: Status
    policy: str | None
    code: str | None
    http_status: int | None
    started_at: datetime
    finished_at: datetime | None
    duration_ms: float | None
    usage: ExecutionCost | None
    limit: LimitHitView | None
    schedule_id: str | None
    event_id: str | None
    attempt: int | None

    @classmethod
    def of(cls, execution: Execution) -> "ExecutionView":
        cost = execution.cost
        runner_id = None if cost is None else cost.runner_execution_id
        return cls(
            execution_id=str(execution.execution_id),
            runner_execution_id=None if runner_id is None else str(runner_id),
            extension_id=str(execution.extension_id),
            install_id=str(execution.install_id),
            version_id=str(execution.version_id),
            content_hash=str(execution.content_hash),
            request_id=execution.request_id,
            trace_id=execution.trace_id,
            trigger=execution.trigger,
            principal_id=execution.principal_id,
            method=execution.method,
            endpoint=execution.endpoint,
            status=execution.status,
            policy=execution.policy,
            code=execution.code,
            http_status=execution.http_status,
            started_at=execution.started_at,
            finished_at=execution.finished_at,
            duration_ms=execution.duration_ms,
            usage=None if cost is None else ExecutionCost.of(cost),
            limit=(
                None
                if execution.limit is None
                else LimitHitView(kind=execution.limit.kind, value=execution.limit.value)
            ),
            schedule_id=execution.schedule_id,
            event_id=execution.event_id,
            attempt=execution.attempt,
        )


class ExecutionViews(Exchanged):
    """Newest first. A page looks at a bounded number of records: it may hold few items, and still go on."""

    items: list[ExecutionView]
    next_cursor: str | None


class UsageView(Exchanged):
    """What one extension used in a day or month (UTC); a field is what a quota of that name counts."""

    window_start: date
    extension_id: str
    invocations: int
    cpu_ms: float
    mem_mb_ms: float
    egress_bytes: int

    @classmethod
    def of(cls, usage: UsageOfWindow) -> "UsageView":
        return cls(
            window_start=usage.start,
            extension_id=str(usage.extension_id),
            invocations=usage.use.invocations,
            cpu_ms=round(usage.use.cpu_ms, 3),
            mem_mb_ms=round(usage.use.mem_mb_ms, 3),
            egress_bytes=usage.use.egress_bytes,
        )


class UsageViews(Exchanged):
    """Newest windows first; extensions that were not used in a window have no item."""

    items: list[UsageView]
    next_cursor: str | None
