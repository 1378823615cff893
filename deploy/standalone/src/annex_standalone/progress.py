"""What a person sees while the platform starts: one line a stage, with the time since the start."""

import sys
import time
from typing import TextIO


class Progress:
    """Write stages to ``stream``; plain lines, so that a log of a build reads the same."""

    def __init__(self, *, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._started = time.monotonic()
        self.is_ready = False

    @property
    def elapsed_seconds(self) -> float:
        return time.monotonic() - self._started

    def done(self, stage: str, outcome: str) -> None:
        print(f"{self.elapsed_seconds:6.1f} s  {stage:<14}{outcome}", file=self._stream, flush=True)
