"""The console's page at its addresses, and the files of the page below `/assets/`."""

from typing import Final

from aiohttp import hdrs, web

from annex_gateway.api.console_files import ConsoleFile
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.root_page import root

# Each is answered with the same page, which finds its own way by the address.
ADDRESSES: Final = ("/", "/sign-in", "/device", "/t/{place:.+}")
_FILE: Final = "/assets/{name}"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def console_page_routes() -> list[web.RouteDef]:
    return [*(web.get(address, show_page) for address in ADDRESSES), web.get(_FILE, show_file)]


async def show_page(request: web.Request) -> web.Response:
    """Answer whoever wants a page; a program that goes astray is told so."""
    console = request.app[DEPENDENCIES].console
    if not _wants_a_page(request):
        raise web.HTTPNotFound
    if console.built is None:
        return root(status=200 if request.path == "/" else 404)
    return web.Response(
        body=console.built.page,
        content_type="text/html",
        charset="utf-8",
        headers={
            hdrs.CACHE_CONTROL: "no-store",
            "content-security-policy": console.policy,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "referrer-policy": "same-origin",
        },
    )


async def show_file(request: web.Request) -> web.Response:
    console = request.app[DEPENDENCIES].console
    found = None if console.built is None else console.built.files.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    coding, body = _variant(found, request.headers.get(hdrs.ACCEPT_ENCODING, ""))
    headers = {
        hdrs.CACHE_CONTROL: _FOR_EVER,
        hdrs.CONTENT_TYPE: found.media_type,
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
        "cross-origin-resource-policy": "same-origin",
    }
    if coding is not None:
        headers[hdrs.CONTENT_ENCODING] = coding
    return web.Response(body=body, headers=headers)


def _wants_a_page(request: web.Request) -> bool:
    accepted = request.headers.get(hdrs.ACCEPT, "")
    return request.path == "/" or "text/html" in accepted


def _variant(file: ConsoleFile, accepted: str) -> tuple[str | None, bytes]:
    offered = {part.partition(";")[0].strip().lower() for part in accepted.split(",") if "q=0" not in part}
    for coding, body in file.coded:
        if coding in offered:
            return coding, body
    return None, file.body
