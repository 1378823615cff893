"""Every request has an id: taken from a caller who sends a sane one, otherwise made; echoed and logged."""

import re
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from annex_shared.clock import NewId
from annex_shared.observability.trace_context import TRACEPARENT_HEADER, TraceContext, in_trace

REQUEST_ID = web.RequestKey("request_id", str)
PROBLEM_CODE = web.RequestKey("problem_code", str)
REQUEST_ID_HEADER = "x-request-id"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")

log = structlog.get_logger()


def request_log_middleware(service: str, *, new_id: NewId) -> Middleware:
    """Bind request id and trace to every log line of the request; write one canonical line at its end."""

    @web.middleware
    async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        request_id = request[REQUEST_ID] = request_id_of(headers.get(REQUEST_ID_HEADER), new_id=new_id)
        started = time.perf_counter()
        trace = TraceContext.continued(headers.get(TRACEPARENT_HEADER))
        with in_trace(trace, service=service, request_id=request_id):
            response = await handler(request)
            if not response.prepared:
                response.headers[REQUEST_ID_HEADER] = request_id
            _write_line(request, response, duration_ms=round((time.perf_counter() - started) * 1000, 2))
            return response

    return log_request


def request_id_of(sent: str | None, *, new_id: NewId) -> str:
    return sent if sent is not None and _SANE.fullmatch(sent) else f"req_{new_id().hex}"


def _write_line(request: web.Request, response: web.StreamResponse, *, duration_ms: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "(none)"
    if route in ("/livez", "/readyz", "/metrics"):
        return
    log.info(
        "request_answered",
        method=request.method,
        route=route,
        status=response.status,
        duration_ms=duration_ms,
        code=request.get(PROBLEM_CODE),
    )
