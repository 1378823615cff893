"""A private server as a child process: started, awaited, stopped, each within a limit."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from annex_standalone.servers.errors import ServerDidNotStart
from annex_standalone.servers.launch import Launcher

LOG_LIMIT_BYTES = 5_000_000
LOG_TAIL_BYTES = 2_000
POLL_SECONDS = 0.03
# All a server learns from us: settings and secrets in our own environment are none of its business.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class StopPlan:
    """The signals that end a server, each with the seconds it is given; SIGKILL follows the last."""

    steps: tuple[tuple[signal.Signals, float], ...]

    @property
    def on_parent_death(self) -> signal.Signals:
        """Name the signal for a parent that can no longer say goodbye."""
        return self.steps[0][0]


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """What to run and where its words go."""

    name: str
    argv: Sequence[str | Path]
    log: Path
    directory: Path
    lock_descriptor: int
    stop_plan: StopPlan


class ServerProcess:
    """A running server and the part of its log that this run wrote."""

    def __init__(self, program: ServerProgram, process: Process, log_offset: int) -> None:
        self._program = program
        self._process = process
        self._log_offset = log_offset

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ended(self) -> int:
        """Wait until the server ends, for whatever reason, and return its code."""
        return await self._process.wait()

    async def ready(self, check: Callable[[], Awaitable[bool]], *, limit_seconds: float) -> None:
        """Wait until the server answers; say why when it ends first or never does."""
        try:
            async with asyncio.timeout(limit_seconds):
                while not await check():
                    if self._process.returncode is not None:
                        raise self._did_not_start(f"it ended with code {self._process.returncode}")
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise self._did_not_start(f"it did not answer within {limit_seconds:.0f} seconds") from None

    async def stop(self) -> None:
        """Ask, then insist."""
        for number, seconds in self._program.stop_plan.steps:
            if self._process.returncode is not None:
                return
            self._process.send_signal(number)
            try:
                async with asyncio.timeout(seconds):
                    await self._process.wait()
            except TimeoutError:
                continue
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _did_not_start(self, reason: str) -> ServerDidNotStart:
        tail = log_tail(self._program.log, self._log_offset)
        return ServerDidNotStart(self._program.name, reason, log_tail=tail)


@asynccontextmanager
async def running(program: ServerProgram, launcher: Launcher) -> AsyncIterator[ServerProcess]:
    """Keep the server running for the length of the block."""
    log_offset = rotate_log(program.log)
    with program.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *launcher.command(program.argv, on_parent_death=program.stop_plan.on_parent_death),
            stdin=DEVNULL,
            stdout=log,
            stderr=STDOUT,
            cwd=program.directory,
            env=ENVIRONMENT,
            pass_fds=[program.lock_descriptor],
            # Ctrl-C at the terminal is for the platform, which then stops its servers in order.
            start_new_session=True,
        )
    server = ServerProcess(program, process, log_offset)
    try:
        yield server
    finally:
        await server.stop()


def rotate_log(log: Path) -> int:
    """Move a full log aside and return where this run's part begins."""
    size = log.stat().st_size if log.is_file() else 0
    if size <= LOG_LIMIT_BYTES:
        return size
    log.replace(log.with_name(f"{log.name}.1"))
    return 0


def log_tail(log: Path, offset: int) -> str:
    """Read the end of what was written since the offset."""
    with log.open("rb") as file:
        start = max(offset, file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES)
        file.seek(start)
        return file.read(LOG_TAIL_BYTES).decode("utf-8", errors="replace").strip()
