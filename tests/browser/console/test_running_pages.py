"""What runs, in a browser: open an extension, call it, watch it, find it again, and look at each page."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from support.browser.console import signed_in
from support.platform_embedded import Running

HELLO = "/t/dev/extensions/annex-demo/hello"


@pytest.fixture
async def platform_api(platform: Running) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"x-api-key": platform.dev["admin_api_key"]}
    async with aiohttp.ClientSession(platform.dev["gateway_url"], headers=headers) as session:
        yield session


async def call(api: aiohttp.ClientSession, path: str = "/hello", **options: Any) -> str:
    """Call the sample; return the id of the execution."""
    async with api.get(f"/api/ext/annex-demo.hello{path}", **options) as answer:
        return answer.headers["x-annex-execution-id"]


async def test_an_opened_extension_is_called_watched_and_found_again(page: Page) -> None:
    await page.goto(f"{HELLO}/debug")
    await expect(page.get_by_text("will stream to you for 30 min")).to_be_visible()
    await expect(page.get_by_text("recorded in Audit")).to_be_visible()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_text("live, 30 min left")).to_be_visible()

    opened = await page.context.new_page()
    await opened.goto(f"{HELLO}/open")
    frame = opened.frame_locator("iframe.extension-frame")
    await expect(frame.locator("#framing")).to_have_text("inside another page")
    await frame.get_by_role("textbox").first.fill("Ada")
    await frame.get_by_role("button").first.click()
    await expect(frame.locator("#answer")).to_contain_text("Ada")

    line = page.locator(".live-row", has_text="GET /hello").last
    await expect(line).to_be_visible()
    await page.get_by_role("link", name="Executions").first.click()
    row = page.get_by_role("row").nth(1)
    await expect(row).to_contain_text("GET /hello")
    await expect(row).to_contain_text("200 Answered")
    await row.get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("GET /hello")
    await expect(page.get_by_text("Not recorded").first).to_be_visible()
    await page.get_by_role("button", name="Show log lines").click()
    await expect(page.get_by_label("Log lines").get_by_text("GET /hello").first).to_be_visible()
