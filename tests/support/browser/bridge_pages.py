"""Pages for the tests of the bridge, of two origins: one that shows extensions, and extensions' own."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Frame, Page

from annex_shared.http.server import listening

ROOT = Path(__file__).resolve().parents[3]
_WEB = ROOT / "web"
_FOLDER = _WEB / "iframe-sdk" / "test" / "browser"
_SOURCES = {
    "host": _FOLDER / "host-page.ts",
    "guest": _FOLDER / "guest-page.ts",
    "react": _FOLDER / "react-page.tsx",
}
_SCRIPTS = web.AppKey("scripts", dict[str, bytes])
_BUNDLING_SECONDS = 120
_HASH = "sha256:" + "0" * 64
_PAGE = '<!doctype html><html lang="en"><title>{title}</title><link rel="icon" href="data:,">{script}</html>'
# What an extension's page is allowed at most: no inline script, no connection, no evaluation.
_STRICT = "default-src 'none'; script-src {origin}/guest.js; img-src data:; form-action 'none'"


@dataclass(frozen=True)
class BridgePages:
    """Addresses of the two origins."""

    host: str
    extensions: str

    @property
    def src(self) -> str:
        return f"{self.extensions}/ext-ui/acme.notes/{_HASH}/index.html?path=/start"

    @property
    def evil(self) -> str:
        """Return the address of a page that is no extension's."""
        return f"{self.extensions}/evil.html"


@asynccontextmanager
async def bridge_pages() -> AsyncIterator[BridgePages]:
    """Bundle the pages' scripts from their sources and serve them while the block runs."""
    scripts = {name: _bundled(source) for name, source in _SOURCES.items()}
    app = web.Application()
    app[_SCRIPTS] = scripts
    app.router.add_get("/{name:host|guest|react}.js", _script)
    app.router.add_get("/host.html", _host)
    app.router.add_get("/react.html", _react)
    app.router.add_get("/evil.html", _empty)
    app.router.add_get("/ext-ui/{path:.*}", _guest)
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield BridgePages(f"http://127.0.0.1:{port}", f"http://localhost:{port}")


async def opened(page: Page, pages: BridgePages, *, options: str = "{}", src: str | None = None) -> Frame:
    """Open the host's page and have it show an extension; return the extension's frame once it has loaded."""
    await page.goto(f"{pages.host}/host.html")
    await page.evaluate(f"(src) => {{ window.handle = bridgeTest.show(src, {options}); }}", src or pages.src)
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    await frame.wait_for_function("() => window.bridgeTest !== undefined")
    return frame


async def connected(page: Page, pages: BridgePages, **how: str) -> Frame:
    """Open an extension and connect it; its host is ``window.annex`` there."""
    frame = await opened(page, pages, **how)
    await frame.evaluate("async () => { window.annex = await bridgeTest.connect({ timeoutMs: 5000 }); }")
    return frame


async def outcome(frame: Frame, work: str) -> dict[str, Any]:
    """Return ``value`` or ``code`` of a promise made in the extension's page."""
    result: dict[str, Any] = await frame.evaluate(f"() => bridgeTest.outcome((async () => {work})())")
    return result


async def drops(page: Page) -> list[str]:
    """Return why the host dropped messages, in order."""
    reasons: list[str] = await page.evaluate(
        "() => bridgeTest.reports.filter(({ kind }) => kind === 'dropped').map(({ reason }) => reason)"
    )
    return reasons


async def asked(page: Page) -> list[Any]:
    """Return what the host was asked to do."""
    facts: list[Any] = await page.evaluate("() => bridgeTest.asked")
    return facts


def _bundled(source: Path) -> bytes:
    installed = [sys.executable, str(ROOT / "scripts" / "web.py"), "install"]
    subprocess.run(installed, check=True, capture_output=True, timeout=_BUNDLING_SECONDS)
    esbuild = _WEB / "node_modules" / ".bin" / "esbuild"
    made = subprocess.run(
        [esbuild, source, "--bundle", "--format=esm", "--target=es2022", "--jsx=automatic"],
        check=True,
        capture_output=True,
        timeout=_BUNDLING_SECONDS,
    )
    return made.stdout


async def _script(request: web.Request) -> web.Response:
    return web.Response(
        body=request.app[_SCRIPTS][request.match_info["name"]],
        content_type="text/javascript",
        # A sandboxed page fetches its modules from the origin "null".
        headers={"access-control-allow-origin": "*"},
    )


async def _host(_request: web.Request) -> web.Response:
    text = _PAGE.format(title="Host", script='<body><script type="module" src="/host.js"></script></body>')
    return web.Response(text=text, content_type="text/html")


async def _react(_request: web.Request) -> web.Response:
    text = _PAGE.format(title="React", script='<body><script type="module" src="/react.js"></script></body>')
    return web.Response(text=text, content_type="text/html")


async def _guest(request: web.Request) -> web.Response:
    text = _PAGE.format(
        title="Extension", script='<body><script type="module" src="/guest.js"></script></body>'
    )
    policy = _STRICT.format(origin=f"http://{request.host}")
    return web.Response(text=text, content_type="text/html", headers={"content-security-policy": policy})


async def _empty(_request: web.Request) -> web.Response:
    return web.Response(text=_PAGE.format(title="Evil", script=""), content_type="text/html")
