"""The story of a call to an extension, policy by policy; `run_extension` tells its second half."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from annex_gateway.actions.policies import Policies
from annex_gateway.actions.run_extension import Run, RunOutcome, run_extension
from annex_gateway.actions.story import Story
from annex_gateway.actions.switches import require_switched_on
from annex_gateway.domain.access import require_may_call
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.controls import Controls
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.endpoints import Endpoint, refuse_events_path
from annex_gateway.domain.idempotency import idempotency_key
from annex_gateway.domain.installs import Install
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.request_headers import guest_headers
from annex_shared.contracts.execute import Pairs


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
    request_id: str
    deadline: Deadline
    read_body: Callable[[], Awaitable[bytes]]


async def call_extension(call: ExtensionCall, *, policies: Policies) -> RunOutcome:
    """Let a caller reach an extension, or say which policy refused. The reading of its path came before."""
    draft = policies.recorder.draft("http", method=call.method, request_id=call.request_id)
    story = Story(policies.metrics, draft)
    return await policies.recorder.recorded(story, _told(call, story, policies=policies))


async def _told(call: ExtensionCall, story: Story, *, policies: Policies) -> RunOutcome:
    with story.at(Policy.ROUTE):
        refuse_events_path(call.path)
    with story.at(Policy.AUTHENTICATION):
        identity = await policies.authenticator.identify(call.credentials, takes_ui_tokens=True)
    with story.at(Policy.TENANT):
        identity.require_tenant(call.claimed_tenants)
    with story.at(Policy.INSTALL):
        policies.projections.freshness.require()
        install = await policies.projections.resolve_install(identity.tenant_id, call.extension)
        story.draft.found(install, principal_id=str(identity.principal_id))
        identity.require_install(install)
        install.require_enabled()
    with story.at(Policy.SWITCHES):
        policies.projections.require_unblocked(install)
        controls = policies.controls.of(install)
        require_switched_on(controls)
    with story.at(Policy.ENDPOINT):
        endpoints = await policies.projections.endpoints(install.version_id)
        endpoint = endpoints.match(call.method, call.path)
        story.draft.endpoint = endpoint.path
    with story.at(Policy.PERMISSION):
        is_for_clients = policies.projections.versions.is_for_clients(install.version_id)
        require_may_call(identity, call.method, is_for_clients=is_for_clients)
    with story.at(Policy.IDEMPOTENCY):
        key = idempotency_key(call.method, call.headers)
    run = run_of_call(call, install, controls, endpoint, identity, key, policies=policies)
    return await run_extension(run, policies=policies, story=story)


def run_of_call(
    call: ExtensionCall,
    install: Install,
    controls: Controls,
    endpoint: Endpoint,
    identity: Identity,
    key: str | None,
    *,
    policies: Policies,
) -> Run:
    return Run(
        trigger="http",
        install=install,
        controls=controls,
        endpoint=endpoint,
        caller=identity.to_caller(),
        method=call.method,
        path=call.path,
        query=call.query,
        headers=guest_headers(call.headers, install=install, request_id=call.request_id),
        idempotency_key=key,
        request_id=call.request_id,
        deadline=call.deadline,
        max_answer_bytes=policies.max_answer_bytes,
        read_body=call.read_body,
        user=identity.user,
    )
