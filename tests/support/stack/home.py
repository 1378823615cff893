"""The private directory of one run: locked while it lives, swept of what a crashed run left."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.stack.processes import HOME_VARIABLE

REPOSITORY = Path(__file__).resolve().parents[3]
SLOTS = 64
SWEEP_SECONDS = 10


class NoFreeSlot(Exception):
    pass


def root(environ: Mapping[str, str]) -> Path:
    """Choose where servers keep their data."""
    return Path(environ.get("ANNEX_TEST_HOME") or REPOSITORY / ".annex-test").resolve()


@dataclass(slots=True)
class Slot:
    """One locked directory; every process started in it is written down before anything waits for it."""

    directory: Path
    _pids: list[int] = field(default_factory=list)

    @property
    def pid_file(self) -> Path:
        return self.directory / "pids.json"

    def record(self, pid: int) -> None:
        self._pids.append(pid)
        fresh = self.pid_file.with_suffix(".new")
        fresh.write_text(json.dumps(self._pids), encoding="utf-8")
        fresh.replace(self.pid_file)

    def sweep(self) -> list[int]:
        """End the recorded processes of a run that could not; a pid that is somebody else's now is left."""
        if not self.pid_file.is_file():
            return []
        recorded: list[int] = json.loads(self.pid_file.read_text(encoding="utf-8"))
        stale = [pid for pid in recorded if belongs_to(pid, self.directory)]
        for pid in stale:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + SWEEP_SECONDS
        while time.monotonic() < deadline and any(belongs_to(pid, self.directory) for pid in stale):
            time.sleep(0.05)
        self.pid_file.unlink()
        return stale

    def place(self, name: str, *, keep: bool = False) -> Path:
        """Return one server's directory, emptied unless its starter knows how to use it again."""
        directory = self.directory / name
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        return directory


def belongs_to(pid: int, directory: Path) -> bool:
    """Tell whether a live process was started in the directory; a pid alone proves nothing."""
    process, wanted = Path("/proc") / str(pid), str(directory)
    with contextlib.suppress(OSError):
        if (process / "cwd").readlink().is_relative_to(directory):
            return True
    with contextlib.suppress(OSError):
        words = (process / "cmdline").read_bytes().split(b"\0")
        if any(os.fsdecode(word).startswith(f"{wanted}/") for word in words):
            return True
    with contextlib.suppress(OSError):
        variables = (process / "environ").read_bytes().split(b"\0")
        return any(os.fsdecode(line).startswith(f"{HOME_VARIABLE}={wanted}/") for line in variables)
    return False


@contextmanager
def claimed_slot(home: Path) -> Iterator[Slot]:
    """Lock the first free slot, so that runs beside each other never share a directory."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(SLOTS):
        directory = home / f"slot-{number}"
        directory.mkdir(mode=0o700, exist_ok=True)
        with (directory / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            slot = Slot(directory)
            slot.sweep()
            yield slot
            return
    raise NoFreeSlot(f"All {SLOTS} slots in {home} are in use.")
