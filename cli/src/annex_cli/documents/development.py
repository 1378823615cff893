"""The lines of `annex dev`: what is served, what was called, what failed."""

from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from annex_cli.documents.data import Data, Text
from annex_cli.documents.streams import LinesBegin


class DevBegins(LinesBegin):
    command: Literal["dev"]
    folder: str


class DevReady(Data):
    type: Literal["ready"]
    time: datetime
    url: str
    api_url: str
    extension: str
    limits: bool


class DevChanged(Data):
    type: Literal["changed"]
    time: datetime
    files: list[str]


class DevReloaded(Data):
    """``handlers`` is false where pages alone changed; ``build_ms`` is null where nothing was built."""

    type: Literal["reloaded"]
    time: datetime
    version: str
    page_hash: str
    handlers: bool
    duration_ms: int
    build_ms: int | None


class DevFailed(Data):
    type: Literal["failed"]
    time: datetime
    code: str
    message: str
    details: dict[str, JsonValue]


class DevCall(Data):
    type: Literal["call"]
    time: datetime
    method: str
    path: str
    status: int
    duration_ms: int
    execution_id: Text
    host_calls: int | None
    code: Text
    role: str


class DevLine(Data):
    type: Literal["line"]
    time: datetime
    level: str
    message: str
    stream: str
    execution_id: str


class DevDenied(Data):
    """``line_to_add`` belongs into `capabilities` at ``place``; ``withheld`` is the simulator's doing."""

    type: Literal["denied"]
    time: datetime
    function: str
    capability: str
    place: str
    line_to_add: str
    withheld: bool
    message: str


class DevReset(Data):
    type: Literal["reset"]
    time: datetime


class DevEnds(Data):
    class Failure(Data):
        code: str
        message: str

    type: Literal["end"]
    time: datetime
    reason: Literal["quit", "interrupted", "error"]
    error: Failure | None = None
    calls: int
    reloads: int
