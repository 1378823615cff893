"""Refuse requests for another host, and from pages of another origin (DNS rebinding, cross-site calls)."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from annex_gateway.api.cors import is_page_with_token
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.domain.errors import ForeignHost, ForeignOrigin
from annex_shared.display_text import shown
from annex_shared.http.service_auth import OPEN_ROUTES


@web.middleware
async def refuse_foreign_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check only where ``allowed_hosts`` is set: behind a proxy, hosts are the proxy's business.

    Health is asked by address, and says nothing worth stealing.
    """
    allowed = request.app[DEPENDENCIES].allowed_hosts
    if allowed and request.path not in OPEN_ROUTES:
        require_own_host(request.headers.getall(hdrs.HOST, ()), allowed)
        foreign = [
            origin
            for origin in request.headers.getall(hdrs.ORIGIN, ())
            if origin.lower() not in request.app[DEPENDENCIES].allowed_origins
        ]
        if not is_page_with_token(request):
            require_own_origin(foreign, request.headers.get(hdrs.HOST, ""))
    return await handler(request)


def require_own_host(hosts: tuple[str, ...] | list[str], allowed: frozenset[str]) -> None:
    if len(hosts) != 1 or _host_name(hosts[0]) not in allowed:
        name = shown(hosts[0], limit=80) if hosts else ""
        raise ForeignHost(f'This gateway does not answer for the host "{name}".')


def require_own_origin(origins: tuple[str, ...] | list[str], host: str) -> None:
    """Accept no Origin, or the page that this very host and port served."""
    for origin in origins:
        if origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            raise ForeignOrigin("This gateway answers pages of its own origin only.")


def _host_name(host: str) -> str:
    """Strip the port; an IPv6 address keeps its brackets."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()
