"""The processes of a run: each obeys one line at a time, so that nothing but the order at hand is running."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

from annex_standalone.servers import parent_bound

ROOT = Path(__file__).resolve().parent.parent
SIGTERM = 15
LINE_SECONDS = 120
STOP_SECONDS = 30


class ProgramFailed(Exception):
    """A process of the run ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process that answers each line of its input with one line of JSON."""

    name: str
    process: subprocess.Popen[str]

    def tell(self, line: str) -> None:
        """Give one order; its answer is read by ``read``."""
        assert self.process.stdin is not None  # noqa: S101 - it was asked for
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self, *, seconds: float = LINE_SECONDS) -> dict[str, Any]:
        """Read the next answer; the process is ended when it takes too long. Raises ProgramFailed."""
        assert self.process.stdout is not None  # noqa: S101 - it was asked for
        with _limited(seconds, self.process.kill):
            line = self.process.stdout.readline()
        if not line:
            raise ProgramFailed(
                f"{self.name} ended or took longer than {seconds:g} s; what it said is above."
            )
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def program(
    name: str, *arguments: str, environment: dict[str, str] | None = None, executable: str = sys.executable
) -> Iterator[Program]:
    """Run `python ARGUMENTS`, or another program, for the length of the block; it dies with this process."""
    bound = [parent_bound.__file__, str(os.getpid()), str(SIGTERM), executable]
    process = subprocess.Popen(
        [sys.executable, *bound, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Program(name, process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


@contextmanager
def _limited(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    timer = Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
