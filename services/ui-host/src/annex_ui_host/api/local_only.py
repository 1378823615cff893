"""Keep a ui-host on somebody's own machine to that machine's pages: check Host and Origin."""

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from annex_shared.http.service_auth import OPEN_ROUTES
from annex_ui_host.api.dependencies import DEPENDENCIES
from annex_ui_host.domain.errors import HostRefused, OriginRefused

# What a sandboxed frame says of itself.
_OPAQUE = "null"


@web.middleware
async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names rebound to this machine, and foreign pages. Raises HostRefused, OriginRefused.

    Health is asked by address, and says nothing worth stealing.
    """
    dependencies = request.app[DEPENDENCIES]
    if dependencies.is_local_only and request.path not in OPEN_ROUTES:
        policy = dependencies.page_policy
        host = urlsplit(policy.origin.text).netloc
        if request.headers.get(hdrs.HOST, "").lower() != host:
            raise HostRefused(host)
        allowed = {_OPAQUE, policy.origin.text, *policy.frame_ancestors.split()}
        if request.headers.get(hdrs.ORIGIN, policy.origin.text) not in allowed:
            raise OriginRefused
    return await handler(request)
