"""A bounded set of workers: prefers one that has the module mapped, replaces every one that is spent."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import structlog

from annex_runner_proxy.adapters.worker_process import WorkerFacts, WorkerProcess
from annex_runner_proxy.adapters.worker_queue import FairSlots
from annex_runner_proxy.domain.errors import WorkerFault
from annex_runner_proxy.domain.ports import HostCalls, Job, RawAnswer

_REMEMBERED_MODULES: Final = 8
_RESTART_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 2.0

# It went by itself, was left in doubt by a call, has run enough calls, or is old.
RetireReason = Literal["ended", "unsound", "calls", "age"]
StartWorker = Callable[[], Awaitable[WorkerProcess]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """``spares`` are started workers beyond ``size``, so that a spent one is replaced without a wait."""

    size: int
    spares: int = 1
    max_waiting: int = 64
    max_wait_seconds: float = 2.0
    calls_per_worker: int = 1_000
    worker_age_seconds: float = 600.0


class PoolMeter(Protocol):
    """Hears how long calls waited for a worker, and why workers were replaced."""

    def waited(self, seconds: float) -> None: ...

    def retired(self, reason: RetireReason) -> None: ...


@dataclass(eq=False, slots=True)
class _Member:
    """A worker and the modules it has mapped, newest last."""

    worker: WorkerProcess
    modules: "OrderedDict[str, None]"

    def remember(self, module_path: str) -> None:
        self.modules.pop(module_path, None)
        self.modules[module_path] = None
        while len(self.modules) > _REMEMBERED_MODULES:
            self.modules.popitem(last=False)


class WorkerPool:
    """Runs jobs. Every worker it ever started is gone when it is closed."""

    def __init__(
        self, start_worker: StartWorker, policy: PoolPolicy, *, meter: PoolMeter | None = None
    ) -> None:
        self._start_worker = start_worker
        self._policy = policy
        self._meter = meter
        self._slots = FairSlots(slots=policy.size, max_waiting=policy.max_waiting)
        self._idle: list[_Member] = []
        self._all: set[WorkerProcess] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._became_idle = asyncio.Event()
        self._is_closing = False

    async def run(self, job: Job, host: HostCalls) -> RawAnswer:
        """Run a job on a worker of its own for the time of the call."""
        now = asyncio.get_running_loop().time()
        until = min(job.deadline, now + self._policy.max_wait_seconds)
        await self._slots.acquire(job.tenant_id, until=until)
        try:
            member = await self._take(job, until=until)
            if self._meter is not None:
                self._meter.waited(asyncio.get_running_loop().time() - now)
            try:
                member.remember(job.module_path)
                return await member.worker.run(job, host)
            finally:
                self._give_back(member)
        finally:
            self._slots.release()

    @property
    def alive(self) -> int:
        return sum(not worker.has_ended for worker in self._all)

    @property
    def busy(self) -> int:
        return len(self._all) - len(self._idle)

    @property
    def waiting(self) -> int:
        return self._slots.waiting

    async def add_first(self) -> WorkerFacts:
        """Start one worker and return what it found out about this machine. Raises WorkerFault."""
        await self._add()
        return self._idle[0].worker.facts

    def fill(self) -> None:
        """Start what is missing, in the background."""
        missing = self._policy.size + self._policy.spares - len(self._all) - len(self._starting)
        for _ in range(max(0, missing)):
            task = asyncio.create_task(self._keep_adding(), name="start worker")
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def close(self) -> None:
        """End every worker and wait until the system has forgotten them."""
        self._is_closing = True
        for task in self._starting:
            task.cancel()
        if self._starting:
            await asyncio.wait(self._starting)
        for worker in self._all:
            worker.kill()
        async with asyncio.timeout(_STOP_SECONDS):
            await asyncio.gather(*self._ending, *(worker.ended() for worker in self._all))
        self._all.clear()
        self._idle.clear()

    async def _take(self, job: Job, *, until: float) -> _Member:
        """Choose an idle worker: one that has the module mapped, else the one that holds least."""
        try:
            async with asyncio.timeout_at(until):
                while True:
                    while not self._idle:
                        self._became_idle.clear()
                        await self._became_idle.wait()
                    chosen = max(
                        self._idle,
                        key=lambda member: (job.module_path in member.modules, -len(member.modules)),
                    )
                    self._idle.remove(chosen)
                    if not chosen.worker.has_ended:
                        return chosen
                    self._retire(chosen.worker, "ended")
        except TimeoutError:
            raise WorkerFault("No sandbox could be started in time.") from None

    def _give_back(self, member: _Member) -> None:
        worker = member.worker
        age_seconds = asyncio.get_running_loop().time() - worker.started
        reason = self._reason_to_retire(worker, age_seconds)
        if reason is None:
            self._idle.append(member)
            self._became_idle.set()
        else:
            self._retire(worker, reason)

    def _reason_to_retire(self, worker: WorkerProcess, age_seconds: float) -> RetireReason | None:
        if worker.has_ended:
            return "ended"
        if not worker.is_sound:
            return "unsound"
        if worker.calls >= self._policy.calls_per_worker:
            return "calls"
        return "age" if age_seconds > self._policy.worker_age_seconds else None

    def _retire(self, worker: WorkerProcess, reason: RetireReason) -> None:
        log.info("worker_retired", pid=worker.pid, calls=worker.calls, reason=reason)
        if self._meter is not None:
            self._meter.retired(reason)
        worker.kill()
        self._all.discard(worker)
        task = asyncio.create_task(_reap(worker), name=f"reap worker {worker.pid}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        if not self._is_closing:
            self.fill()

    async def _keep_adding(self) -> None:
        """Start one worker; a machine that is out of processes for a while gets it later."""
        while True:
            try:
                return await self._add()
            except (WorkerFault, OSError) as error:
                log.warning("worker_start_failed", error_type=type(error).__name__)
                await asyncio.sleep(_RESTART_SECONDS)

    async def _add(self) -> None:
        worker = await self._start_worker()
        self._all.add(worker)
        self._idle.append(_Member(worker, OrderedDict()))
        self._became_idle.set()


async def _reap(worker: WorkerProcess) -> None:
    await worker.ended()


@asynccontextmanager
async def worker_pool(
    start_worker: StartWorker, policy: PoolPolicy, *, meter: PoolMeter | None = None
) -> AsyncIterator[WorkerPool]:
    """Open a pool with no worker yet; every worker it starts is gone when the block ends."""
    pool = WorkerPool(start_worker, policy, meter=meter)
    try:
        yield pool
    finally:
        await pool.close()
