"""`/api/ext/{extension}/{path}`: any method, from any caller with a key, to an extension's endpoint."""

from aiohttp import hdrs, web
from multidict import CIMultiDict

from annex_gateway.actions.call_extension import ExtensionCall, call_extension
from annex_gateway.actions.run_extension import Answered, Declined, RunOutcome
from annex_gateway.api.dependencies import DEPENDENCIES, Dependencies
from annex_gateway.api.edge import (
    body_of,
    claimed_tenants_of,
    credentials_of,
    headers_of,
    query_of,
    request_id_of,
    split_call_path,
    wait_with_continue,
)
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import ExtensionsDisabled
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER, PROBLEM_JSON
from annex_shared.http.request_id import PROBLEM_CODE

# Where the record of this very call is: GET /api/v1/executions/{execution_id}.
EXECUTION_ID_HEADER = "x-annex-execution-id"
_DEADLINE_HEADER = "x-deadline-ms"
_TIMING_HEADER = "server-timing"
_REPLAYED_HEADER = ("idempotency-replayed", "true")


def extension_routes() -> list[web.RouteDef]:
    return [
        web.route(
            hdrs.METH_ANY,
            f"/api/{word}/{{extension}}{{path:(/.*)?}}",
            call,
            expect_handler=wait_with_continue,
        )
        for word in ("ext", "ext-proxy")
    ]


async def call(request: web.Request) -> web.StreamResponse:
    dependencies = request.app[DEPENDENCIES]
    began = dependencies.monotonic()
    if not dependencies.are_extensions_enabled:
        raise ExtensionsDisabled("Extensions are switched off in this deployment.")
    outcome = await call_extension(extension_call(request, dependencies), policies=dependencies.policies)
    response = present(request, outcome)
    if isinstance(outcome, Answered) and outcome.is_timed:
        response.headers[_TIMING_HEADER] = server_timing(
            outcome, total_seconds=dependencies.monotonic() - began
        )
    return response


def extension_call(request: web.Request, dependencies: Dependencies) -> ExtensionCall:
    limits = dependencies.limits
    extension, path = split_call_path(request)
    headers = headers_of(request)
    deadline = Deadline.start(
        limit_ms=limits.timeout_ms,
        requested=request.headers.get(_DEADLINE_HEADER),
        monotonic=dependencies.monotonic,
    )
    return ExtensionCall(
        method=request.method,
        extension=extension,
        path=path,
        query=query_of(request),
        headers=headers,
        credentials=credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        request_id=request_id_of(request),
        deadline=deadline,
        read_body=lambda: body_of(request, max_bytes=limits.max_body_bytes, deadline=deadline),
    )


def present(request: web.Request, outcome: RunOutcome) -> web.Response:
    if isinstance(outcome, Declined):
        return _refused(request, outcome)
    answer = outcome.answer
    headers = CIMultiDict([*answer.headers, *outcome.rate.headers()])
    headers[EXECUTION_ID_HEADER] = str(outcome.execution_id)
    if outcome.is_replay:
        headers.add(*_REPLAYED_HEADER)
    return web.Response(status=answer.status, headers=headers, body=answer.body)


def server_timing(outcome: Answered, *, total_seconds: float) -> str:
    """Say where the time went, in milliseconds: all of it, waiting for a place, the guest, its processor."""
    usage = outcome.response.usage
    parts = {"gw": total_seconds * 1000, "queue": outcome.waited_seconds * 1000}
    if usage is not None:
        parts |= {"exec": usage.wall_ms, "cpu": usage.cpu_ms}
    return ", ".join(f"{name};dur={milliseconds:.1f}" for name, milliseconds in parts.items())


def _refused(request: web.Request, outcome: Declined) -> web.Response:
    """Show the runner's own explanation, as an answer to this request."""
    refusal = outcome.refusal
    document = refusal.document.model_copy(
        update={"instance": request.path, "request_id": request_id_of(request)}
    )
    request[PROBLEM_CODE] = document.code
    headers = CIMultiDict(outcome.rate.headers())
    headers[EXECUTION_ID_HEADER] = str(outcome.execution_id)
    headers[hdrs.CONTENT_TYPE] = PROBLEM_JSON
    headers[PLATFORM_PROBLEM_HEADER] = document.code
    if outcome.is_replay:
        headers.add(*_REPLAYED_HEADER)
    if refusal.retry_after_seconds is not None:
        headers[hdrs.RETRY_AFTER] = str(refusal.retry_after_seconds)
    return web.Response(
        status=document.status, headers=headers, body=document.model_dump_json(exclude_none=True).encode()
    )
