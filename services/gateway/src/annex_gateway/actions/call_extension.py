"""The story of a call to an extension, policy by policy, from the request line to the filtered answer."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from annex_gateway.actions.authenticate import Authenticator
from annex_gateway.actions.projections import Projections
from annex_gateway.domain.access import permission_to_call
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.deadlines import GRACE_SECONDS, Deadline
from annex_gateway.domain.endpoints import guest_method, refuse_events_path
from annex_gateway.domain.errors import RateLimited
from annex_gateway.domain.guest_answers import GuestAnswer, safe_answer
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.ports import RateLimiter, Runner, RunnerRefusal
from annex_gateway.domain.rate_limits import RateLimit, RateVerdict, buckets_of
from annex_gateway.domain.request_headers import guest_headers, runner_headers
from annex_shared.contracts.execute import (
    ExecuteContext,
    ExecuteHttp,
    ExecuteLimits,
    ExecuteRequest,
    Pairs,
)


@dataclass(frozen=True, slots=True)
class ExtensionCall:
    """One request as it came in; nothing in it is trusted yet, and its body is still on the wire."""

    method: str
    extension: str
    path: SafePath
    query: Pairs
    headers: Pairs
    credentials: Credentials
    claimed_tenants: tuple[str, ...]
    idempotency_key: str | None
    request_id: str
    deadline: Deadline
    read_body: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Policies:
    """What the steps of a call are decided with."""

    authenticator: Authenticator
    projections: Projections
    rate_limiter: RateLimiter
    rate_limit: RateLimit
    runner: Runner
    max_answer_bytes: int


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended: the guest answered, or the runner said why it could not."""

    answer: GuestAnswer | RunnerRefusal
    rate: RateVerdict


async def call_extension(call: ExtensionCall, *, policies: Policies) -> CallOutcome:
    """Let a caller reach an extension, or say which step refused.

    The route and the reading of its path came before. The body is read only when every policy that can do
    without it has agreed.
    """
    refuse_events_path(call.path)
    identity = await policies.authenticator.identify(call.credentials)
    identity.require_tenant(call.claimed_tenants)
    install = await policies.projections.resolve_install(identity.tenant_id, call.extension)
    install.require_enabled()
    policies.projections.require_unblocked(install)
    endpoints = await policies.projections.endpoints(install.version_id)
    endpoints.match(call.method, call.path)
    identity.require(permission_to_call(call.method))
    rate = await draw_from_rate_limit(install, policies=policies)
    body = await call.read_body()
    answer = await forward(call, install, identity, body, policies=policies)
    return CallOutcome(answer, rate)


async def draw_from_rate_limit(install: Install, *, policies: Policies) -> RateVerdict:
    buckets = buckets_of(install.tenant_id, install.extension_id, policies.rate_limit)
    verdict = await policies.rate_limiter.take(buckets)
    if not verdict.is_allowed:
        raise RateLimited(
            f"The calls of this {verdict.bucket.policy} are used up for the moment. "
            f"Calls resume in {verdict.retry_after_seconds} s.",
            verdict=verdict,
        )
    return verdict


async def forward(
    call: ExtensionCall, install: Install, identity: Identity, body: bytes, *, policies: Policies
) -> GuestAnswer | RunnerRefusal:
    timeout_ms = call.deadline.runner_timeout_ms()
    response = await policies.runner.execute(
        execute_request(call, install, body, timeout_ms=timeout_ms),
        caller=identity.to_caller(),
        headers=runner_headers(install, idempotency_key=call.idempotency_key),
        request_id=call.request_id,
        wait_seconds=timeout_ms / 1000 + GRACE_SECONDS,
        max_answer_bytes=policies.max_answer_bytes,
    )
    if isinstance(response, RunnerRefusal):
        return response
    return safe_answer(response, max_body_bytes=policies.max_answer_bytes)


def execute_request(call: ExtensionCall, install: Install, body: bytes, *, timeout_ms: int) -> ExecuteRequest:
    """Write a call in the words of the runner; the maps repeat the lists for runners of the older dialect."""
    headers = guest_headers(call.headers, install=install, request_id=call.request_id)
    return ExecuteRequest(
        context=ExecuteContext(
            request_id=call.request_id,
            tenant_id=str(install.tenant_id),
            extension_id=str(install.extension_id),
            install_id=str(install.install_id),
            version_id=str(install.version_id),
            content_hash=install.content_hash,
        ),
        http=ExecuteHttp(
            method=guest_method(call.method),
            path=str(call.path),
            query=dict(call.query),
            query_list=call.query,
            headers=dict(headers),
            headers_list=headers,
            body_b64=base64.b64encode(body).decode() if body else None,
        ),
        limits=ExecuteLimits(timeout_ms=timeout_ms),
    )
