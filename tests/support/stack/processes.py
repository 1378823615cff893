"""Start, await and stop the processes of one server."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annex_standalone.servers.launch import Launcher

# Every process of a stack carries it, which is how a later run knows what it may end.
HOME_VARIABLE = "ANNEX_TEST_SERVER_HOME"
TOOL_SECONDS = 90
STOP_SECONDS = 20
POLL_SECONDS = 0.05
LOG_TAIL_LINES = 25
KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG", "USER", "LOGNAME")


class ServerDidNotStart(Exception):
    def __init__(self, name: str, reason: str, log: Path) -> None:
        text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        tail = "\n".join(text.splitlines()[-LOG_TAIL_LINES:])
        super().__init__(f"{name} did not start: {reason}\n{log}:\n{tail}")


@dataclass(slots=True)
class Workplace:
    """One server's directory and the processes started in it."""

    name: str
    directory: Path
    launcher: Launcher = field(default_factory=Launcher)
    environment: Mapping[str, str] = field(default_factory=dict)
    on_start: Callable[[int], None] = lambda _: None

    @property
    def log(self) -> Path:
        return self.directory / "output.log"

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        return {**kept, "LC_ALL": "C.UTF-8", HOME_VARIABLE: str(self.directory), **self.environment}

    async def spawn(self, *argv: str | Path, on_parent_death: signal.Signals = signal.SIGKILL) -> Process:
        """Start a long-running process; it leaves when the process that started it does."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self.launcher.command(argv, on_parent_death=on_parent_death),
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                cwd=self.directory,
                env=self._environment(),
                start_new_session=True,
            )
        self.on_start(process.pid)
        return process

    async def run(self, *argv: str | Path) -> None:
        """Run a short-lived tool and insist on its success."""
        with self.log.open("ab") as log:
            tool = await asyncio.create_subprocess_exec(
                *self.launcher.plain_command(argv),
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                cwd=self.directory,
                env=self._environment(),
            )
        self.on_start(tool.pid)
        try:
            async with asyncio.timeout(TOOL_SECONDS):
                code = await tool.wait()
        except TimeoutError:
            code = -1
        finally:
            await end(tool, signal.SIGKILL)
        if code != 0:
            raise ServerDidNotStart(self.name, f"{Path(argv[0]).name} ended with code {code}", self.log)

    async def ready(
        self, process: Process, check: Callable[[], Awaitable[bool]], limit_seconds: float
    ) -> None:
        """Wait until the check holds; give up when the process ends or the limit passes."""
        try:
            async with asyncio.timeout(limit_seconds):
                while not await check():
                    if process.returncode is not None:
                        raise ServerDidNotStart(
                            self.name, f"it ended with code {process.returncode}", self.log
                        )
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise ServerDidNotStart(self.name, f"not ready after {limit_seconds} s", self.log) from None


async def end(process: Process, first: signal.Signals, limit_seconds: float = STOP_SECONDS) -> bool:
    """Stop a process; tell whether it obeyed the first signal."""
    if process.returncode is None:
        process.send_signal(first)
    try:
        async with asyncio.timeout(limit_seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return True


async def end_all(processes: Sequence[Process], first: signal.Signals) -> None:
    await asyncio.gather(*(end(process, first) for process in processes))


async def answers(port: int) -> bool:
    """Tell whether something accepts connections on the port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return False
    return True
