"""A recorder and quotas over a ledger in memory, for tests of what is around them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.keep_quotas import QuotaKeeper
from annex_gateway.actions.record_run import Recorder
from annex_gateway.actions.write_executions import ExecutionWriter, WriterLimits
from annex_gateway.api.problems import PROBLEMS
from annex_gateway.domain.controls import Quota
from annex_gateway.domain.executions import Execution
from annex_gateway.domain.refusal_budget import RefusalBudget
from annex_shared.errors import AnnexError
from annex_shared.http.problems import problem_of
from unit.gateway.builders import uuid
from unit.gateway.fakes import StoppedClock, StoppedMonotonic
from unit.gateway.memory_ledger import MemoryLedger


@dataclass
class CountedRecords:
    """Remembers what was counted."""

    sizes: list[int] = field(default_factory=list)
    failures: int = 0
    missing: list[str] = field(default_factory=list)
    exceeded_quotas: list[Quota] = field(default_factory=list)

    def committed(self, executions: Sequence[Execution], *, seconds: float) -> None:
        assert seconds >= 0
        self.sizes.append(len(executions))

    def failed(self) -> None:
        self.failures += 1

    def not_recorded(self, reason: str) -> None:
        self.missing.append(reason)

    def exceeded(self, quota: Quota) -> None:
        self.exceeded_quotas.append(quota)


@dataclass
class Records:
    """Everything of records but what is recorded."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    clock: StoppedClock = field(default_factory=StoppedClock)
    monotonic: StoppedMonotonic = field(default_factory=StoppedMonotonic)
    metrics: CountedRecords = field(default_factory=CountedRecords)
    limits: WriterLimits = field(default_factory=lambda: WriterLimits(pending=100, wait_seconds=0.05))
    refusals: RefusalBudget = field(default_factory=RefusalBudget)
    ids: int = 0x1000
    writer: ExecutionWriter = field(init=False)
    quotas: QuotaKeeper = field(init=False)

    def __post_init__(self) -> None:
        self.quotas = QuotaKeeper(
            self.ledger,
            clock=self.clock,
            monotonic=self.monotonic,
            metrics=self.metrics,
            opening=AskOnce(keep_seconds=0, monotonic=self.monotonic),
        )
        self.writer = ExecutionWriter(
            self.ledger,
            limits=self.limits,
            metrics=self.metrics,
            monotonic=self.monotonic,
            written=self.quotas.written,
        )

    def recorder(self) -> Recorder:
        return Recorder(
            self.writer, self.clock, self._new_id, self.monotonic, status_of, refusals=self.refusals
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Records"]:
        async with self.writer.running():
            yield self

    def rows(self) -> list[Execution]:
        return [*self.ledger.held.values()]

    def _new_id(self) -> UUID:
        self.ids += 1
        return uuid(self.ids)


def status_of(error: AnnexError) -> int | None:
    problem = problem_of(error, PROBLEMS)
    return None if problem is None else int(problem.status)


Spoil = Callable[[Records], None]
