"""How a line of an extension is shown: for a person in columns, for a program as one JSON object."""

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from annex_cli.failure_codes import code_of
from annex_cli.terminal import Terminal
from annex_shared.clock import SystemClock
from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

LEVELS: Final = ("debug", "info", "warn", "error")
_COLOURS: Final = {"warn": "yellow", "error": "red"}
_SHORT_ID: Final = 8
_LONGEST: Final = 8_192
_REMEMBERED: Final = 4_096


@dataclass(slots=True)
class LineOutput:
    """Shows lines of at least ``level``, each once: after a reconnect some are sent again."""

    terminal: Terminal
    level: str
    count: int = 0
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def begin(self, facts: dict[str, JsonValue]) -> None:
        self._json({"type": "start", "time": _now(), **facts})

    def end(self, reason: str, error: AnnexError | None = None) -> None:
        document: dict[str, JsonValue] = {
            "type": "end",
            "time": _now(),
            "reason": reason,
            "lines": self.count,
        }
        if error is not None:
            document["error"] = {"code": code_of(error), "message": error.message}
        self._json(document)

    def show(self, event: DebugEvent) -> None:
        if self._is_repeat(event) or _rank(event.level) < _rank(self.level):
            return
        self.count += 1
        if self.terminal.is_json:
            self._json({"type": "line", "time": event.ts, **event.model_dump(mode="json")})
        else:
            self.terminal.result(self._columns(event))

    def _columns(self, event: DebugEvent) -> str:
        """Write `12:03:09.114  info   4f2a9c1e  log       loaded 3 notes`; whatever a guest wrote."""
        level = self.terminal.styled(
            f"{shown(event.level, limit=5):5}",
            self.terminal.stdout,
            fg=_COLOURS.get(event.level, "reset"),
        )
        execution = shown(event.execution_id[-_SHORT_ID:], limit=_SHORT_ID)
        text = shown(event.message, limit=_LONGEST)
        cut = " … cut" if event.truncated else ""
        where = f"{execution:{_SHORT_ID}}  {shown(event.stream, limit=8):8}"
        return f"{_time(event.ts)}  {level}  {where}  {text}{cut}"

    def _is_repeat(self, event: DebugEvent) -> bool:
        if not event.line_id:
            return False
        if event.line_id in self._seen:
            return True
        self._seen[event.line_id] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False

    def _json(self, document: dict[str, JsonValue]) -> None:
        if self.terminal.is_json:
            self.terminal.result(json.dumps(document, ensure_ascii=False))


def _rank(level: str) -> int:
    """Order levels; an unknown one is never hidden."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _now() -> str:
    return SystemClock().now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%H:%M:%S.%f")[:-3]
    except ValueError:
        return shown(text, limit=12)
