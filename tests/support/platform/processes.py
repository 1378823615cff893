"""One service as a process: started, waited for, read, stopped, and looked after until it is gone."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from support.stack.processes import Workplace, end

# A folder with what `deploy/images/install.py` made of each service, to run the services from.
IMAGES = "ANNEX_TEST_IMAGES"
READY_SECONDS = 60
STOP_SECONDS = 30
COMMAND_SECONDS = 60
GONE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """A service that is up; its log is JSON, one event a line."""

    name: str
    url: str
    process: Process
    place: Workplace

    @classmethod
    async def start(
        cls, name: str, url: str, *, directory: Path, environment: Mapping[str, str]
    ) -> "ServiceProcess":
        """Start `serve`. It ends with this process, even when nobody is left to stop it."""
        place = Workplace(name, directory, environment=environment)
        process = await place.spawn(interpreter(name), "-m", _module(name), "serve")
        return cls(name, url, process, place)

    async def started_again(self) -> "ServiceProcess":
        """Start it anew, with the same settings, at the same address, adding to the same log."""
        process = await self.place.spawn(interpreter(self.name), "-m", _module(self.name), "serve")
        return ServiceProcess(self.name, self.url, process, self.place)

    async def wait_until_ready(self) -> None:
        """Return once /readyz says so. Raises ServerDidNotStart, with the end of the log."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            await self.place.ready(self.process, partial(_is_ready, session, self.url), READY_SECONDS)

    def log(self) -> Iterator[dict[str, Any]]:
        """Yield the events logged so far; what is no JSON was not written by our logger."""
        for line in self.place.log.read_text(encoding="utf-8").splitlines():
            yield json.loads(line) if line.startswith("{") else {"event": line, "level": "unstructured"}

    async def kill(self) -> None:
        """End the service as a machine that fails does."""
        await end(self.process, signal.SIGKILL)

    async def stop(self) -> list[str]:
        """Ask the service to stop; return what was wrong with how it did."""
        family = [self.process.pid, *descendants(self.process.pid)]
        obeyed = await end(self.process, signal.SIGTERM, STOP_SECONDS)
        faults = [] if obeyed else [f"{self.name} did not stop within {STOP_SECONDS} s"]
        if self.process.returncode != 0:
            faults.append(f"{self.name} ended with code {self.process.returncode}")
        survivors = await _survivors(family)
        return [*faults, *(f"process {pid} of {self.name} outlived it" for pid in survivors)]


async def run_command(name: str, *arguments: str, environment: Mapping[str, str]) -> str:
    """Run a service's other commands, such as migrate, and return what they print; they must succeed."""
    process = await asyncio.create_subprocess_exec(
        interpreter(name),
        "-m",
        _module(name),
        *arguments,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            output, errors = await process.communicate()
    finally:
        await end(process, signal.SIGKILL)
    if process.returncode != 0:
        raise AssertionError(
            f"{name} {arguments[0]} ended with code {process.returncode}: {errors.decode()}{output.decode()}"
        )
    return output.decode()


def interpreter(name: str) -> str:
    """Return the Python that runs a service: the tests' own, or that of what an image of it would hold."""
    images = os.environ.get(IMAGES)
    return str(Path(images) / name / "bin" / "python") if images else sys.executable


def descendants(pid: int) -> list[int]:
    """Find the children of a process and theirs, as far as they live."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        parent = _parent(int(entry.name))
        if parent is not None:
            parents.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


async def _survivors(family: list[int]) -> list[int]:
    """Wait a little for processes to be gone; what was orphaned is ended by the kernel, not at once."""
    alive = family
    for _ in range(GONE_SECONDS * 20):
        alive = [pid for pid in alive if _parent(pid) is not None]
        if not alive:
            break
        await asyncio.sleep(0.05)
    return alive


def _parent(pid: int) -> int | None:
    """Return the parent of a living process; None for one that ended."""
    try:
        state, parent = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(parent)


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _module(name: str) -> str:
    return f"annex_{name.replace('-', '_')}"
