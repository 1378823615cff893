"""One browser for the run, one platform for a module, one empty browser context for a test."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page

from support.browser.bridge_pages import BridgePages, bridge_pages
from support.browser.chromium import running_chromium
from support.browser.observed import Observed
from support.platform_embedded import Running, running_platform

LIMIT_MS = 20_000


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with running_chromium(os.environ) as browser:
        yield browser


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_platform(tmp_path_factory.mktemp("embedded") / "home") as running:
        yield running


@pytest.fixture(scope="session")
async def pages() -> AsyncIterator[BridgePages]:
    """Serve the pages of the bridge's tests, of two origins."""
    async with bridge_pages() as pages:
        yield pages


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Return an empty page of a context without history, cookies or cache."""
    context = await browser.new_context()
    context.set_default_timeout(LIMIT_MS)
    yield await context.new_page()
    await context.close()


@pytest.fixture
def observed(page: Page) -> Observed:
    """Listen to the test's page from before it is opened."""
    return Observed.of(page)
