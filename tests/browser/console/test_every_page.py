"""Every page of the console: no serious fault for axe, no sideways scrolling on a phone, reload works."""

import time

import aiohttp
import pytest
from playwright.async_api import Page

from support.browser.console import note_seconds, overflow, serious_faults, settled, shoot
from support.browser.console_pages import EXECUTION, EXPECTED, PAGES, WAITING
from support.browser.observed import Complaint, Observed
from support.browser.published import publish, screen_archive
from support.platform_embedded import Running


@pytest.fixture(scope="module")
async def execution(gateway: str, platform: Running, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Publish what waits to be installed, and call the sample; return the execution's id."""
    key = platform.dev["admin_api_key"]
    async with aiohttp.ClientSession(gateway, headers={"x-api-key": key}) as client:
        wishes = ["cap:http.fetch", "cap:storage.kv", "cap:client.read", "cap:quantum.entangle"]
        folder = tmp_path_factory.mktemp("waiting")
        await publish(client, screen_archive(folder, WAITING, "1.0.0", capabilities=wishes))
        async with client.get("/api/ext/annex-demo.hello/hello") as answer:
            return answer.headers["x-annex-execution-id"]


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_fits_a_phone_and_survives_a_reload(
    page: Page, name: str, execution: str
) -> None:
    observed = Observed.of(page)
    began = time.monotonic()
    await page.goto(PAGES[name].replace(EXECUTION, execution))
    await settled(page)
    note_seconds(name, time.monotonic() - began)
    heading = await page.locator("h1").first.text_content()
    in_light = await serious_faults(page)
    await shoot(page, name)
    await page.emulate_media(color_scheme="dark")
    in_dark = await serious_faults(page, only_contrast=True)
    await shoot(page, f"{name}-dark")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.reload()
    await settled(page)
    await shoot(page, f"{name}-360")
    too_wide = {360: await overflow(page)}
    # 320 is what a window of 1280 leaves at 400 %.
    await page.set_viewport_size({"width": 320, "height": 740})
    await page.emulate_media(forced_colors="active")
    too_wide[320] = await overflow(page)
    await shoot(page, f"{name}-320-forced")

    assert [width for width, pixels in too_wide.items() if pixels > 0] == []
    assert await page.locator("h1").count() == 1
    assert await page.locator("h1").first.text_content() == heading
    assert in_light == []
    assert in_dark == []
    assert [each for each in observed.complaints if not is_expected(name, each)] == []


def is_expected(name: str, complaint: Complaint) -> bool:
    """Allow what the page is about, by its exact text, and what a reload cut off while it was under way."""
    return complaint.text == EXPECTED.get(name) or "ERR_ABORTED" in complaint.text
