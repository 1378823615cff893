"""`/` for a person with a browser, and the version for a program."""

from importlib.metadata import version

from aiohttp import web

_VERSION = version("annex-gateway")
_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Annex gateway</title>
<h1>Annex gateway</h1>
<p>This is the public door of an Annex extension platform, version {_VERSION}.
Extensions answer at <code>/api/ext/&#123;publisher.name&#125;/&#123;path&#125;</code>,
for callers with an API key.</p>
<ul>
<li><a href="/api/v1/version">Version</a></li>
<li><a href="/livez">Is it alive?</a></li>
<li><a href="/readyz">Is it ready?</a></li>
</ul>
</html>
"""


def root_routes() -> list[web.RouteDef]:
    return [web.get("/", root), web.get("/api/v1/version", show_version)]


async def root(_request: web.Request) -> web.Response:
    return web.Response(
        text=_PAGE,
        content_type="text/html",
        headers={"content-security-policy": "default-src 'none'; frame-ancestors 'none'"},
    )


async def show_version(_request: web.Request) -> web.Response:
    return web.json_response({"service": "gateway", "version": _VERSION})
