"""The embedded platform as a process of its own: start it, hear that it is ready, stop it, find leftovers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 60
FREE_PORTS = dict.fromkeys(
    ("ANNEX_GATEWAY_PORT", "ANNEX_REGISTRY_PORT", "ANNEX_RUNNER_PROXY_PORT", "ANNEX_UI_HOST_PORT"), "0"
)


class PlatformDidNotStart(Exception):
    pass


@dataclass(frozen=True)
class Running:
    """A platform that is up, and what it said about itself."""

    home: Path
    ready: dict[str, Any]
    dev: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.dev["api_key"]}


def start(home: Path, **more: str) -> subprocess.Popen[str]:
    """Start it on free ports; its session is its own, so that everything it starts can be found."""
    return subprocess.Popen(
        [sys.executable, "-m", "annex_standalone", "run"],
        cwd=ROOT,
        env={**os.environ, **FREE_PORTS, "ANNEX_HOME": str(home), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def await_ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Read the one line that it prints when it can be used. Raises PlatformDidNotStart."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        _, errors = process.communicate(timeout=STOP_SECONDS)
        raise PlatformDidNotStart(f"it ended with {process.returncode} before it was ready:\n{errors}")
    facts: dict[str, Any] = json.loads(line)
    return facts


def stop(process: subprocess.Popen[str], name: signal.Signals = signal.SIGINT) -> str:
    """Interrupt the platform as Ctrl-C does; return what it said on the way."""
    process.send_signal(name)
    _, errors = process.communicate(timeout=STOP_SECONDS)
    return errors


@contextmanager
def running_platform(home: Path, **more: str) -> Iterator[Running]:
    """Run the platform inside the block, and insist that it leaves nothing behind."""
    process = start(home, **more)
    try:
        ready = await_ready(process)
        yield Running(home, ready, json.loads((home / "dev.json").read_text()))
        errors = stop(process)
        assert process.returncode == 0, errors
        assert processes_of(process.pid) == []
        assert processes_naming(home) == []
    finally:
        process.kill()


def processes_of(session: int) -> list[str]:
    """Find the living processes of one session: the platform's private servers and workers start there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[3]) == session:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, IndexError):
            continue
    return found


def processes_naming(home: Path) -> list[str]:
    """Find the processes that have the directory in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(home) in command and int(entry.name) != os.getpid():
                found.append(command)
        except OSError:
            continue
    return found
