"""Start the machine's Chromium with a fresh profile, kept to this machine."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright, expect

from support.stack.install import advice, chromium_binary

WAIT_MS = 20_000
FLAGS = (
    "--no-sandbox",  # the browser's own sandbox cannot be had as root, nor in most containers
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    # What the guard is for the suite itself: no name but the loopback's means anything to this browser.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class NoBrowser(Exception):
    pass


@asynccontextmanager
async def running_chromium(environ: Mapping[str, str]) -> AsyncIterator[Browser]:
    """Run a headless browser inside the block. Raises NoBrowser."""
    binary = chromium_binary(environ)
    if binary is None:
        raise NoBrowser(advice(["chromium"]))
    # Three of us share two processors; a page that is slow is not a page that is wrong.
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=binary, headless=True, args=[*FLAGS])
        try:
            yield browser
        finally:
            await browser.close()
