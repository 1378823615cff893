"""The whole path of an extension in the console, walked once with a pointer and once without."""

import hashlib
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from support.browser.console import settled, shoot
from support.browser.hello_bundle import hello_archive
from support.browser.keyboard import tab_into_frame, tab_to
from support.browser.published import publish
from support.platform_embedded import Running

EXTENSION = "path-lab/greeter"
HERE = f"/t/dev/extensions/{EXTENSION}"
DUPLICATE = (
    f'Version "1.0.0" of {EXTENSION} is already published and cannot be changed. '
    "Choose a new version number and publish again."
)


async def test_an_extension_is_published_installed_called_watched_upgraded_and_rolled_back(
    browser: Browser, platform: Running, gateway: str, tmp_path: Path
) -> None:
    first = hello_archive(tmp_path, EXTENSION, "1.0.0", capabilities=["cap:storage.kv"])
    second = hello_archive(tmp_path, EXTENSION, "1.1.0", capabilities=["cap:storage.kv", "cap:secrets.get"])
    context = await browser.new_context(base_url=gateway, viewport={"width": 1280, "height": 800})
    page = await context.new_page()

    await _sign_in(page, platform.dev["admin_api_key"])
    await _publish_and_meet_the_duplicate(page, first)
    await _see_the_versions(page)
    await _install_with_consent(page)
    await _watch_a_call(page, await context.new_page(), first)
    await _publish_and_upgrade(page, second)
    await _roll_back(page, first)
    await context.close()


def _content_hash(archive: Path) -> str:
    return f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"


async def _sign_in(page: Page, api_key: str) -> None:
    await page.goto("/")
    await page.get_by_label("API key or token").fill(api_key)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/t/dev/extensions")
    await settled(page)


async def _send(page: Page, archive: Path) -> None:
    await page.get_by_role("link", name="Publish", exact=True).click()
    await page.get_by_label("Bundle").set_input_files(archive)
    await page.get_by_role("button", name="Publish", exact=True).click()


async def _publish_and_meet_the_duplicate(page: Page, archive: Path) -> None:
    await _send(page, archive)
    await expect(page.get_by_text(f"{EXTENSION} 1.0.0 is published")).to_be_visible()
    await page.get_by_role("link", name="Extensions", exact=True).first.click()
    await _send(page, archive)
    await expect(page.get_by_role("alert").get_by_text(DUPLICATE)).to_be_visible()


async def _see_the_versions(page: Page) -> None:
    await page.get_by_role("link", name="View version 1.0.0").click()
    await expect(page.get_by_role("heading", name="Version 1.0.0")).to_be_visible()
    await expect(page.get_by_text("Unsigned", exact=True).last).to_be_visible()
    await page.get_by_role("link", name="All versions").click()
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(1)
    await expect(rows.get_by_text("Unsigned", exact=True)).to_be_visible()
    await expect(rows.get_by_text("not installed", exact=True)).to_have_count(1)


async def _install_with_consent(page: Page) -> None:
    await page.get_by_role("link", name="Install", exact=True).click()
    await page.get_by_role("button", name="Continue").click()
    await expect(
        page.get_by_role("group", name="store data of its own").get_by_label("Grant")
    ).to_be_checked()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Grant 2 and install").click()
    await expect(page.get_by_text(f"{EXTENSION}@1.0.0 is installed")).to_be_visible()


async def _watch_a_call(page: Page, watching: Page, archive: Path) -> None:
    await watching.goto(f"{HERE}/debug")
    await watching.get_by_role("button", name="Start", exact=True).click()
    await expect(watching.get_by_text("live, 30 min left")).to_be_visible()

    await page.bring_to_front()
    await page.get_by_role("link", name=f"Go to {EXTENSION}").click()
    frame = await _opened(page, archive)
    await frame.get_by_label("Name").fill("Zoë")
    await frame.get_by_role("button", name="Say hello").click()
    await expect(frame.locator("#answer")).to_have_text("Hello, Zoë!")

    line = watching.locator(".live-row", has_text="GET /hello")
    await expect(line.first).to_be_visible()
    await shoot(watching, "main-path-watched")
    await watching.close()


async def _opened(page: Page, archive: Path) -> FrameLocator:
    """Open the extension, and see that it is the page of these very bytes."""
    await page.get_by_role("link", name="Open", exact=True).click()
    frame = page.frame_locator("iframe.extension-frame")
    await expect(frame.locator("#content-hash")).to_have_text(_content_hash(archive))
    return frame


async def _publish_and_upgrade(page: Page, archive: Path) -> None:
    await _send(page, archive)
    await expect(page.get_by_text(f"{EXTENSION} 1.1.0 is published")).to_be_visible()
    await page.get_by_role("link", name="View version 1.1.0").click()
    waits = page.get_by_text("1.1.0 asks for one new right. 1.0.0 keeps running until you decide.")
    await expect(waits).to_be_visible()
    await page.get_by_role("link", name="Decide").click()
    await page.get_by_role("button", name="Grant 1 and upgrade").click()
    await expect(page.get_by_text(f"{EXTENSION}@1.1.0 runs instead of 1.0.0")).to_be_visible()
    await _opened(page, archive)


async def _roll_back(page: Page, archive: Path) -> None:
    await page.goto(f"{HERE}/rollback")
    await page.get_by_role("button", name="Roll back to 1.0.0").click()
    await expect(page.get_by_text(f"{EXTENSION}@1.0.0 runs instead of 1.1.0")).to_be_visible()
    frame = await _opened(page, archive)
    await frame.get_by_role("button", name="Say hello").click()
    await expect(frame.locator("#answer")).to_have_text("Hello, world!")


@pytest.fixture
async def published(admin: aiohttp.ClientSession, tmp_path: Path) -> None:
    await publish(admin, hello_archive(tmp_path, "path-lab/typed", "1.0.0", capabilities=["cap:storage.kv"]))


@pytest.mark.usefixtures("published")
async def test_from_the_list_to_an_answer_in_the_opened_page_without_a_pointer(page: Page) -> None:
    await page.goto("/t/dev/extensions")
    await settled(page)
    for name, heading in (
        ("Catalogue", "Extensions"),
        ("typed", "typed"),
        ("Versions", "Versions"),
        ("Install", "Which version"),
        ("Continue", "asks"),
    ):
        await tab_to(page, name)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    await tab_to(page, "Grant")
    await page.keyboard.press("ArrowRight")
    stores = page.get_by_role("group", name="store data of its own")
    await expect(stores.get_by_label("Refuse")).to_be_checked()
    await page.keyboard.press("ArrowLeft")
    for name in ("Continue", "Continue", "Grant 2 and install", "Go to path-lab/typed", "Open"):
        await tab_to(page, name)
        await page.keyboard.press("Enter")
    frame = page.frame_locator("iframe.extension-frame")
    await expect(frame.locator("#framing")).to_have_text("inside another page")
    await tab_into_frame(page)
    await expect(frame.get_by_label("Name")).to_be_focused()
    await page.keyboard.type("Ada")
    await page.keyboard.press("Enter")

    await expect(frame.locator("#answer")).to_have_text("Hello, Ada!")
