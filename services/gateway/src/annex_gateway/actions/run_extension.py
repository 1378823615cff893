"""The policies every run passes, whoever asked for it: from the rate limit to the filtered answer."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from annex_gateway.actions.policies import Policies
from annex_gateway.actions.story import Story
from annex_gateway.domain.controls import Controls
from annex_gateway.domain.deadlines import GRACE_SECONDS, Deadline
from annex_gateway.domain.endpoints import Endpoint, guest_method
from annex_gateway.domain.errors import RateLimited
from annex_gateway.domain.guest_answers import GuestAnswer, safe_answer
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.rate_limits import RateVerdict, buckets_of
from annex_gateway.domain.request_headers import runner_headers
from annex_shared.contracts.execute import (
    ExecuteContext,
    ExecuteHttp,
    ExecuteLimits,
    ExecuteRequest,
    ExecuteResponse,
    Pairs,
)
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class Run:
    """A run that may happen: its install is active and its endpoint exists; its body may be on the wire.

    ``headers`` are those the guest sees. ``endpoint`` is None where an event is delivered.
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


@dataclass(frozen=True, slots=True)
class Answered:
    """The guest answered; ``answer`` is what of it may leave."""

    answer: GuestAnswer
    response: ExecuteResponse
    rate: RateVerdict


@dataclass(frozen=True, slots=True)
class Declined:
    """The runner said why the guest could not answer."""

    refusal: RunnerRefusal
    rate: RateVerdict


RunOutcome = Answered | Declined


async def run_extension(run: Run, *, policies: Policies, story: Story) -> RunOutcome:
    """Let a run reach the guest. The body is read only when all policies that can do without it agreed."""
    with story.at(Policy.RATE):
        rate = await draw_from_rate_limit(run, policies=policies)
    with story.at(Policy.BODY):
        body = await run.read_body()
    with story.at(Policy.FORWARD):
        response = await forward(run, body, policies=policies)
    if isinstance(response, RunnerRefusal):
        return Declined(response, rate)
    with story.at(Policy.ANSWER):
        answer = safe_answer(response, max_body_bytes=run.max_answer_bytes)
    return Answered(answer, response, rate)


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


async def forward(run: Run, body: bytes, *, policies: Policies) -> ExecuteResponse | RunnerRefusal:
    timeout_ms = run.deadline.runner_timeout_ms()
    return await policies.runner.execute(
        execute_request(run, body, timeout_ms=timeout_ms),
        caller=run.caller,
        headers=runner_headers(run.install, idempotency_key=run.idempotency_key),
        request_id=run.request_id,
        wait_seconds=timeout_ms / 1000 + GRACE_SECONDS,
        max_answer_bytes=run.max_answer_bytes,
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
        limits=ExecuteLimits(timeout_ms=timeout_ms),
    )
