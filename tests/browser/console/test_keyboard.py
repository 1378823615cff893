"""The main path with the keyboard alone."""

from playwright.async_api import Page, expect

from support.browser.console import settled

_MOST = 60
_NAME = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") ?? at.textContent.trim();
}"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the name is focused, and see that the focus can be seen."""
    for _ in range(_MOST):
        await page.keyboard.press("Tab")
        if await page.evaluate(_NAME) == name:
            shown = await page.evaluate("document.activeElement.matches(':focus-visible')")
            assert shown, f"the focus on {name} cannot be seen"
            return
    raise AssertionError(f"{name} is not reached with Tab")


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
