"""`POST /internal/v1/dispatch`: how runner-proxy has schedules run and events delivered."""

import base64
import binascii

from aiohttp import hdrs, web

from annex_gateway.actions.dispatch_extension import dispatch_extension, require_runner_proxy
from annex_gateway.api.dependencies import DEPENDENCIES, Dependencies
from annex_gateway.api.edge import body_of, request_id_of
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import ExtensionsDisabled
from annex_gateway.domain.ports import RunnerRefusal
from annex_shared.contracts.dispatch import DISPATCH_PATH, DispatchRequest
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER, PROBLEM_JSON
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.request_id import PROBLEM_CODE
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    Caller,
    ServiceTokenRefused,
    body_digest,
    request_digest,
)

# A payload of 100,000 characters of four bytes, a third more in base64, and room around it.
_MAX_BODY_BYTES = 1024 * 1024


def dispatch_routes() -> list[web.RouteDef]:
    return [web.post(DISPATCH_PATH, dispatch)]


async def dispatch(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    allowed = Deadline.start(
        limit_ms=dependencies.limits.timeout_ms, requested=None, monotonic=dependencies.monotonic
    )
    body = await body_of(request, max_bytes=_MAX_BODY_BYTES, deadline=allowed)
    caller = _caller(request, body, dependencies)
    require_runner_proxy(caller)
    if not dependencies.are_extensions_enabled:
        raise ExtensionsDisabled("Extensions are switched off in this deployment.")
    wanted = DispatchRequest.model_validate_json(body)
    _check_body(wanted.body_b64)
    limit_ms = dependencies.limits.timeout_ms
    deadline = Deadline.start(
        limit_ms=limit_ms if wanted.timeout_ms is None else min(wanted.timeout_ms, limit_ms),
        requested=None,
        monotonic=dependencies.monotonic,
    )
    answer = await dispatch_extension(
        wanted,
        caller=caller,
        request_id=request_id_of(request),
        deadline=deadline,
        policies=dependencies.policies,
    )
    if isinstance(answer, RunnerRefusal):
        return _refused(request, answer)
    return web.Response(body=answer.model_dump_json().encode(), content_type="application/json")


def _caller(request: web.Request, body: bytes, dependencies: Dependencies) -> Caller:
    """Verify the service token of this very request. Raises ServiceTokenRefused."""
    if dependencies.peers is None:
        raise ServiceTokenRefused("This gateway knows no other service: SERVICE_KEYS_FILE is not set.")
    bound = request_digest(request.method, request.path_qs, body_digest(body))
    return dependencies.peers.verify(request.headers.get(SERVICE_TOKEN_HEADER), request=bound)


def _check_body(body_b64: str | None) -> None:
    try:
        base64.b64decode(body_b64 or "", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest('"body_b64": it is not base64.') from None


def _refused(request: web.Request, refusal: RunnerRefusal) -> web.Response:
    document = refusal.document
    request[PROBLEM_CODE] = document.code
    headers = {hdrs.CONTENT_TYPE: PROBLEM_JSON, PLATFORM_PROBLEM_HEADER: document.code}
    if refusal.retry_after_seconds is not None:
        headers[hdrs.RETRY_AFTER] = str(refusal.retry_after_seconds)
    body = document.model_dump_json(exclude_none=True).encode()
    return web.Response(status=document.status, headers=headers, body=body)
