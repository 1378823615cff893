"""The main path with the keyboard alone."""

from playwright.async_api import Page, expect

from support.browser.console import settled
from support.browser.keyboard import tab_to


async def test_from_the_list_to_a_versions_proof_without_a_pointer(page: Page) -> None:
    await page.goto("/t/dev/extensions")
    await settled(page)
    await tab_to(page, "Skip to the page")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await tab_to(page, "hello")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="hello", exact=True)).to_be_visible()
    await tab_to(page, "Versions")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    await tab_to(page, "1.0.0")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Version 1.0.0")).to_be_visible()
    await tab_to(page, "Download the proof")
