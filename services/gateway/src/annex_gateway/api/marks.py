"""What every answer of the gateway carries, whoever made it, and what a refusal adds."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from annex_gateway.api.problems import headers_of
from annex_shared.errors import AnnexError
from annex_shared.http.request_id import REQUEST_ID, REQUEST_ID_HEADER

_REFUSAL_HEADERS: web.RequestKey[list[tuple[str, str]]] = web.RequestKey("refusal_headers", list)
_UNAUTHORIZED = 401


@web.middleware
async def note_refusal_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep a refusal's headers for the answer that is made of it further out."""
    try:
        return await handler(request)
    except AnnexError as error:
        request[_REFUSAL_HEADERS] = headers_of(error)
        raise


async def mark_answer(request: web.Request, response: web.StreamResponse) -> None:
    """Run on every answer just before its headers leave."""
    headers = response.headers
    for name, value in request.get(_REFUSAL_HEADERS, ()):
        headers[name] = value
    if response.status == _UNAUTHORIZED and REQUEST_ID in request:
        headers.setdefault(hdrs.WWW_AUTHENTICATE, 'Bearer realm="annex"')
    headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    headers.setdefault("x-content-type-options", "nosniff")
    headers.setdefault("x-frame-options", "DENY")
    headers.popall(hdrs.SERVER, None)
    if REQUEST_ID in request:
        headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
