"""A bounded set of workers in numbered seats.

The same code goes to the same seat, and a spent worker is replaced in it by one that is started already.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import structlog

from annex_runner_proxy.adapters.worker_process import CallNotBegun, WorkerFacts, WorkerProcess
from annex_runner_proxy.adapters.worker_queue import FairSlots
from annex_runner_proxy.domain.errors import WorkerFault
from annex_runner_proxy.domain.placement import place
from annex_runner_proxy.domain.ports import HostCalls, Job, RawAnswer
from annex_runner_proxy.domain.restraint import Restraint
from annex_shared.ids import TenantId

# A worker runs one call at a time (ADR 10).
_CALLS_AT_ONCE: Final = 1
_RESTART_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 2.0

# It ended or was left in doubt by a call, has run enough calls, holds too much memory, or is old.
RetireReason = Literal["fault", "calls", "memory", "age"]
StartWorker = Callable[[], Awaitable[WorkerProcess]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """``spares`` are started workers beyond ``size``, so that a spent one is replaced without a wait.

    A tenant whose calls ended ``restrain_after`` workers within ``restrain_seconds`` takes a worker only
    while that leaves one to others.
    """

    size: int
    spares: int = 1
    max_waiting: int = 64
    max_wait_seconds: float = 2.0
    calls_per_worker: int = 1_000
    worker_age_seconds: float = 600.0
    worker_resident_bytes: int = 256 << 20
    restrain_after: int = 2
    restrain_seconds: float = 10.0


class PoolMeter(Protocol):
    """Hears how long calls waited for a worker, and why workers were replaced."""

    def waited(self, seconds: float) -> None: ...

    def retired(self, reason: RetireReason) -> None: ...


@dataclass(slots=True)
class _Seat:
    """A place a worker sits in; what is placed by hash is placed here, whoever the worker is."""

    worker: WorkerProcess | None = None
    calls_now: int = 0


class WorkerPool:
    """Runs jobs. Every worker it ever started is gone when it is closed."""

    def __init__(
        self, start_worker: StartWorker, policy: PoolPolicy, *, meter: PoolMeter | None = None
    ) -> None:
        self._start_worker = start_worker
        self._policy = policy
        self._meter = meter
        self._restraint = Restraint(after=policy.restrain_after, seconds=policy.restrain_seconds)
        self._slots = FairSlots(
            slots=policy.size, max_waiting=policy.max_waiting, may_run=self._leaves_enough_to_others
        )
        self._seats = {number: _Seat() for number in range(policy.size)}
        self._spares: deque[WorkerProcess] = deque()
        self._all: set[WorkerProcess] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._became_free = asyncio.Event()
        self._is_closing = False

    async def run(self, job: Job, host: HostCalls) -> RawAnswer:
        """Run a job on a worker of its own for the time of the call."""
        now = asyncio.get_running_loop().time()
        until = min(job.deadline, now + self._policy.max_wait_seconds)
        await self._slots.acquire(job.tenant_id, until=until)
        try:
            while True:
                seat, worker = await self._take(job, until=until)
                self._waited(asyncio.get_running_loop().time() - now)
                try:
                    answer = await worker.run(job, host)
                except CallNotBegun:
                    # It had died idle. Each turn uses up such a worker, and waiting for one has its limit.
                    self._give_back(seat, worker)
                except BaseException:
                    self._give_back(seat, worker, blamed=job.tenant_id)
                    raise
                else:
                    self._give_back(seat, worker, blamed=job.tenant_id)
                    return answer
        finally:
            self._slots.release()

    def calls_of(self) -> dict[int, int]:
        """Say for each worker that takes calls, by process id, how many it has run."""
        seated = [seat.worker for seat in self._seats.values() if seat.worker is not None]
        return {worker.pid: worker.calls for worker in seated}

    @property
    def waiting(self) -> int:
        return self._slots.waiting

    @property
    def busy(self) -> int:
        return sum(seat.calls_now for seat in self._seats.values())

    @property
    def alive(self) -> int:
        return sum(not worker.has_ended for worker in self._all)

    async def add_first(self) -> WorkerFacts:
        """Start one worker and return what it found out about this machine. Raises WorkerFault."""
        return (await self._add()).facts

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
        self._spares.clear()
        self._seats.clear()

    async def _take(self, job: Job, *, until: float) -> tuple[_Seat, WorkerProcess]:
        """Choose a free worker by the call's code, or by its install if the instance may be kept for it."""
        key = str(job.content_hash) if job.reuse is None else job.reuse.key
        try:
            async with asyncio.timeout_at(until):
                while True:
                    taken = self._place(key)
                    if taken is not None:
                        return taken
                    self._became_free.clear()
                    await self._became_free.wait()
        except TimeoutError:
            raise WorkerFault("No sandbox could be started in time.") from None

    def _place(self, key: str) -> tuple[_Seat, WorkerProcess] | None:
        """Take the seat for ``key``; a worker that died while it was idle is replaced on the way."""
        while True:
            loads = {number: seat.calls_now for number, seat in self._seats.items() if seat.worker}
            number = place(key, loads, at_once=_CALLS_AT_ONCE)
            if number is None:
                return None
            seat = self._seats[number]
            worker = seat.worker
            assert worker is not None  # noqa: S101 - only seats with one were offered
            if not worker.has_ended:
                seat.calls_now += 1
                return seat, worker
            self._retire(seat, worker)

    def _waited(self, seconds: float) -> None:
        if self._meter is not None:
            self._meter.waited(seconds)

    def _give_back(self, seat: _Seat, worker: WorkerProcess, *, blamed: TenantId | None = None) -> None:
        seat.calls_now -= 1
        spent_by = self._spent_by(worker)
        if spent_by == "fault" and blamed is not None:
            self._restraint.ended_a_worker(blamed, now=asyncio.get_running_loop().time())
        if spent_by is not None:
            self._retire(seat, worker, spent_by)
        self._became_free.set()

    def _leaves_enough_to_others(self, tenant_id: TenantId, running: int) -> bool:
        if not self._restraint.holds(tenant_id, now=asyncio.get_running_loop().time()):
            return True
        policy = self._policy
        return self._restraint.leaves_enough(
            running=running, alive=self.alive, size=policy.size, spares=policy.spares
        )

    def _spent_by(self, worker: WorkerProcess) -> RetireReason | None:
        """Say why a worker runs no more calls, None if it does."""
        if worker.has_ended or not worker.is_sound:
            return "fault"
        if worker.calls >= self._policy.calls_per_worker:
            return "calls"
        if worker.resident_bytes > self._policy.worker_resident_bytes:
            return "memory"
        age_seconds = asyncio.get_running_loop().time() - worker.started
        return "age" if age_seconds > self._policy.worker_age_seconds else None

    def _retire(self, seat: _Seat, worker: WorkerProcess, reason: RetireReason = "fault") -> None:
        log.info(
            "worker_retired",
            pid=worker.pid,
            reason=reason,
            calls=worker.calls,
            resident_bytes=worker.resident_bytes,
        )
        if self._meter is not None:
            self._meter.retired(reason)
        self._end(worker)
        seat.worker = self._next_spare()
        if not self._is_closing:
            self.fill()

    def _next_spare(self) -> WorkerProcess | None:
        while self._spares:
            spare = self._spares.popleft()
            if not spare.has_ended:
                return spare
            self._end(spare)
        return None

    def _end(self, worker: WorkerProcess) -> None:
        worker.kill()
        self._all.discard(worker)
        task = asyncio.create_task(_reap(worker), name=f"reap worker {worker.pid}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _keep_adding(self) -> None:
        """Start one worker; a machine that is out of processes for a while gets it later."""
        while True:
            try:
                await self._add()
            except (WorkerFault, OSError) as error:
                log.warning("worker_start_failed", error_type=type(error).__name__)
                await asyncio.sleep(_RESTART_SECONDS)
            else:
                return

    async def _add(self) -> WorkerProcess:
        """Start a worker into the first seat that has none; if all are taken it is a spare."""
        worker = await self._start_worker()
        self._all.add(worker)
        empty = next((seat for seat in self._seats.values() if seat.worker is None), None)
        if empty is None:
            self._spares.append(worker)
        else:
            empty.worker = worker
            self._became_free.set()
        self._slots.offer()
        return worker


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
