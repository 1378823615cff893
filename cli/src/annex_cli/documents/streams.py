"""The lines of commands that go on, each an object of its own; `type` says which it is."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from annex_cli.documents.data import Data, Text
from annex_cli.documents.publishing import BuildResult
from annex_cli.execution_views import ExecutionView


class LinesBegin(Data):
    type: Literal["start"]
    time: datetime


class LinesEnd(Data):
    class Failure(Data):
        code: str
        message: str

    type: Literal["end"]
    time: datetime
    reason: Literal["done", "interrupted", "limit", "error"]
    error: Failure | None = None


class LogsBegin(LinesBegin):
    command: Literal["logs"]
    extension: str
    follow: bool


class LogLine(Data):
    type: Literal["line"]
    time: datetime
    level: str
    stream: str
    message: str
    truncated: bool
    execution_id: str
    request_id: str
    install_id: str
    version_id: str


class LogsGap(Data):
    type: Literal["gap"]
    time: datetime
    lines: int | None = Field(description="How many are not kept; null where nobody counted them.")
    after: Text = Field(description="The time of the last line before; null at the beginning.")
    before: str
    message: str


class LogsEnd(LinesEnd):
    lines: int
    not_kept: int


class BuildBegins(LinesBegin):
    command: Literal["build"]
    folder: str


class SourcesChanged(Data):
    type: Literal["changed"]
    time: datetime
    files: list[str] = Field(description="The first hundred.")


class BuiltLine(BuildResult):
    type: Literal["built"]
    time: datetime


class BuildFailedLine(Data):
    type: Literal["failed"]
    time: datetime
    code: str
    message: str
    details: dict[str, JsonValue]


class BuildEnd(LinesEnd):
    builds: int
    failed: int


class ExecutionsBegin(LinesBegin):
    command: Literal["executions list"]
    extension: str
    follow: Literal[True]


class ExecutionLine(ExecutionView):
    type: Literal["execution"]
    time: datetime


class ExecutionsEnd(LinesEnd):
    executions: int


class EventsBegin(LinesBegin):
    command: Literal["events tail"]
    feed: str
    type_pattern: Text
    forward: Text


class EventLine(Data):
    type: Literal["event"]
    time: datetime
    serial: int
    event: dict[str, JsonValue]


class ForwardLine(Data):
    type: Literal["forward"]
    time: datetime
    id: str
    status: int | None = Field(description="null where nobody answered; `fault` says why.")
    duration_ms: int
    fault: str = ""
    retry_in: float | None = Field(description="Seconds; null where it is not sent again.")


class EventsGap(Data):
    type: Literal["gap"]
    time: datetime
    first: int
    last: int


class Disconnected(Data):
    type: Literal["disconnected"]
    time: datetime
    message: str


class Reconnected(Data):
    type: Literal["reconnected"]
    time: datetime
    after: int
    seconds: float


class EventsEnd(LinesEnd):
    events: int
    filtered_out: int
    forwarded: int
    not_taken: int
