"""`python -m benchmarks.allocator`: a call in a worker with either allocator, and with a kept instance.

Real workers and the real sample component, without HTTP around them. Interleaved rounds; a ratio is taken
within a round, and the table shows the median of the rounds.
"""

import asyncio
import os
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

from benchmarks.bare_loop import CONTEXT, EXPECTED, HEADERS, URL, component_of
from benchmarks.scenarios import BUNDLE

from annex_runner_proxy.adapters.compiler import compile_component
from annex_runner_proxy.adapters.worker_process import WorkerProcess
from annex_runner_proxy.domain.execution import GuestRequest
from annex_runner_proxy.domain.limits import PlatformLimits, Reuse
from annex_runner_proxy.domain.ports import Job, ReuseTicket
from annex_shared.content_hash import ContentHash
from annex_shared.ids import TenantId

ROUNDS: Final = 15
CALLS: Final = 150
WARM_UP_CALLS: Final = 50
DATA_BYTES: Final = 6 << 30
_TENANT: Final = TenantId(UUID(CONTEXT["tenant-id"]))


@dataclass(slots=True)
class Contender:
    """One way to run the component, with a worker of its own."""

    name: str
    worker: WorkerProcess
    reuse: ReuseTicket | None = None
    rounds: list[tuple[float, float, float]] = field(default_factory=list)


class SampleHost:
    """Answers what the sample asks."""

    async def answer(self, function: str, _arguments: Any) -> Any:
        return dict(CONTEXT) if function == "context.get-context" else None

    def log(self, level: str, message: str, stream: str = "log") -> None:
        """Nothing is kept."""


async def main() -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-bench-")))
        forever = ReuseTicket("bench", Reuse(max_requests=1 << 30, max_idle_seconds=60))
        contenders = [
            Contender("on-demand", await _worker(stack, folder, "on-demand")),
            Contender("pooling", await _worker(stack, folder, "pooling")),
            Contender("on-demand, kept instance", await _worker(stack, folder, "on-demand"), forever),
        ]
        module = await _compiled(folder, contenders[0].worker.facts.fingerprint)
        job = _job(module)
        for contender in contenders:
            await _calls(contender, job, WARM_UP_CALLS)
        for _ in range(ROUNDS):
            for contender in contenders:
                contender.rounds.append(await _measured(contender, job))
    print(_table(contenders))


async def _worker(stack: AsyncExitStack, folder: Path, allocator: str) -> WorkerProcess:
    worker = await WorkerProcess.start(module_root=str(folder), data_bytes=DATA_BYTES, allocator=allocator)
    stack.push_async_callback(worker.ended)
    stack.callback(worker.kill)
    return worker


async def _compiled(folder: Path, fingerprint: str) -> str:
    source, target = folder / "main.wasm", folder / "main.cwasm"
    source.write_bytes(component_of(BUNDLE))
    reading, writing = os.open(source, os.O_RDONLY), os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        await compile_component(reading, writing, fingerprint=fingerprint, timeout_seconds=180)
    finally:
        os.close(reading)
        os.close(writing)
    return str(target)


def _job(module: str) -> Job:
    return Job(
        content_hash=ContentHash.of(b"sample"),
        module_path=module,
        tenant_id=_TENANT,
        context=CONTEXT,
        request=GuestRequest("GET", URL, tuple(HEADERS.items()), None),
        limits=PlatformLimits().narrowed(timeout_ms=30_000),
        deadline=0,
    )


async def _calls(contender: Contender, job: Job, count: int) -> list[float]:
    """Run so many calls one after the other; return how many milliseconds each took."""
    host, loop = SampleHost(), asyncio.get_running_loop()
    milliseconds = []
    for _ in range(count):
        started = time.perf_counter()
        each = replace(job, deadline=loop.time() + 30, reuse=contender.reuse)
        answer = await contender.worker.run(each, host)
        milliseconds.append((time.perf_counter() - started) * 1000)
        if answer.body is None or EXPECTED.split(b", ")[1] not in answer.body:
            raise RuntimeError(f"the handler answered {answer.body!r}")
    return milliseconds


async def _measured(contender: Contender, job: Job) -> tuple[float, float, float]:
    """Give p50 and p99 of a round, and the worker's processor time for one call, dropping it included."""
    before = _processor_ms(contender.worker.pid)
    taken = sorted(await _calls(contender, job, CALLS))
    used = _processor_ms(contender.worker.pid) - before
    return taken[CALLS // 2], taken[CALLS * 99 // 100], used / CALLS


def _processor_ms(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _table(contenders: list[Contender]) -> str:
    lines = [
        f"{ROUNDS} interleaved rounds of {CALLS} calls of {BUNDLE.name}; ratios are to on-demand",
        "",
        "| allocator | p50 ms | p99 ms | worker CPU ms | p50 ratio | CPU ratio |",
        "|---|---|---|---|---|---|",
    ]
    base = contenders[0].rounds
    for contender in contenders:
        columns = [median(values) for values in zip(*contender.rounds, strict=True)]
        ratios = [
            median(own[part] / other[part] for own, other in zip(contender.rounds, base, strict=True))
            for part in (0, 2)
        ]
        cells = " | ".join(f"{value:.2f}" for value in (*columns, *ratios))
        lines.append(f"| {contender.name} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    asyncio.run(main())
