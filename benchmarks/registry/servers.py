"""The servers of a run: started on free ports of this machine, ended with the run, their words in a file."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.registry.port import NotAvailable

from annex_standalone.servers import parent_bound

START_SECONDS = 60
STOP_SECONDS = 20
_STEP_SECONDS = 0.05
_TAIL_CHARACTERS = 400


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def started(
    argv: Sequence[str | Path],
    *,
    port: int,
    log: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Run a server until it listens on ``port``; it dies with this process. Raises NotAvailable."""
    bound = [sys.executable, parent_bound.__file__, str(os.getpid()), str(int(signal.SIGTERM))]
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *bound,
            *map(str, argv),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _listens(port):
                if process.returncode is not None:
                    raise NotAvailable(f"ended with code {process.returncode}: {_tail(log)}")
                await asyncio.sleep(_STEP_SECONDS)
    except TimeoutError:
        await stopped(process)
        raise NotAvailable(f"did not listen within {START_SECONDS} s: {_tail(log)}") from None
    return process


async def stopped(process: Process | None) -> None:
    """End a server, at the latest by killing it."""
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def ran(
    *argv: str | Path, folder: Path, seconds: float, environment: Mapping[str, str] | None = None
) -> str:
    """Run a program to its end and return what it printed. Raises NotAvailable."""
    try:
        process = await asyncio.create_subprocess_exec(
            *map(str, argv),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=STDOUT,
        )
    except FileNotFoundError:
        raise NotAvailable(f"{Path(argv[0]).name} is not installed") from None
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NotAvailable(f"{Path(argv[0]).name} took longer than {seconds:g} s") from None
    text = output.decode(errors="replace")
    if process.returncode:
        raise NotAvailable(f"{Path(argv[0]).name} ended with code {process.returncode}: {_last(text)}")
    return text


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _tail(log: Path) -> str:
    return _last(log.read_text(errors="replace"))


def _last(text: str) -> str:
    return " ".join(text.split())[-_TAIL_CHARACTERS:]
