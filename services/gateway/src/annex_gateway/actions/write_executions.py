"""Group commit: records of calls that end at the same time are written by one statement.

There is one writer. While it waits for a commit, what ends meanwhile gathers; the next commit takes all of
that. So a lone call waits for its own commit and nothing else, and under load a commit is shared by many.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import ExecutionLogUnavailable
from annex_gateway.domain.executions import Execution, ExecutionLogAway, ExecutionRefused
from annex_gateway.domain.usage import DayOfUse, Ledger
from annex_shared.cancellation import end_tasks

_MOST_IN_A_COMMIT = 1_000
_FIRST_RETRY_SECONDS = 0.1
_LONGEST_RETRY_SECONDS = 1.0
# A commit that takes longer counts as an outage: what runs now could not be recorded in time.
_STALLED_SECONDS = 2.0

log = structlog.get_logger()

Written = Callable[[Sequence[Execution], Iterable[DayOfUse]], None]


class WriterMetrics(Protocol):
    """Counts what the writer does."""

    def committed(self, executions: Sequence[Execution], *, seconds: float) -> None: ...

    def failed(self) -> None: ...

    def not_recorded(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class WriterLimits:
    """How many executions may be unwritten at once, and how long one waits for its commit.

    ``drain_seconds`` is what a stopping gateway still gets for writing what is left.
    """

    pending: int = 10_000
    wait_seconds: float = 5.0
    drain_seconds: float = 5.0


class ExecutionWriter:
    """Writes executions in the order in which they end; ``running`` starts it."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        limits: WriterLimits,
        metrics: WriterMetrics,
        monotonic: Monotonic,
        written: Written,
    ) -> None:
        self._ledger = ledger
        self._limits = limits
        self._metrics = metrics
        self._monotonic = monotonic
        self._written = written
        # Of an execution that began and ended before a commit, only the end is written.
        self._pending: dict[UUID, Execution] = {}
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._reserved = 0
        self._wake = asyncio.Event()
        self._is_closing = False
        self._is_failing = False
        self._writing_since: float | None = None

    @property
    def is_available(self) -> bool:
        if self._is_failing or self._is_closing:
            return False
        since = self._writing_since
        return since is None or self._monotonic() - since < _STALLED_SECONDS

    @property
    def pending(self) -> int:
        return len(self._pending)

    def reserve(self) -> None:
        """Make sure that an execution which begins now can be recorded. Raises ExecutionLogUnavailable."""
        if not self.is_available or self._reserved >= self._limits.pending:
            raise ExecutionLogUnavailable(
                "Executions cannot be recorded right now, and nothing runs without a record; the fault is "
                "ours. The extension was not run. Try again soon.",
                retry_after_seconds=1,
            )
        self._reserved += 1

    def hand_over(self, execution: Execution) -> "asyncio.Future[None]":
        """Take the end of an execution that was reserved for; done when it is durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[execution.execution_id] = future
        self._put(execution)
        return future

    async def keep(self, execution: Execution) -> bool:
        """Hand over and wait until the record is durable; False when it is late or cannot be kept."""
        future = self.hand_over(execution)
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                await future
        except (TimeoutError, ExecutionRefused):
            self._metrics.not_recorded("late")
            return False
        return True

    def mention(self, execution: Execution) -> None:
        """Take what nobody waits for: the begin of a long run, or a refusal. Lost when there is no room."""
        if self._is_failing or self._is_closing or len(self._pending) >= self._limits.pending:
            self._metrics.not_recorded("no_room")
            return
        self._put(execution)

    def skip(self, reason: str) -> None:
        """Count what is not recorded on purpose."""
        self._metrics.not_recorded(reason)

    def _put(self, execution: Execution) -> None:
        self._pending[execution.execution_id] = execution
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write during the block; at its end what is left is written, for a few seconds at most."""
        async with asyncio.TaskGroup() as tasks:
            loop = tasks.create_task(self._write_for_ever())
            try:
                yield
            finally:
                self._is_closing = True
                self._wake.set()
                await asyncio.wait([loop], timeout=self._limits.drain_seconds)
                # What it was writing is pending again once it ended.
                await end_tasks(loop)
                for execution in self._pending.values():
                    log.error("execution_not_recorded", **facts_of(execution))

    async def _write_for_ever(self) -> None:
        retry = _FIRST_RETRY_SECONDS
        while self._pending or not self._is_closing:
            try:
                if self._pending:
                    await self._write_next()
                elif self._is_failing:
                    await self._ledger.ping()
            except ExecutionLogAway:
                self._fail()
                await asyncio.sleep(retry)
                retry = min(retry * 2, _LONGEST_RETRY_SECONDS)
                continue
            self._recover()
            retry = _FIRST_RETRY_SECONDS
            if not self._pending and not self._is_closing:
                self._wake.clear()
                await self._wake.wait()

    async def _write_next(self) -> None:
        batch = self._take()
        try:
            await self._commit(list(batch.values()))
        except ExecutionRefused:
            await self._write_one_by_one(deque(batch.values()))
        except BaseException:
            self._pending = batch | self._pending
            raise

    def _take(self) -> dict[UUID, Execution]:
        if len(self._pending) <= _MOST_IN_A_COMMIT:
            batch, self._pending = self._pending, {}
            return batch
        names = [name for name, _ in zip(self._pending, range(_MOST_IN_A_COMMIT), strict=False)]
        return {name: self._pending.pop(name) for name in names}

    async def _write_one_by_one(self, left: deque[Execution]) -> None:
        """Find the record that cannot be kept, so that it does not take the others along."""
        while left:
            execution = left[0]
            try:
                await self._commit([execution])
            except ExecutionRefused as error:
                log.exception("execution_refused", **facts_of(execution))
                self._settle(execution, error)
            except BaseException:
                self._pending = {one.execution_id: one for one in left} | self._pending
                raise
            left.popleft()

    async def _commit(self, executions: list[Execution]) -> None:
        began = self._writing_since = self._monotonic()
        try:
            grown = await self._ledger.add(executions)
        finally:
            self._writing_since = None
        self._metrics.committed(executions, seconds=self._monotonic() - began)
        self._written(executions, grown)
        for execution in executions:
            self._settle(execution)

    def _settle(self, execution: Execution, error: ExecutionRefused | None = None) -> None:
        if not execution.is_finished:
            return
        future = self._waiting.pop(execution.execution_id, None)
        if future is None:
            return
        self._reserved -= 1
        # Who waited may have given up.
        with suppress(asyncio.InvalidStateError):
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
                # Seen, even if nobody waits any more.
                future.exception()

    def _fail(self) -> None:
        self._metrics.failed()
        if not self._is_failing:
            log.error("execution_log_away", pending=len(self._pending))
        self._is_failing = True

    def _recover(self) -> None:
        if self._is_failing:
            log.info("execution_log_back")
        self._is_failing = False


def facts_of(execution: Execution) -> dict[str, str | int | None]:
    """Return what a log line says of an execution whose record is late or lost."""
    return {
        "execution_id": str(execution.execution_id),
        "tenant_id": str(execution.tenant_id),
        "extension_id": str(execution.extension_id),
        "status": execution.status.value,
        "code": execution.code,
        "effects": 0 if execution.cost is None else execution.cost.effects,
    }
