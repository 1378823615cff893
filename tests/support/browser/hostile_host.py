"""A host product that frames a hostile UI, and notes every request that should never have been made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from annex_shared.http.server import listening

HOSTILE_UI = Path(__file__).with_name("hostile_ui")
_PAGE = """<!doctype html>
<html lang="en">
<title>Host product</title>
<link rel="icon" href="data:,">
<script>
  document.cookie = "session=of-the-host";
  localStorage.setItem("draft", "secret");
  window.secret = "of the host";
  window.told = [];
  addEventListener("message", ({ data, source, origin }) => {
    if (source === document.querySelector("iframe").contentWindow) told.push({ data, origin });
  });
</script>
<iframe title="Extension" src="%s" %s width="600" height="300"></iframe>
</html>
"""


@dataclass
class HostProduct:
    """``stolen`` are the requests for what only the hostile page asks for, with the cookie they brought."""

    url: str = ""
    frame_origin: str = ""
    stolen: list[str] = field(default_factory=list)

    async def show(self, request: web.Request) -> web.Response:
        """Show the page that frames another; as the console does, it confines the frame to one origin."""
        body = _PAGE % (request.query["address"], request.query["rights"])
        policy = f"frame-src {self.frame_origin}"
        return web.Response(text=body, content_type="text/html", headers={"content-security-policy": policy})

    async def note(self, request: web.Request) -> web.Response:
        self.stolen.append(f"{request.method} {request.path} {request.headers.get('cookie', '')}")
        return web.Response(text="stolen", headers={"access-control-allow-origin": "*"})


@asynccontextmanager
async def host_product() -> AsyncIterator[HostProduct]:
    host = HostProduct()
    app = web.Application()
    app.add_routes([web.get("/page", host.show), web.route("*", "/{path:.*}", host.note)])
    async with listening(app, host="127.0.0.1", port=0) as port:
        host.url = f"http://127.0.0.1:{port}"
        yield host
