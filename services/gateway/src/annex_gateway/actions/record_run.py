"""The record of a run: begun with its first policy, written before anybody gets its answer."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from annex_gateway.actions.story import Story
from annex_gateway.actions.write_executions import ExecutionWriter, facts_of
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import ExecutionNotRecorded
from annex_gateway.domain.executions import (
    CANCELLED,
    Draft,
    Ending,
    Execution,
    Status,
    Trigger,
    failed,
    is_counted,
)
from annex_gateway.domain.installs import Install
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.refusal_budget import RefusalBudget
from annex_shared.clock import Clock, NewId
from annex_shared.errors import AnnexError, code_of
from annex_shared.observability.trace_context import current_traceparent

# What these refuse comes in floods, and is counted by metrics instead.
_UNRECORDED = frozenset({Policy.RATE, Policy.QUOTA, Policy.ADMISSION, Policy.RECORD})
# A run that takes longer is recorded as begun: one sees it run, and that it ran if nobody sees its end.
_LONG_RUN_SECONDS = 0.5
_LONGEST_ENDPOINT = 256
_LONGEST_METHOD = 20
_INTERNAL, _FAULT = "INTERNAL", 500

Outcome = TypeVar("Outcome")
# The HTTP status a refusal is answered with; only the edge knows it.
StatusOf = Callable[[AnnexError], int | None]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Recorder:
    """Turns the drafts of runs into records."""

    writer: ExecutionWriter
    clock: Clock
    new_id: NewId
    monotonic: Monotonic
    status_of: StatusOf
    refusals: RefusalBudget

    def draft(self, trigger: Trigger, *, method: str, request_id: str) -> Draft:
        traceparent = current_traceparent()
        return Draft(
            trigger=trigger,
            method=method[:_LONGEST_METHOD],
            request_id=request_id,
            trace_id=None if traceparent is None else traceparent.split("-")[1],
            execution_id=self.new_id(),
            started_at=self.clock.now(),
            began=self.monotonic(),
        )

    def begin(self, draft: Draft) -> None:
        """Note that the extension runs from here on, if that can be recorded. Raises ExecutionLogUnavailable.

        Once for a run, also where the runner is asked again.
        """
        if draft.is_forwarded:
            return
        self.writer.reserve()
        draft.is_forwarded = True
        draft.held.append(
            asyncio.get_running_loop().call_later(_LONG_RUN_SECONDS, self._mention_begin, draft).cancel
        )

    async def recorded(self, story: Story, running: Coroutine[Any, Any, Outcome]) -> Outcome:
        """Wait for a run and write its record before handing out what came of it.

        Raises what the run raises, or ExecutionNotRecorded: it ran, and its record is late.
        """
        try:
            outcome = await running
            await self._keep(story, story.draft.ending or Ending(Status.OK))
        except AnnexError as error:
            if not isinstance(error, ExecutionNotRecorded):
                await self._refused(story, error)
            raise
        except asyncio.CancelledError:
            self._left(story.draft)
            raise
        except Exception:
            await self._keep(story, Ending(Status.ERROR, _INTERNAL, _FAULT))
            raise
        else:
            return outcome
        finally:
            for give_back in story.draft.held:
                give_back()

    async def _refused(self, story: Story, error: AnnexError) -> None:
        draft, policy, code = story.draft, story.policy, code_of(type(error))
        if draft.is_forwarded:
            ending = failed(policy, code)
            await self._keep(story, Ending(ending.status, code, self.status_of(error)))
        elif draft.install is not None and policy not in _UNRECORDED:
            self._note_refusal(
                draft, draft.install, Ending(Status.POLICY_DENIED, code, self.status_of(error), policy.value)
            )

    def _note_refusal(self, draft: Draft, install: Install, ending: Ending) -> None:
        """Record a refusal that cost nothing; nobody waits for that, and a flood of them is cut."""
        if self.refusals.take(install.tenant_id, at=self.monotonic()):
            self.writer.mention(self._execution(draft, install, ending))
        else:
            self.writer.skip("refusals_cut")

    async def _keep(self, story: Story, ending: Ending) -> None:
        draft = story.draft
        if draft.install is None or draft.is_kept:
            return
        with story.at(Policy.RECORD):
            if not draft.is_forwarded:
                # Answered without asking the runner, as a repeated request is.
                self.writer.reserve()
            draft.is_kept = True
            execution = self._execution(draft, draft.install, ending)
            if not await self.writer.keep(execution):
                log.error("execution_record_late", **facts_of(execution))
                raise _not_recorded(execution)

    def _left(self, draft: Draft) -> None:
        """Record what a caller left behind without waiting; it may have acted."""
        if draft.install is None or draft.is_kept or not draft.is_forwarded:
            return
        draft.is_kept = True
        self.writer.hand_over(self._execution(draft, draft.install, Ending(Status.ERROR, CANCELLED)))

    def _mention_begin(self, draft: Draft) -> None:
        if draft.install is not None and not draft.is_kept:
            self.writer.mention(self._execution(draft, draft.install, Ending(Status.STARTED)))

    def _execution(self, draft: Draft, install: Install, ending: Ending) -> Execution:
        is_finished = ending.status is not Status.STARTED
        now = self.clock.now()
        return Execution(
            tenant_id=install.tenant_id,
            execution_id=draft.execution_id,
            started_at=draft.started_at or now,
            extension_id=install.extension_id,
            install_id=install.install_id,
            version_id=install.version_id,
            content_hash=install.content_hash,
            request_id=draft.request_id,
            trace_id=draft.trace_id,
            trigger=draft.trigger,
            principal_id=draft.principal_id,
            method=draft.method,
            endpoint=None if draft.endpoint is None else draft.endpoint[:_LONGEST_ENDPOINT],
            status=ending.status,
            finished_at=now if is_finished else None,
            policy=ending.policy,
            code=ending.code,
            http_status=ending.http_status,
            duration_ms=round((self.monotonic() - draft.began) * 1000, 3) if is_finished else None,
            cost=draft.cost,
            limit=draft.limit if is_finished else None,
            is_counted=is_counted(draft, ending),
            schedule_id=draft.schedule_id,
            event_id=draft.event_id,
            attempt=draft.attempt,
        )


def _not_recorded(execution: Execution) -> ExecutionNotRecorded:
    effects = 0 if execution.cost is None else execution.cost.effects
    if not execution.is_counted:
        did = "The extension may have run."
    elif effects:
        did = f"The extension ran and changed something outside itself ({effects} times)."
    else:
        did = "The extension ran; as far as is known it changed nothing outside itself."
    return ExecutionNotRecorded(
        f"{did} Its answer is withheld: the record of it could not be written in time. The fault is ours.",
        details={
            "execution_id": str(execution.execution_id),
            "outcome": execution.status.value,
            "http_status": execution.http_status,
            "effects": effects,
        },
    )
