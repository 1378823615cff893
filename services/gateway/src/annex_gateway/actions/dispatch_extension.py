"""The story of a run that nobody asked for: a schedule or an event, through the same policies as a call."""

import base64

from annex_gateway.actions.call_extension import Policies, draw_from_rate_limit
from annex_gateway.domain.deadlines import GRACE_SECONDS, Deadline
from annex_gateway.domain.errors import CallerRefused, PathRefused
from annex_gateway.domain.guest_answers import safe_answer
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.request_headers import guest_headers, runner_headers
from annex_shared.contracts.dispatch import (
    EVENT_ID_HEADER,
    EVENTS_PATH,
    MAX_DISPATCH_ANSWER_BYTES,
    SCHEDULE_ID_HEADER,
    TRIGGER_HEADER,
    DispatchAnswer,
    DispatchRequest,
)
from annex_shared.contracts.execute import ExecuteContext, ExecuteHttp, ExecuteLimits, ExecuteRequest, Pairs
from annex_shared.ids import TenantId
from annex_shared.service_tokens import Caller

# The only arrow that leads here (architecture, section 2).
_CALLERS = frozenset({"runner-proxy"})


async def dispatch_extension(
    dispatch: DispatchRequest,
    *,
    caller: Caller,
    request_id: str,
    deadline: Deadline,
    policies: Policies,
) -> DispatchAnswer | RunnerRefusal:
    """Run an extension for a schedule or an event, or say which policy refused.

    What is left out against a call is what needs a person: authentication and permissions.
    """
    require_runner_proxy(caller)
    install = await policies.projections.resolve_install(
        TenantId(dispatch.tenant_id), str(dispatch.install_id)
    )
    install.require_enabled()
    policies.projections.require_unblocked(install)
    path = SafePath.parse(dispatch.path)
    await _require_entry(dispatch, install, path, policies=policies)
    await draw_from_rate_limit(install, policies=policies)
    timeout_ms = deadline.runner_timeout_ms()
    response = await policies.runner.execute(
        _execute_request(dispatch, install, path, request_id=request_id, timeout_ms=timeout_ms),
        caller=Caller(principal=caller.principal, tenant_id=install.tenant_id),
        headers=runner_headers(install, idempotency_key=dispatch.idempotency_key),
        request_id=request_id,
        wait_seconds=timeout_ms / 1000 + GRACE_SECONDS,
        max_answer_bytes=min(MAX_DISPATCH_ANSWER_BYTES, policies.max_answer_bytes),
    )
    if isinstance(response, RunnerRefusal):
        return response
    answer = safe_answer(response, max_body_bytes=MAX_DISPATCH_ANSWER_BYTES)
    return DispatchAnswer(
        status=answer.status,
        headers=answer.headers,
        body_b64=base64.b64encode(answer.body).decode() if answer.body else None,
        execution_id=response.execution_id,
        usage=response.usage,
        effects=response.effects,
    )


def require_runner_proxy(caller: Caller) -> None:
    if caller.issuer not in _CALLERS:
        raise CallerRefused("Only the runner-proxy dispatches schedules and events.")


async def _require_entry(
    dispatch: DispatchRequest, install: Install, path: SafePath, *, policies: Policies
) -> None:
    """Insist on an endpoint of the manifest for a schedule; an event goes where no caller gets."""
    if dispatch.trigger == "event":
        if not str(path).startswith(EVENTS_PATH):
            raise PathRefused(f"An event is delivered below {EVENTS_PATH}.")
        return
    endpoints = await policies.projections.endpoints(install.version_id)
    endpoints.match(dispatch.method, path)


def _execute_request(
    dispatch: DispatchRequest, install: Install, path: SafePath, *, request_id: str, timeout_ms: int
) -> ExecuteRequest:
    headers = [
        *guest_headers(dispatch.headers, install=install, request_id=request_id),
        ("idempotency-key", dispatch.idempotency_key),
        *_trigger_headers(dispatch),
    ]
    return ExecuteRequest(
        context=ExecuteContext(
            request_id=request_id,
            tenant_id=str(install.tenant_id),
            extension_id=str(install.extension_id),
            install_id=str(install.install_id),
            version_id=str(install.version_id),
            content_hash=install.content_hash,
            trigger=dispatch.trigger,
        ),
        http=ExecuteHttp(
            method=dispatch.method,
            path=str(path),
            headers=dict(headers),
            headers_list=headers,
            body_b64=dispatch.body_b64,
        ),
        limits=ExecuteLimits(timeout_ms=timeout_ms),
    )


def _trigger_headers(dispatch: DispatchRequest) -> Pairs:
    named = (
        (TRIGGER_HEADER, dispatch.trigger),
        (SCHEDULE_ID_HEADER, dispatch.schedule_id),
        (EVENT_ID_HEADER, dispatch.event_id),
    )
    return [(name, value) for name, value in named if value is not None]
