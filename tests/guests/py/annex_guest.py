"""Where a Python guest prints, and what is told of an error before it traps; also in a build without WASI."""

import io
import sys
import traceback
from collections.abc import Callable
from typing import Any

from wit_world.imports import logging


def begin_call() -> None:
    """Let print reach the log; the first thing a handler does."""
    sys.stdout, sys.stderr = _Lines(logging.log_info), _Lines(logging.log_error)


def reporting_errors(answer: Callable[[], Any]) -> Any:
    """Run a handler; what it raises is told before it traps."""
    try:
        return answer()
    except Exception:
        logging.log_error(f"uncaught: {traceback.format_exc()}")
        raise


class _Lines(io.TextIOBase):
    """Text written here is logged line by line."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._log(line)
        return len(text)
