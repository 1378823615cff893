"""The UI kit's gallery, built and served as a console would be: nothing but its own files may load."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from playwright.async_api import Page

ROOT = Path(__file__).resolve().parents[3]
BUILT = ROOT / "web" / "ui-kit" / "dist" / "gallery"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / ".annex-test" / "shots"
ASKING = """([root, rules]) => axe.run(
    root, { resultTypes: ["violations"], ...(rules.length ? { runOnly: rules } : {}) }
)"""
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'"
LIMIT_SECONDS = 300


@asynccontextmanager
async def served_gallery() -> AsyncIterator[str]:
    """Build the gallery and yield its address."""
    async with asyncio.timeout(LIMIT_SECONDS):
        building = await asyncio.create_subprocess_exec(sys.executable, "scripts/web.py", "gallery", cwd=ROOT)
        if await building.wait() != 0:
            raise RuntimeError("the gallery could not be built")
    app = web.Application()
    app.router.add_static("/", BUILT)
    app.on_response_prepare.append(_forbid_everything_else)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/index.html"
    finally:
        await runner.cleanup()


async def _forbid_everything_else(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = POLICY


async def violations(page: Page, within: str = "html", rules: Sequence[str] = ()) -> list[str]:
    """Return everything axe finds, by some of its rules or by all, as lines to read."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate(ASKING, [within, list(rules)])
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def shoot(page: Page, name: str) -> None:
    """Keep a picture of what is in the window."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png")
