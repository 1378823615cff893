"""Equal idempotency keys are one run: claim the key, run, note the end before the answer leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import structlog

from annex_gateway.domain.errors import IdempotencyUnavailable
from annex_gateway.domain.idempotency import (
    Claim,
    IdempotencyRecords,
    KeptAnswer,
    Promise,
    Settlement,
    settle_error,
)
from annex_gateway.domain.ports import RunMetrics
from annex_shared.clock import NewId
from annex_shared.errors import AnnexError

Outcome = TypeVar("Outcome")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A key that is ours to run."""

    claim: Claim
    attempt: UUID


@dataclass(slots=True)
class Once:
    """Keys under way in this process."""

    records: IdempotencyRecords
    new_id: NewId
    metrics: RunMetrics
    max_answer_bytes: int
    _running: set[asyncio.Future[Any]] = field(default_factory=set)

    async def claim(self, claim: Claim) -> Claimed | KeptAnswer:
        """Take a key, or return what its run answered. Raises Idempotency…, IdempotentAnswerNotKept."""
        attempt = self.new_id()
        record = await self.records.claim(claim, attempt=attempt)
        if record.attempt == attempt:
            return Claimed(claim, attempt)
        answer = record.answer_for(claim)
        self.metrics.replayed()
        return answer

    async def to_the_end(self, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Run on where the caller leaves: who repeats the request gets its answer."""
        task = asyncio.ensure_future(run())
        self._running.add(task)
        task.add_done_callback(self._end)
        return await asyncio.shield(task)

    async def settled(
        self,
        claimed: Claimed,
        run: Callable[[], Awaitable[Outcome]],
        *,
        verdict: Callable[[Outcome], tuple[Settlement, KeptAnswer]],
    ) -> Outcome:
        """Run, and note how it ended before anybody is told."""
        try:
            outcome = await run()
        except AnnexError as error:
            await self._settle(claimed, settle_error(error), None)
            raise
        await self._settle(claimed, *verdict(outcome))
        return outcome

    async def close(self) -> None:
        """End what still runs; its keys stay locked, and then their outcome is unknown."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, task: asyncio.Future[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # The caller may have left; the outcome counts as seen all the same.
            task.exception()

    async def _settle(self, claimed: Claimed, settlement: Settlement, answer: KeptAnswer | None) -> None:
        """Note the end. Where that fails the answer leaves all the same: what was done was done.

        The key then stays locked, so that a repeat is told that the outcome is unknown.
        """
        claim, attempt = claimed.claim, claimed.attempt
        try:
            if settlement is Settlement.KEEP and answer is not None:
                await self.records.keep(claim, self._bounded(answer), attempt=attempt)
            elif settlement is Settlement.FORGET:
                await self.records.forget(claim, attempt=attempt)
            elif claim.promise is Promise.AT_MOST_ONCE:
                await self.records.lose(claim, attempt=attempt)
        except IdempotencyUnavailable:
            self.metrics.unsettled()
            log.warning("idempotency_not_settled", settlement=settlement.value)

    def _bounded(self, answer: KeptAnswer) -> KeptAnswer:
        size = len(answer.body or b"")
        return answer if size <= self.max_answer_bytes else answer.without_body()
