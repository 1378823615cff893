"""The policies every run passes, whoever asked for it: from the rate limit to the filtered answer."""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from annex_gateway.actions.attempt_run import Attempted, attempt_run
from annex_gateway.actions.policies import Policies
from annex_gateway.actions.story import Story
from annex_gateway.domain.admission import Priority
from annex_gateway.domain.controls import Controls
from annex_gateway.domain.deadlines import GRACE_SECONDS, Deadline
from annex_gateway.domain.endpoints import Endpoint, guest_method
from annex_gateway.domain.errors import RateLimited
from annex_gateway.domain.executions import Draft, answered, declined
from annex_gateway.domain.guest_answers import GuestAnswer, safe_answer
from annex_gateway.domain.idempotency import (
    SAFE_METHODS,
    Claim,
    KeptAnswer,
    Promise,
    Settlement,
    settle_answer,
    settle_refusal,
)
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.rate_limits import RateVerdict, buckets_of
from annex_gateway.domain.request_headers import runner_headers
from annex_gateway.domain.users import User
from annex_shared.contracts.execute import (
    ExecuteContext,
    ExecuteHttp,
    ExecuteLimits,
    ExecuteRequest,
    ExecuteResponse,
    Pairs,
)
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# By then the runner has given up too, and what it did is known to nobody.
_LOCK_BEYOND_DEADLINE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Run:
    """A run that may happen: its install is active and its endpoint exists; its body may be on the wire.

    ``headers`` are those the guest sees. ``endpoint`` is None where an event is delivered, ``user`` where no
    person acts.
    """

    trigger: Literal["http", "schedule", "event"]
    install: Install
    controls: Controls
    endpoint: Endpoint | None
    caller: Caller
    method: str
    path: SafePath
    query: Pairs
    headers: Pairs
    idempotency_key: str | None
    request_id: str
    deadline: Deadline
    max_answer_bytes: int
    read_body: Callable[[], Awaitable[bytes]]
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The guest answered; ``answer`` is what of it may leave."""

    answer: GuestAnswer
    response: ExecuteResponse
    rate: RateVerdict
    execution_id: UUID
    waited_seconds: float = 0.0
    # Whether the caller may see where the time went.
    is_timed: bool = False
    # An earlier request's answer, kept under the idempotency key; nothing was run for this one.
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """The runner said why the guest could not answer."""

    refusal: RunnerRefusal
    rate: RateVerdict
    execution_id: UUID
    is_replay: bool = False


RunOutcome = Answered | Declined


async def run_extension(run: Run, *, policies: Policies, story: Story) -> RunOutcome:
    """Let a run reach the guest. The body is read only when all policies that can do without it agreed.

    A key is claimed behind the body, which is part of what the key stands for; a place at the runner is
    taken behind that, so that a kept answer takes none.
    """
    with story.at(Policy.RATE):
        rate = await draw_from_rate_limit(run, policies=policies)
    with story.at(Policy.QUOTA):
        await policies.quotas.admit(run.install, run.controls.quotas, story.draft)
    with story.at(Policy.ADMISSION):
        policies.attempting.circuits.require_closed(run.install.content_hash)
        policies.entrance.require_room(run.install.tenant_id, Priority.of(run.trigger))
    with story.at(Policy.BODY):
        body = await run.read_body()
    if run.idempotency_key is None:
        return await reach_guest(run, body, rate, policies=policies, story=story)
    claim = claim_of(run, run.idempotency_key, body)
    # It goes on where its caller leaves, and takes the record along.
    told = story.taken_over()
    return await policies.once.to_the_end(
        lambda: policies.recorder.recorded(
            told, run_once(run, body, rate, claim, policies=policies, story=told)
        )
    )


async def run_once(
    run: Run, body: bytes, rate: RateVerdict, claim: Claim, *, policies: Policies, story: Story
) -> RunOutcome:
    """Reach the guest unless a request with this key already did."""
    with story.at(Policy.IDEMPOTENCY):
        claimed = await policies.once.claim(claim)
    if isinstance(claimed, KeptAnswer):
        return replayed(claimed, rate, story.draft)
    return await policies.once.settled(
        claimed,
        lambda: reach_guest(run, body, rate, policies=policies, story=story),
        verdict=lambda outcome: verdict_of(outcome, claim.promise),
    )


async def reach_guest(
    run: Run, body: bytes, rate: RateVerdict, *, policies: Policies, story: Story
) -> RunOutcome:
    """Wait for a place at the runner, have the run executed, filter what the guest answered."""
    with story.at(Policy.ADMISSION):
        place = await policies.entrance.enter(
            run.install.tenant_id, Priority.of(run.trigger), deadline=run.deadline
        )
    try:
        with story.at(Policy.RECORD):
            policies.recorder.begin(story.draft)
        with story.at(Policy.FORWARD):
            attempted = await forward(run, body, policies=policies)
            place.is_overload = attempted.is_overload
            response = attempted.result()
    finally:
        place.leave()
    story.draft.heard(response)
    if isinstance(response, RunnerRefusal):
        document = response.document
        story.draft.ending = declined(document.code, document.status)
        return Declined(response, rate, story.draft.execution_id)
    with story.at(Policy.ANSWER):
        answer = safe_answer(response, max_body_bytes=run.max_answer_bytes)
    story.draft.ending = answered(answer.status)
    is_timed = Permission.EXTENSION_DEBUG in run.caller.permissions
    return Answered(answer, response, rate, story.draft.execution_id, place.waited_seconds, is_timed)


def claim_of(run: Run, key: str, body: bytes) -> Claim:
    """Bind a key to this very request. What nobody called for is run until it succeeds."""
    where = str(run.path) if run.endpoint is None else run.endpoint.path
    query = json.dumps(run.query).encode()
    return Claim.of(
        key,
        install=run.install,
        endpoint=f"{run.trigger} {guest_method(run.method)} {where}",
        request=(run.method.encode(), str(run.path).encode(), query, body, run.caller.principal.encode()),
        promise=Promise.AT_MOST_ONCE if run.trigger == "http" else Promise.UNTIL_SUCCESS,
        lock_seconds=run.deadline.remaining_seconds() + _LOCK_BEYOND_DEADLINE_SECONDS,
    )


def verdict_of(outcome: RunOutcome, promise: Promise) -> tuple[Settlement, KeptAnswer]:
    """Say what a repeat of a finished run is to get."""
    if isinstance(outcome, Declined):
        return settle_refusal(promise, outcome.refusal), KeptAnswer.of_refusal(outcome.refusal)
    answer, response = outcome.answer, outcome.response
    settlement = settle_answer(promise, status=answer.status, effects=response.effects)
    return settlement, KeptAnswer.of_answer(answer, response)


def replayed(kept: KeptAnswer, rate: RateVerdict, draft: Draft) -> RunOutcome:
    """Give a kept answer again; it cost nothing this time, so it comes without a usage."""
    body = kept.body or b""
    if kept.is_problem:
        document = ProblemDocument.model_validate_json(body)
        draft.ending = declined(document.code, document.status)
        return Declined(RunnerRefusal(document, None), rate, draft.execution_id, is_replay=True)
    response = ExecuteResponse(status=kept.status, execution_id=kept.execution_id, effects=kept.effects)
    draft.ending = answered(kept.status)
    answer = GuestAnswer(kept.status, kept.headers, body)
    return Answered(answer, response, rate, draft.execution_id, is_replay=True)


async def draw_from_rate_limit(run: Run, *, policies: Policies) -> RateVerdict:
    install = run.install
    # What a schedule or an event starts has no user.
    principal = run.caller.principal if run.trigger == "http" else None
    buckets = buckets_of(
        install.tenant_id, install.install_id, install.extension_id, principal, run.controls.rates
    )
    verdict = await policies.rate_limiter.take(buckets)
    if not verdict.is_allowed:
        raise RateLimited(
            f"The calls of this {verdict.bucket.policy} are used up for the moment. "
            f"Calls resume in {verdict.retry_after_seconds} s.",
            verdict=verdict,
        )
    return verdict


async def forward(run: Run, body: bytes, *, policies: Policies) -> Attempted:
    """Have a run executed, and again where that repeats nothing. Raises CircuitOpen."""

    async def execute() -> ExecuteResponse | RunnerRefusal:
        left_ms = run.deadline.runner_timeout_ms()
        timeout_ms = min(left_ms, run.controls.limits.get("timeout_ms", left_ms))
        return await policies.runner.execute(
            execute_request(run, body, timeout_ms=timeout_ms),
            caller=run.caller,
            headers=runner_headers(run.install, idempotency_key=run.idempotency_key),
            request_id=run.request_id,
            wait_seconds=timeout_ms / 1000 + GRACE_SECONDS,
            max_answer_bytes=run.max_answer_bytes,
        )

    return await attempt_run(
        execute,
        version=run.install.content_hash,
        is_safe=run.trigger == "http" and run.method in SAFE_METHODS,
        deadline=run.deadline,
        attempting=policies.attempting,
    )


def execute_request(run: Run, body: bytes, *, timeout_ms: int) -> ExecuteRequest:
    """Write a run in the words of the runner; the maps repeat the lists for runners of the older dialect."""
    install = run.install
    return ExecuteRequest(
        context=ExecuteContext(
            request_id=run.request_id,
            tenant_id=str(install.tenant_id),
            extension_id=str(install.extension_id),
            install_id=str(install.install_id),
            version_id=str(install.version_id),
            content_hash=install.content_hash,
            trigger=run.trigger,
        ),
        http=ExecuteHttp(
            method=guest_method(run.method),
            path=str(run.path),
            query=dict(run.query),
            query_list=run.query,
            headers=dict(run.headers),
            headers_list=run.headers,
            body_b64=base64.b64encode(body).decode() if body else None,
        ),
        limits=ExecuteLimits.model_validate({**run.controls.limits, "timeout_ms": timeout_ms}),
        egress_hosts=None if run.controls.egress_hosts is None else list(run.controls.egress_hosts),
        user=None if run.user is None else run.user.to_execute(),
    )
