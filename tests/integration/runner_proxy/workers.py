"""Real workers and compiled guests, without the service around them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from annex_runner_proxy.adapters.compiler import compile_component
from annex_runner_proxy.adapters.worker_pool import PoolPolicy, WorkerPool, worker_pool
from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.execution import GuestRequest
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.domain.ports import Job
from annex_runner_proxy.sandbox.messages import CodeKind
from annex_shared.content_hash import ContentHash
from integration.runner_proxy.platform import TENANT
from support.guests import guest_wasm

DATA_BYTES = 6 << 30
CONTEXT = {
    "request-id": "req_1",
    "tenant-id": str(TENANT),
    "extension-id": "extension-1",
    "install-id": "install-1",
    "version-id": None,
}


@dataclass(slots=True)
class Host:
    """Answers host calls from a dictionary; ``gate`` holds every answer back."""

    answers: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def answer(self, function: str, _arguments: Sequence[Any]) -> Any:
        self.asked.append(function)
        if self.gate is not None:
            await self.gate.wait()
        return self.answers[function]

    def log(self, level: str, message: str, stream: str = "log") -> None:
        self.lines.append((level, message))
        self.streams.append(stream)

    def written_to(self, stream: str) -> list[str]:
        return [line for (_, line), name in zip(self.lines, self.streams, strict=True) if name == stream]


@dataclass(slots=True)
class Meter:
    """Remembers why workers were replaced."""

    reasons: list[str] = field(default_factory=list)

    def waited(self, seconds: float) -> None: ...

    def retired(self, reason: str) -> None:
        self.reasons.append(reason)


async def start_worker(folder: Path, allocator: str = "on-demand") -> WorkerProcess:
    return await WorkerProcess.start(module_root=str(folder), data_bytes=DATA_BYTES, allocator=allocator)


@asynccontextmanager
async def a_worker(folder: Path, allocator: str = "on-demand") -> AsyncIterator[WorkerProcess]:
    worker = await start_worker(folder, allocator)
    try:
        yield worker
    finally:
        worker.kill()
        await worker.ended()


@asynccontextmanager
async def a_pool(folder: Path, *, meter: Meter | None = None, **policy: Any) -> AsyncIterator[WorkerPool]:
    async with worker_pool(partial(start_worker, folder), PoolPolicy(**policy), meter=meter) as pool:
        await pool.add_first()
        pool.fill()
        yield pool


async def compiled(
    guest: str,
    folder: Path,
    fingerprint: str,
    kind: CodeKind = CodeKind.PLAIN,
    *,
    wasm: bytes | None = None,
) -> str:
    """Compile a guest with the real compiler, once per folder and kind; ``wasm`` is one not in text."""
    target = folder / f"{guest}.{kind}.cwasm"
    if not target.exists():
        source = folder / f"{guest}.wasm"
        source.write_bytes(guest_wasm(guest) if wasm is None else wasm)
        reading, writing = os.open(source, os.O_RDONLY), os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            await compile_component(reading, writing, fingerprint=fingerprint, timeout_seconds=60, kind=kind)
        finally:
            os.close(reading)
            os.close(writing)
    return str(target)


def a_job(
    module_path: str,
    *,
    seconds: float = 10,
    memory_mb: int = 64,
    url: str = "/",
    body: bytes | None = None,
    cpu_ms: int | None = None,
    fuel: int | None = None,
    **changes: Any,
) -> Job:
    limits = PlatformLimits().narrowed(
        timeout_ms=round(seconds * 1000), memory_mb=memory_mb, cpu_ms=cpu_ms, fuel=fuel
    )
    fields: dict[str, Any] = {
        "content_hash": ContentHash.of(module_path.encode()),
        "module_path": module_path,
        "tenant_id": TENANT,
        "context": CONTEXT,
        "request": GuestRequest("GET", url, (), body),
        "limits": limits,
        "deadline": asyncio.get_running_loop().time() + seconds,
    }
    return Job(**{**fields, **changes})


def children_of(pid: int) -> set[int]:
    """Ask the kernel for the child processes of ``pid``, of all its threads."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        # A thread that ended since the listing has handed its children on, and its file is gone.
        with suppress(FileNotFoundError, ProcessLookupError):
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def descriptors_of(pid: int) -> list[str]:
    """Name what the descriptors of a process point to."""
    return [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition: Callable[[], object], *, seconds: float = 30) -> None:
    """Wait for something that announces itself to nobody: a process, a file."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
