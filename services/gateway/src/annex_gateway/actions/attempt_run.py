"""Have one run executed: an attempt, and where it is safe and worth it another one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from annex_gateway.domain.circuits import Circuits
from annex_gateway.domain.deadlines import Deadline, Monotonic
from annex_gateway.domain.errors import CircuitOpen
from annex_gateway.domain.ports import RunMetrics, RunnerRefusal
from annex_gateway.domain.retries import Retries, has_platform_failed, is_overload, is_repeatable
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.execute import ExecuteResponse
from annex_shared.errors import AnnexError, code_of

Outcome = ExecuteResponse | RunnerRefusal
ANSWERED = "ANSWERED"


@dataclass(frozen=True, slots=True)
class Attempting:
    """What attempts are judged with. ``pause`` is ``asyncio.sleep`` outside tests."""

    circuits: Circuits
    retries: Retries
    metrics: RunMetrics
    monotonic: Monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Attempted:
    """How the last attempt ended."""

    outcome: Outcome | AnnexError
    attempts: int

    @property
    def is_overload(self) -> bool:
        return is_overload(self.outcome)

    def result(self) -> Outcome:
        """Return what the runner said, or raise what kept it from saying anything."""
        if isinstance(self.outcome, AnnexError):
            raise self.outcome
        return self.outcome


async def attempt_run(
    execute: Callable[[], Awaitable[Outcome]],
    *,
    version: ContentHash,
    is_safe: bool,
    deadline: Deadline,
    attempting: Attempting,
) -> Attempted:
    """Ask the runner, and again where nothing is repeated by it. Raises CircuitOpen before the first attempt.

    Each attempt reads the time that is left anew, and the runner gives each an execution id of its own.
    """
    made, last = 0, None
    while True:
        try:
            outcome = await _attempt(execute, version, made=made + 1, attempting=attempting)
        except CircuitOpen:
            if last is None:
                raise
            # It opened while this call paused; what was learned before is the better answer.
            return Attempted(last, made)
        made, last = made + 1, outcome
        if not is_repeatable(outcome, is_safe=is_safe):
            return Attempted(outcome, made)
        wait = attempting.retries.wait_before_next(
            made=made,
            asked_seconds=outcome.retry_after_seconds if isinstance(outcome, RunnerRefusal) else None,
            remaining_seconds=deadline.remaining_seconds(),
            now=attempting.monotonic(),
        )
        if wait is None:
            return Attempted(outcome, made)
        await attempting.pause(wait)


async def _attempt(
    execute: Callable[[], Awaitable[Outcome]], version: ContentHash, *, made: int, attempting: Attempting
) -> Outcome | AnnexError:
    outcome: Outcome | AnnexError
    with attempting.circuits.attempt(version) as judged:
        began = attempting.monotonic()
        try:
            outcome = await execute()
        except AnnexError as error:
            outcome = error
        judged.has_failed = has_platform_failed(outcome)
        now = attempting.monotonic()
        if isinstance(outcome, ExecuteResponse):
            attempting.retries.succeeded(seconds=now - began, now=now)
    attempting.metrics.attempted(made=made, outcome=_name_of(outcome), seconds=now - began)
    return outcome


def _name_of(outcome: Outcome | AnnexError) -> str:
    match outcome:
        case ExecuteResponse():
            return ANSWERED
        case RunnerRefusal(document=document):
            return document.code
        case _:
            return code_of(type(outcome))
