"""`/openapi.json`: a service shows the document that was generated from it and lies in its package."""

import hashlib
from importlib.resources import files

from aiohttp import hdrs, web

from annex_shared.http.operations import JSON, Access, Answer, Operation, Operations

DOCUMENT_PATH = "/openapi.json"
_CACHE = "public, max-age=300"
_ANSWER = Answer(
    200,
    "The OpenAPI 3.1 document.",
    {"type": "object"},
    headers={"etag": "Names the document's bytes.", "cache-control": "How long a copy may be shown unasked."},
)
SHOW_DOCUMENT = Operation(
    id="show_openapi",
    summary="This document",
    tag="health",
    access=Access.OPEN,
    answers=(_ANSWER, Answer(304, "The caller's copy is the same.")),
)
DOCUMENT_OPERATIONS: Operations = {f"GET {DOCUMENT_PATH}": SHOW_DOCUMENT}


def openapi_routes(package: str, *paths: str) -> list[web.RouteDef]:
    """Show `openapi.json` of ``package`` under the paths; `/openapi.json` alone if none is named."""
    body = (files(package) / "openapi.json").read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'

    async def show(request: web.Request) -> web.Response:
        headers = {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: _CACHE}
        known = [
            part.strip().removeprefix("W/") for part in request.headers.get(hdrs.IF_NONE_MATCH, "").split(",")
        ]
        if tag in known or "*" in known:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: JSON, **headers})

    return [web.get(path, show) for path in paths or (DOCUMENT_PATH,)]
