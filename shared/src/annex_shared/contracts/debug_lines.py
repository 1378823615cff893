"""Lines of live debug: the fields of the Redis stream `ext-debug:{tenant}:{extension}`, and what is shown.

The stream's name and fields are the predecessor's: ``ts`` is the epoch in milliseconds there, and an ISO
time wherever a line is shown. ``line`` and ``execution`` are ours; a stream written by a predecessor's runner
lacks them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, Self

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from annex_shared.contracts.wire import Exchanged

# What the platform itself says in a stream; a guest cannot write under this name.
PLATFORM: Final = "platform"
# What became of a runner-proxy's connection to Redis: it has one, has lost it, or was given none.
StreamState = Literal["connected", "away", "off"]


class InvalidDebugLine(Exception):
    """An entry of a debug stream is not a line."""


@dataclass(frozen=True, slots=True)
class DebugLine:
    """One line with everything needed to find it again; ``line_id`` is unique, so that repeats are told."""

    ts_ms: int
    level: str
    stream: str
    tenant: str
    extension: str
    install: str
    request: str
    version: str
    content_hash: str
    message: str
    is_truncated: bool = False
    execution: str = ""
    line_id: str = ""

    @property
    def size_bytes(self) -> int:
        """Roughly what it takes to keep it."""
        return len(self.message) + _FIELDS_BYTES

    def to_fields(self) -> dict[str, str]:
        return {
            "ts": str(self.ts_ms),
            "level": self.level,
            "stream": self.stream,
            "tenant": self.tenant,
            "extension": self.extension,
            "install": self.install,
            "request": self.request,
            "version": self.version,
            "content_hash": self.content_hash,
            "message": self.message,
            "truncated": "1" if self.is_truncated else "0",
            "execution": self.execution,
            "line": self.line_id,
        }

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> Self:
        """Read an entry, whoever wrote it. Raises InvalidDebugLine."""
        try:
            ts_ms = int(fields["ts"])
            _iso(ts_ms)
        except (KeyError, ValueError, OverflowError, OSError):
            raise InvalidDebugLine from None
        return cls(
            ts_ms=ts_ms,
            is_truncated=fields.get("truncated") == "1",
            line_id=fields.get("line", ""),
            **{name: fields.get(name, "") for name in _TEXT_FIELDS},
        )


_FIELDS_BYTES: Final = 512
_TEXT_FIELDS: Final = (
    "level", "stream", "tenant", "extension", "install", "request", "version", "content_hash", "message",
    "execution",
)  # fmt: skip


class DebugEvent(Exchanged):
    """A line as it is shown; camelCase, as the predecessor's consoles read it."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    ts: str
    level: str
    stream: str
    tenant_id: str
    extension_id: str
    install_id: str
    request_id: str
    version_id: str
    content_hash: str
    message: str
    truncated: bool = False
    execution_id: str = ""
    line_id: str = ""

    @classmethod
    def of(cls, line: DebugLine) -> Self:
        return cls(
            ts=_iso(line.ts_ms),
            level=line.level,
            stream=line.stream,
            tenant_id=line.tenant,
            extension_id=line.extension,
            install_id=line.install,
            request_id=line.request,
            version_id=line.version,
            content_hash=line.content_hash,
            message=line.message,
            truncated=line.is_truncated,
            execution_id=line.execution,
            line_id=line.line_id,
        )


class DebugLines(Exchanged):
    """What one runner-proxy still has of an extension; ``next`` is where to read on."""

    state: StreamState
    lines: list[DebugEvent]
    next: int


@dataclass(frozen=True, slots=True)
class LineFilter:
    """What a reader wants to see; nothing set is everything of the extension.

    A line that names no install or request, such as one about lost lines, concerns every reader.
    """

    install: str | None = None
    request: str | None = None

    def fits(self, line: DebugLine) -> bool:
        return _fits(self.install, line.install) and _fits(self.request, line.request)


def _fits(wanted: str | None, actual: str) -> bool:
    return wanted is None or actual in ("", wanted)


def stream_key(prefix: str, tenant: str, extension: str) -> str:
    return f"{prefix}{tenant}:{extension}".lower()


def cut_text(text: str, *, max_bytes: int) -> tuple[str, bool]:
    """Cut between characters, never inside one; say whether something is missing."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= max_bytes:
        return encoded.decode("utf-8"), False
    return encoded[:max_bytes].decode("utf-8", "ignore"), True


def _iso(ts_ms: int) -> str:
    moment = datetime.fromtimestamp(ts_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
