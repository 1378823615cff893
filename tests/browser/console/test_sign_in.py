"""Signing in to the console and out of it, and coming back to where one was."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from support.browser.console import COOKIE, serious_faults, settled, shoot
from support.platform_embedded import Running

HOME = "/t/dev/extensions"


@pytest.fixture
async def page(browser: Browser, gateway: str) -> AsyncIterator[Page]:
    """Return a page of somebody who is not signed in."""
    context = await browser.new_context(base_url=gateway)
    yield await context.new_page()
    await context.close()


async def test_the_printed_link_signs_in_once_with_a_cookie_no_script_reads(
    page: Page, platform: Running, gateway: str
) -> None:
    kept = platform.home / "sign-in-link"
    link = kept.read_text().strip()
    await page.goto(link)
    await page.wait_for_url(f"**{HOME}")
    await settled(page)
    (cookie,) = await page.context.cookies()

    assert kept.stat().st_mode & 0o777 == 0o600
    assert link not in str(platform.ready)
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        COOKIE,
        True,
        False,
        "Strict",
    )
    assert await page.evaluate("document.cookie") == ""
    assert "annexlink_" not in await page.evaluate("JSON.stringify([location.href, history.length])")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert await page.context.cookies() == []
    await page.goto(f"{gateway}/")
    await page.wait_for_url("**/sign-in")
    await page.goto(link)
    await expect(page.get_by_role("alert").get_by_text("unknown, used or too old")).to_be_visible()
    await expect(page.get_by_text("SIGN_IN_LINK_REFUSED")).to_be_visible()


async def test_a_key_signs_in_and_leads_back_to_where_one_was(page: Page, platform: Running) -> None:
    wanted = "/t/dev/extensions/annex-demo/hello/versions?only=withdrawn"
    await page.goto(wanted)
    field = page.get_by_label("API key or token")
    await field.wait_for()
    faults = await serious_faults(page)
    await shoot(page, "sign-in")
    await field.fill("annex_nonsense")
    await field.press("Enter")
    await expect(page.get_by_text("API_KEY_MALFORMED")).to_be_visible()
    await field.fill(platform.dev["api_key"])
    await field.press("Enter")
    await page.wait_for_url(f"**{wanted}")
    await expect(page.get_by_role("heading", name="Versions")).to_be_visible()

    assert faults == []

    # The session is over: whatever is asked next leads to the sign-in page, which leads back.
    await page.context.clear_cookies()
    # What the page asks by itself may have led there already.
    await page.evaluate("document.querySelector('.side-nav a')?.click()")
    await expect(page.get_by_text("Your session is over.")).to_be_visible()
    await page.get_by_label("API key or token").fill(platform.dev["api_key"])
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/t/dev/extensions"))


async def test_another_tenants_address_shows_nothing_of_it(
    browser: Browser, gateway: str, admin_session: str
) -> None:
    context = await browser.new_context(base_url=gateway)
    await context.add_cookies([{"name": COOKIE, "value": admin_session, "url": gateway}])
    page = await context.new_page()

    await page.goto("/t/northwind/extensions")

    await expect(page.get_by_role("heading", name="Another tenant")).to_be_visible()
    await context.close()
