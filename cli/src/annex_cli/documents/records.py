"""What the commands about runs print: calls, executions and schedules."""

from typing import Literal

from pydantic import Field

from annex_cli.documents.data import Data, Text
from annex_cli.execution_views import ExecutionView
from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.contracts.schedules import DispatchView, ScheduleView


class Called(Data):
    status: int
    headers: dict[str, str]
    body: str = Field("", description="The answer, if it is UTF-8; else it is in body_b64.")
    body_b64: str = ""
    duration_ms: int
    request_id: str
    execution_id: Text = None
    logs: list[DebugEvent] | None = Field(None, description="With --show logs; null if they are not shown.")
    execution: ExecutionView | None = Field(None, description="With --show host-calls.")


class Executions(Data):
    extension: str
    items: list[ExecutionView]
    next_cursor: Text


class Execution(ExecutionView):
    lines: list[DebugEvent] | None = Field(description="null where they may not be shown.")


class Schedules(Data):
    extension: str
    items: list[ScheduleView]


class Schedule(ScheduleView):
    extension: str


class ScheduleSwitched(Schedule):
    result: Literal["paused", "resumed", "unchanged"]


class ScheduleRuns(Data):
    extension: str
    schedule_id: str
    items: list[DispatchView]


class ScheduleRunStarted(Data):
    extension: str
    schedule_id: str
    run_id: str
    result: Literal["started"]
