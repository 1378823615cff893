"""Every page of the console: no serious fault for axe, no sideways scrolling on a phone, reload works."""

import time

import pytest
from playwright.async_api import Page

from support.browser.console import note_seconds, overflow, serious_faults, settled, shoot
from support.browser.observed import Observed

# The name of a page and its address; whoever adds a page adds it here.
PAGES = {
    "extensions": "/t/dev/extensions",
    "catalogue": "/t/dev/extensions?show=catalogue",
    "overview": "/t/dev/extensions/annex-demo/hello",
    "executions": "/t/dev/executions?range=30d",
    "extension-executions": "/t/dev/extensions/annex-demo/hello/executions?class=5xx&slower=1s",
    "live-debug": "/t/dev/extensions/annex-demo/hello/debug",
    "usage": "/t/dev/usage",
    "open": "/t/dev/extensions/annex-demo/hello/open",
    "versions": "/t/dev/extensions/annex-demo/hello/versions",
    "version": "/t/dev/extensions/annex-demo/hello/versions/1.0.0",
    "publish": "/t/dev/publish",
    "capabilities": "/t/dev/extensions/annex-demo/hello/capabilities",
    "configuration": "/t/dev/extensions/annex-demo/hello/configuration",
    "secrets": "/t/dev/extensions/annex-demo/hello/secrets",
    "controls": "/t/dev/extensions/annex-demo/hello/controls",
    "activity": "/t/dev/extensions/annex-demo/hello/activity",
    "manage": "/t/dev/extensions/annex-demo/hello/manage",
    "upgrade": "/t/dev/extensions/annex-demo/hello/upgrade",
    "rollback": "/t/dev/extensions/annex-demo/hello/rollback",
    "secrets-due": "/t/dev/secrets-due",
    "quotas": "/t/dev/settings/quotas",
    "kill-switches": "/t/dev/settings/kill-switches",
    "api-keys": "/t/dev/settings/api-keys",
    "members": "/t/dev/settings/members",
    "audit": "/t/dev/settings/audit",
    "tenant-controls": "/t/dev/settings/controls",
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_accessible_fits_a_phone_and_survives_a_reload(page: Page, name: str) -> None:
    observed = Observed.of(page)
    began = time.monotonic()
    await page.goto(PAGES[name])
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
    # What a reload cut off was under way, and is no fault.
    assert [each for each in observed.complaints if "ERR_ABORTED" not in each.text] == []
