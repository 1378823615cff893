"""One platform with a built console for every test of the console, and pages that are signed in."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page

from support.browser.console import build_console, session_cookie, signed_in
from support.platform_embedded import Running, running_platform

LIMIT_MS = 20_000


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run one for all tests; each makes what it changes, under names of its own."""
    build_console()
    with running_platform(tmp_path_factory.mktemp("console") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def gateway(platform: Running) -> str:
    url: str = platform.dev["gateway_url"]
    return url


@pytest.fixture(scope="session")
async def admin_session(platform: Running, gateway: str) -> str:
    """Return the cookie of a session that may do everything."""
    return await session_cookie(gateway, platform.dev["admin_api_key"])


@pytest.fixture(scope="session")
async def member_session(platform: Running, gateway: str) -> str:
    """Return the cookie of a session that reads and writes, and neither publishes nor debugs."""
    return await session_cookie(gateway, platform.dev["api_key"])


@pytest.fixture
async def page(browser: Browser, gateway: str, admin_session: str) -> AsyncIterator[Page]:
    """Return a page of the console's administrator; `page.goto("/t/dev/extensions")` works."""
    context = await signed_in(browser, gateway, admin_session, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(LIMIT_MS)
    yield await context.new_page()
    await context.close()
