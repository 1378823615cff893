"""Executions as the gateway records them; what a platform of another age lacks or adds is no fault."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from annex_cli.presenting import moment
from annex_cli.table import text_table
from annex_shared.contracts.wire import Exchanged
from annex_shared.display_text import shown

_NONE = "–"  # noqa: RUF001 - an en dash is how an empty cell is written
_UNDER_WAY = frozenset({"started"})
_HEAD = ("TIME", "EXECUTION", "TRIGGER", "METHOD", "ENDPOINT", "STATUS", "HTTP", "DURATION", "CODE")


class ExecutionView(Exchanged):
    """One run of extension code, or one that a policy of the platform refused."""

    execution_id: str
    runner_execution_id: str | None = None
    request_id: str | None = None
    trigger: str = "http"
    extension_id: str | None = None
    install_id: str | None = None
    version_id: str | None = None
    method: str | None = None
    endpoint: str | None = None
    status: str
    code: str | None = None
    http_status: int | None = None
    started_at: datetime
    finished_at: datetime | None = None
    duration_ms: float | None = None
    usage: dict[str, JsonValue] | None = None
    policy: str | None = None
    principal_id: str | None = None
    trace_id: str | None = None
    schedule_id: str | None = None
    event_id: str | None = None
    attempt: int | None = None

    @property
    def effects(self) -> JsonValue:
        """Host calls that changed something outside, None where the extension did not run."""
        return (self.usage or {}).get("effects")

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None or self.status not in _UNDER_WAY

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = self.model_dump(mode="json")
        return document

    def cells(self) -> tuple[str, ...]:
        return (
            f"{self.started_at:%Y-%m-%d %H:%M:%S}",
            shown(self.execution_id, limit=40),
            shown(self.trigger, limit=10),
            shown(self.method or _NONE, limit=10),
            shown(self.endpoint or _NONE, limit=60),
            shown(self.status, limit=20),
            _NONE if self.http_status is None else str(self.http_status),
            _NONE if self.duration_ms is None else f"{self.duration_ms:.0f} ms",
            shown(self.code or _NONE, limit=40),
        )


class ExecutionPage(Exchanged):
    """Newest first; a page may hold few items, or none, and still go on with ``next_cursor``."""

    items: list[ExecutionView]
    next_cursor: str | None = None


def execution_table(items: Sequence[ExecutionView]) -> str:
    return text_table(_HEAD, [item.cells() for item in items])


def execution_row(item: ExecutionView) -> str:
    """Write one execution of a stream, in columns that stay where they are."""
    time, execution, trigger, method, endpoint, status, http, duration, code = item.cells()
    end = f"{status:14}  {http:>4}  {duration:>9}  {code}"
    return f"{time}  {execution}  {trigger:8}  {method:6} {endpoint:24}  {end}"


def execution_block(item: ExecutionView) -> str:
    """Write all that is recorded of one execution."""
    usage = ", ".join(
        f"{shown(name, limit=40)} {shown(str(value), limit=40)}"
        for name, value in (item.usage or {}).items()
        if value not in (None, 0, 0.0) and name != "effects"
    )
    facts = {
        "execution": item.execution_id,
        "request": item.request_id or _NONE,
        "trigger": item.trigger,
        "endpoint": f"{item.method or _NONE} {item.endpoint or _NONE}",
        "status": " ".join([item.status, *([item.code] if item.code else [])]),
        "answered": _NONE if item.http_status is None else str(item.http_status),
        "started": moment(item.started_at),
        "duration": _NONE if item.duration_ms is None else f"{item.duration_ms:.1f} ms",
        "used": usage or _NONE,
        "effects": _NONE if item.effects is None else str(item.effects),
        "version": item.version_id or _NONE,
        "by": item.principal_id or item.schedule_id or item.event_id or _NONE,
        "trace": item.trace_id or _NONE,
    }
    if item.policy:
        facts["refused by"] = item.policy
    if item.attempt:
        facts["attempt"] = str(item.attempt)
    return "\n".join(f"{name:<12}{shown(text, limit=400)}" for name, text in facts.items())
