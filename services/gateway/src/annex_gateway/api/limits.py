"""`GET /.well-known/limits.json`: how much one call of an extension may use here, for everybody to read."""

from aiohttp import hdrs, web

from annex_gateway.api.dependencies import DEPENDENCIES

LIMITS_ADDRESS = "/.well-known/limits.json"


async def show_limits(request: web.Request) -> web.Response:
    limits = await request.app[DEPENDENCIES].published_limits.get()
    return web.Response(
        body=limits.model_dump_json(indent=2).encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "public, max-age=60"},
    )


def limits_routes() -> list[web.RouteDef]:
    return [web.get(LIMITS_ADDRESS, show_limits)]
