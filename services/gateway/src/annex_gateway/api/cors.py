"""Cross-origin calls (Fetch standard, CORS protocol): for listed origins, by header credentials alone.

A sandboxed page has the opaque origin ``null``, which anybody can have. It reads answers of extensions' APIs
where its request carries a UI token, so that the token is what is believed, never the origin.
"""

from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.domain.ui_tokens import UI_TOKEN_PREFIX
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER
from annex_shared.http.request_id import REQUEST_ID_HEADER

_PREFIX: Final = "/api/"
_CALLS: Final = ("/api/ext/", "/api/ext-proxy/")
_OPAQUE: Final = "null"
_UI_TOKEN: Final = f"bearer {UI_TOKEN_PREFIX}"
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS: Final = (
    "accept, accept-language, authorization, content-type, idempotency-key, if-match, if-none-match, "
    "last-event-id, traceparent, x-api-key, x-deadline-ms, x-idempotency-key, x-request-id, x-tenant-id"
)
_ANSWER_HEADERS: Final = (
    f"etag, idempotency-replayed, ratelimit, ratelimit-policy, retry-after, server-timing, "
    f"x-annex-execution-id, {PLATFORM_PROBLEM_HEADER}, x-quota-degraded, {REQUEST_ID_HEADER}"
)
_PREFLIGHT_SECONDS: Final = "600"


@web.middleware
async def answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a preflight of a page that may ask; it carries no credential, so nothing is asked of it."""
    if _is_preflight(request) and (_is_listed(request) or _is_opaque_page(request)):
        headers = {
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _REQUEST_HEADERS,
            "access-control-max-age": _PREFLIGHT_SECONDS,
        }
        return web.Response(status=204, headers=headers)
    return await handler(request)


async def mark_for_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let a listed page read the answer. Cookies never cross: ``allow-credentials`` is never said."""
    is_page = is_page_with_token(request)
    if not (request.path.startswith(_PREFIX) and (_allowed(request) or is_page)):
        return
    response.headers.add(hdrs.VARY, hdrs.ORIGIN)
    if is_page or _is_listed(request):
        response.headers["access-control-allow-origin"] = request.headers[hdrs.ORIGIN]
        response.headers["access-control-expose-headers"] = _ANSWER_HEADERS


def is_page_with_token(request: web.Request) -> bool:
    """Tell a sandboxed page that calls its extension with a UI token, or asks whether it may."""
    if not _is_opaque_page(request):
        return False
    return _is_preflight(request) or any(
        value.lower().startswith(_UI_TOKEN) for value in request.headers.getall(hdrs.AUTHORIZATION, ())
    )


def _is_opaque_page(request: web.Request) -> bool:
    return request.headers.getall(hdrs.ORIGIN, ()) == [_OPAQUE] and request.path.startswith(_CALLS)


def _is_preflight(request: web.Request) -> bool:
    return (
        request.method == hdrs.METH_OPTIONS
        and request.path.startswith(_PREFIX)
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    )


def _is_listed(request: web.Request) -> bool:
    origins = request.headers.getall(hdrs.ORIGIN, ())
    return len(origins) == 1 and origins[0].lower() in _allowed(request)


def _allowed(request: web.Request) -> frozenset[str]:
    return request.app[DEPENDENCIES].allowed_origins
