"""The switch that turns extensions off for the whole deployment."""

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.errors import ExtensionsDisabled
from annex_shared.http.service_auth import OPEN_ROUTES


@web.middleware
async def refuse_when_disabled(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse everything but health checks; projections of other services keep being served."""
    is_public = request.path not in OPEN_ROUTES and not request.path.startswith("/internal/")
    if is_public and not dependencies_of(request).are_extensions_enabled:
        raise ExtensionsDisabled("Extensions are switched off in this deployment.")
    return await handler(request)
