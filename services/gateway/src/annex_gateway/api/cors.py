"""Cross-origin calls (Fetch standard, CORS protocol): for listed origins, by header credentials alone."""

from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from annex_gateway.api.dependencies import DEPENDENCIES
from annex_shared.http.request_id import REQUEST_ID_HEADER

_PREFIX: Final = "/api/"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS: Final = (
    "accept, accept-language, authorization, content-type, idempotency-key, if-match, if-none-match, "
    "last-event-id, traceparent, x-api-key, x-deadline-ms, x-idempotency-key, x-request-id, x-tenant-id"
)
_ANSWER_HEADERS: Final = (
    f"etag, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, server-timing, "
    f"x-annex-platform-problem, x-quota-degraded, {REQUEST_ID_HEADER}"
)
_PREFLIGHT_SECONDS: Final = "600"


@web.middleware
async def answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a preflight of a listed origin; it carries no credential, so nothing is asked of it."""
    if request.method == hdrs.METH_OPTIONS and _is_listed(request) and _is_preflight(request):
        headers = {
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _REQUEST_HEADERS,
            "access-control-max-age": _PREFLIGHT_SECONDS,
        }
        return web.Response(status=204, headers=headers)
    return await handler(request)


async def mark_for_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let a listed page read the answer. Cookies never cross: ``allow-credentials`` is never said."""
    if not (request.path.startswith(_PREFIX) and _allowed(request)):
        return
    response.headers.add(hdrs.VARY, hdrs.ORIGIN)
    if _is_listed(request):
        response.headers["access-control-allow-origin"] = request.headers[hdrs.ORIGIN]
        response.headers["access-control-expose-headers"] = _ANSWER_HEADERS


def _is_preflight(request: web.Request) -> bool:
    return request.path.startswith(_PREFIX) and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers


def _is_listed(request: web.Request) -> bool:
    origins = request.headers.getall(hdrs.ORIGIN, ())
    return len(origins) == 1 and origins[0].lower() in _allowed(request)


def _allowed(request: web.Request) -> frozenset[str]:
    return request.app[DEPENDENCIES].allowed_origins
