"""How a line of an extension is shown: for a person in columns, for a program as one JSON object."""

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from annex_cli.failure_codes import code_of
from annex_cli.log_filter import Gap, LineWish, gap_of
from annex_cli.terminal import Terminal
from annex_shared.clock import SystemClock
from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

_COLOURS: Final = {"warn": "yellow", "error": "red"}
_SHORT_ID: Final = 8
_LONGEST: Final = 8_192
_REMEMBERED: Final = 4_096


@dataclass(slots=True)
class LineOutput:
    """Shows the lines that are wanted, each once: after a reconnect some are sent again."""

    terminal: Terminal
    wish: LineWish = field(default_factory=LineWish)
    count: int = 0
    missed: int = 0
    _last_time: str | None = None
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def begin(self, facts: dict[str, JsonValue]) -> None:
        self._json({"type": "start", "time": _now(), **facts})

    def end(self, reason: str, error: AnnexError | None = None) -> None:
        document: dict[str, JsonValue] = {
            "type": "end",
            "time": _now(),
            "reason": reason,
            "lines": self.count,
            "not_kept": self.missed,
        }
        if error is not None:
            document["error"] = {"code": code_of(error), "message": error.message}
        self._json(document)

    def show(self, event: DebugEvent) -> None:
        if self._is_repeat(event):
            return
        gap = gap_of(event)
        if gap is not None:
            self._show_gap(gap, event)
        elif self.wish.fits(event):
            self._show_line(event)
        self._last_time = event.ts

    def _show_gap(self, gap: Gap, event: DebugEvent) -> None:
        """Write `-- 37 lines not kept between 12:03:11 and 12:03:19 --`; no filter hides it."""
        self.missed += gap.lines or 0
        between: dict[str, JsonValue] = {"after": self._last_time, "before": event.ts}
        self._json({"type": "gap", "time": event.ts, "lines": gap.lines, **between, "message": event.message})
        if not self.terminal.is_json:
            count = "some lines" if gap.lines is None else f"{gap.lines} lines"
            place = f"before {_time(event.ts)[:8]}"
            if self._last_time:
                place = f"between {_time(self._last_time)[:8]} and {_time(event.ts)[:8]}"
            self.terminal.result(f"-- {count} not kept {place} --")

    def _show_line(self, event: DebugEvent) -> None:
        self.count += 1
        if self.terminal.is_json:
            self._json({"type": "line", "time": event.ts, **event.model_dump(mode="json")})
        else:
            self.terminal.result(self.columns(event))

    def columns(self, event: DebugEvent) -> str:
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


def _now() -> str:
    return SystemClock().now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str) -> str:
    try:
        return datetime.fromisoformat(text).strftime("%H:%M:%S.%f")[:-3]
    except ValueError:
        return shown(text, limit=12)
