"""Every URL of this service."""

from aiohttp import web

from annex_ui_host.api.assets import serve_asset

ROUTES: list[web.RouteDef] = [
    # HEAD comes with GET; other methods are answered 405 with Allow.
    web.get("/ext-ui/{extension}/{content_hash}/{path:.*}", serve_asset),
]
