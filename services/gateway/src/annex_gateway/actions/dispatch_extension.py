"""The story of a run that nobody asked for: a schedule or an event, through the same policies as a call."""

import base64

from annex_gateway.actions.policies import Policies
from annex_gateway.actions.run_extension import Declined, Run, RunOutcome, run_extension
from annex_gateway.actions.story import Story
from annex_gateway.actions.switches import require_switched_on
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.endpoints import Endpoint
from annex_gateway.domain.errors import CallerRefused, PathRefused
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.request_headers import guest_headers
from annex_shared.contracts.dispatch import (
    EVENT_ID_HEADER,
    EVENTS_PATH,
    MAX_DISPATCH_ANSWER_BYTES,
    SCHEDULE_ID_HEADER,
    TRIGGER_HEADER,
    DispatchAnswer,
    DispatchRequest,
)
from annex_shared.contracts.execute import Pairs
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
    draft = policies.recorder.draft(dispatch.trigger, method=dispatch.method, request_id=request_id)
    draft.schedule_id, draft.event_id = dispatch.schedule_id, dispatch.event_id
    draft.attempt = dispatch.attempt
    story = Story(policies.metrics, draft)
    told = _told(dispatch, story, caller=caller, request_id=request_id, deadline=deadline, policies=policies)
    return _answer(await policies.recorder.recorded(story, told))


async def _told(
    dispatch: DispatchRequest,
    story: Story,
    *,
    caller: Caller,
    request_id: str,
    deadline: Deadline,
    policies: Policies,
) -> RunOutcome:
    with story.at(Policy.AUTHENTICATION):
        require_runner_proxy(caller)
    with story.at(Policy.INSTALL):
        policies.projections.freshness.require()
        install = await policies.projections.resolve_install(
            TenantId(dispatch.tenant_id), str(dispatch.install_id)
        )
        story.draft.found(install, principal_id=caller.principal)
        install.require_enabled()
    with story.at(Policy.SWITCHES):
        policies.projections.require_unblocked(install)
        controls = policies.controls.of(install)
        require_switched_on(controls)
    with story.at(Policy.ENDPOINT):
        path = SafePath.parse(dispatch.path)
        endpoint = await _entry(dispatch, install, path, policies=policies)
        story.draft.endpoint = str(path) if endpoint is None else endpoint.path
    run = Run(
        trigger=dispatch.trigger,
        install=install,
        controls=controls,
        endpoint=endpoint,
        caller=Caller(principal=caller.principal, tenant_id=install.tenant_id),
        method=dispatch.method,
        path=path,
        query=[],
        headers=_headers(dispatch, install, request_id=request_id),
        idempotency_key=dispatch.idempotency_key,
        request_id=request_id,
        deadline=deadline,
        max_answer_bytes=min(MAX_DISPATCH_ANSWER_BYTES, policies.max_answer_bytes),
        read_body=lambda: _decoded(dispatch.body_b64),
    )
    return await run_extension(run, policies=policies, story=story)


def require_runner_proxy(caller: Caller) -> None:
    if caller.issuer not in _CALLERS:
        raise CallerRefused("Only the runner-proxy dispatches schedules and events.")


async def _entry(
    dispatch: DispatchRequest, install: Install, path: SafePath, *, policies: Policies
) -> Endpoint | None:
    """Insist on an endpoint of the manifest for a schedule; an event goes where no caller gets."""
    if dispatch.trigger == "event":
        if not str(path).startswith(EVENTS_PATH):
            raise PathRefused(f"An event is delivered below {EVENTS_PATH}.")
        return None
    endpoints = await policies.projections.endpoints(install.version_id)
    return endpoints.match(dispatch.method, path)


async def _decoded(body_b64: str | None) -> bytes:
    return base64.b64decode(body_b64 or "")


def _headers(dispatch: DispatchRequest, install: Install, *, request_id: str) -> Pairs:
    named = (
        (TRIGGER_HEADER, dispatch.trigger),
        (SCHEDULE_ID_HEADER, dispatch.schedule_id),
        (EVENT_ID_HEADER, dispatch.event_id),
    )
    return [
        *guest_headers(dispatch.headers, install=install, request_id=request_id),
        ("idempotency-key", dispatch.idempotency_key),
        *((name, value) for name, value in named if value is not None),
    ]


def _answer(outcome: RunOutcome) -> DispatchAnswer | RunnerRefusal:
    if isinstance(outcome, Declined):
        return outcome.refusal
    answer, response = outcome.answer, outcome.response
    return DispatchAnswer(
        status=answer.status,
        headers=answer.headers,
        body_b64=base64.b64encode(answer.body).decode() if answer.body else None,
        execution_id=response.execution_id,
        usage=response.usage,
        effects=response.effects,
    )
