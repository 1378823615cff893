"""The page for a person where no console was built, and the version for a program."""

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
<p>The console is not here: nobody built it. Where the platform's repository is, run <code>make web</code>
with Node 20 or newer, set <code>CONSOLE_DIRECTORY</code> to its <code>web/console/dist</code>, and start
again. <code>make run</code> does both where Node is installed.</p>
<ul>
<li><a href="/api/v1/version">Version</a></li>
<li><a href="/livez">Is it alive?</a></li>
<li><a href="/readyz">Is it ready?</a></li>
</ul>
</html>
"""


def root_routes() -> list[web.RouteDef]:
    return [web.get("/api/v1/version", show_version)]


def root(*, status: int = 200) -> web.Response:
    """Stand in for the console where none was built."""
    return web.Response(
        status=status,
        text=_PAGE,
        content_type="text/html",
        headers={"content-security-policy": "default-src 'none'; frame-ancestors 'none'"},
    )


async def show_version(_request: web.Request) -> web.Response:
    return web.json_response({"service": "gateway", "version": _VERSION})
