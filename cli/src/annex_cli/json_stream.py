"""A stream as programs read it: one JSON object on each line, the first `start` and the last `end`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import JsonValue

from annex_cli.failure_codes import code_of
from annex_cli.session import Session
from annex_shared.clock import SystemClock
from annex_shared.errors import AnnexError


@dataclass(slots=True)
class JsonStream:
    """Writes lines under --json and nothing otherwise; ``counted`` is what `end` says besides the reason."""

    session: Session
    counted: dict[str, JsonValue] = field(default_factory=dict)
    reason: str = "done"

    def line(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        terminal = self.session.terminal
        if terminal.is_json:
            terminal.result(json.dumps({"type": kind, "time": now(), **facts}, ensure_ascii=False))

    @contextmanager
    def shown(self, facts: Mapping[str, JsonValue]) -> Iterator["JsonStream"]:
        """Begin and end the stream around what writes its lines, however that ends."""
        self.session.has_shown = True
        self.line("start", {"command": self.session.command, **facts})
        try:
            yield self
        except AnnexError as error:
            self._end("error" if self.reason == "done" else self.reason, error)
            raise
        except KeyboardInterrupt:
            self._end("interrupted", None)
            raise
        self._end(self.reason, None)

    def _end(self, reason: str, error: AnnexError | None) -> None:
        told: dict[str, JsonValue] = {"reason": reason, **self.counted}
        if error is not None:
            told["error"] = {"code": code_of(error), "message": error.message}
        self.line("end", told)


def now() -> str:
    return SystemClock().now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
