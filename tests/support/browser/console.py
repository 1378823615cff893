"""The console in a browser: build it, sign a context in, look at a page, see what axe finds on it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).resolve().parents[3]
SHOTS = ROOT / ".annex-test" / "shots"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_BUILD_SECONDS = 900
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SERIOUS = ("serious", "critical")
COOKIE = "annex-session"


def build_console() -> None:
    """Build what is not built of the present sources yet; takes a second or so."""
    command = [sys.executable, str(ROOT / "scripts" / "web.py"), "console"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=_BUILD_SECONDS)


async def session_cookie(gateway: str, api_key: str) -> str:
    """Begin a session with an API key; return what its cookie holds."""
    async with (
        aiohttp.ClientSession(headers={"x-api-key": api_key}) as client,
        client.post(f"{gateway}/api/v1/sessions") as answer,
    ):
        answer.raise_for_status()
        return answer.cookies[COOKIE].value


async def signed_in(browser: Browser, gateway: str, secret: str, **options: Any) -> BrowserContext:
    """Return a new context whose pages have the session; relative addresses are the gateway's.

    Nothing moves in it: a colour on its way to another is neither.
    """
    context = await browser.new_context(base_url=gateway, reduced_motion="reduce", **options)
    await context.add_cookies([{"name": COOKIE, "value": secret, "url": gateway, "httpOnly": True}])
    return context


async def settled(page: Page) -> None:
    """Wait until the page has its heading and nothing on it is loading."""
    await page.locator("h1").first.wait_for()
    # Asked of the browser, not of the page: its policy evaluates no text.
    await expect(page.locator("main [aria-busy=true]")).to_have_count(0)


async def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page for a person to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def note_seconds(name: str, seconds: float) -> None:
    """Keep how long a page took until it could be used, for a person to read; no test is about it."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with (SHOTS / "seconds.tsv").open("a", encoding="utf-8") as kept:
        kept.write(f"{name}\t{seconds:.2f}\n")


async def serious_faults(page: Page, *, only_contrast: bool = False) -> list[str]:
    """Return what axe finds that would stop somebody, as lines to read. The page's policy stays in force."""
    await page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    run_only = (
        {"type": "rule", "values": ["color-contrast"]} if only_contrast else {"type": "tag", "values": TAGS}
    )
    result: dict[str, Any] = await page.evaluate(
        "(runOnly) => axe.run(document, { resultTypes: ['violations'], runOnly })", run_only
    )
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in result["violations"]
        if found["impact"] in _SERIOUS
        for node in found["nodes"]
    ]


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    width: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width
