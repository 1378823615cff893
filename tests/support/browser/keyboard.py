"""A page without a pointer: Tab until what is wanted has the focus."""

from playwright.async_api import Page

_MOST = 60
_NAME = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") ?? (at.labels?.[0] ?? at).textContent.trim();
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


async def tab_into_frame(page: Page) -> None:
    """Press Tab until the focus is in what the page frames."""
    for _ in range(_MOST):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.tagName") == "IFRAME":
            return
    raise AssertionError("the frame is not reached with Tab")
