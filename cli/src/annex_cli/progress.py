"""Long work made visible: a line that is redrawn on a terminal, a line each half minute everywhere else."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from annex_cli.presenting import size
from annex_cli.terminal import Terminal

_FRAME_SECONDS: Final = 0.1
_FIRST_FRAME_SECONDS: Final = 0.3
_HEARTBEAT_SECONDS: Final = 30.0
_FRAMES: Final = "|/-\\"
_ERASE: Final = "\r\x1b[2K"


@dataclass(slots=True)
class Progress:
    """What is done right now. Any thread may set it; only its own thread and ``erase`` write."""

    terminal: Terminal
    what: str
    done_bytes: int = 0
    all_bytes: int = 0
    _started: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_drawn: bool = False

    def doing(self, what: str) -> None:
        self.what, self.done_bytes, self.all_bytes = what, 0, 0

    def sending(self, done_bytes: int, all_bytes: int) -> None:
        self.done_bytes, self.all_bytes = done_bytes, all_bytes

    def erase(self) -> None:
        """Give the line back before somebody else writes."""
        with self._lock:
            if self._is_drawn:
                self.terminal.stderr.write(_ERASE)
                self.terminal.stderr.flush()
                self._is_drawn = False

    def draw(self, frame: int) -> None:
        with self._lock:
            text = f"{_FRAMES[frame % len(_FRAMES)]} {self.sentence()}"[: self.terminal.error_width - 1]
            self.terminal.stderr.write(f"{_ERASE}{text}")
            self.terminal.stderr.flush()
            self._is_drawn = True

    def beat(self) -> None:
        waited = time.monotonic() - self._started
        self.terminal.say(f"still      {self.sentence()}, for {waited:.0f} s now")

    def sentence(self) -> str:
        if not self.all_bytes:
            return self.what
        percent = 100 * self.done_bytes // self.all_bytes
        return f"{self.what}  {size(self.done_bytes)} of {size(self.all_bytes)}  {percent} %"


@contextmanager
def progress(terminal: Terminal, what: str) -> Iterator[Progress]:
    """Show that something goes on until the block ends; the line is gone then."""
    shown = Progress(terminal, what)
    ended = threading.Event()
    thread = threading.Thread(target=_show, args=(shown, ended), daemon=True)
    terminal.live.append(shown)
    thread.start()
    try:
        yield shown
    finally:
        ended.set()
        thread.join()
        shown.erase()
        terminal.live.remove(shown)


def _show(shown: Progress, ended: threading.Event) -> None:
    if not shown.terminal.is_animated:
        while not ended.wait(_HEARTBEAT_SECONDS):
            shown.beat()
        return
    frame = 0
    if ended.wait(_FIRST_FRAME_SECONDS):
        return
    while not ended.wait(_FRAME_SECONDS):
        shown.draw(frame)
        frame += 1
