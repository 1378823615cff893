"""The header set of every answer, refusals too."""

from aiohttp import web

from annex_ui_host.api.answers import FIXED_HEADERS

CONTENT_RANGE = web.RequestKey("content_range", str)


async def add_fixed_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Run for every answer; a refused range also says how long the file is."""
    for name, value in FIXED_HEADERS.items():
        response.headers.setdefault(name, value)
    if CONTENT_RANGE in request and response.status == web.HTTPRequestRangeNotSatisfiable.status_code:
        response.headers["Content-Range"] = request[CONTENT_RANGE]
