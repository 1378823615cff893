"""What fails in an extension comes up to where a person looks first."""

import aiohttp
from playwright.async_api import Page, expect

from support.browser.console import shoot
from support.browser.gateway import Gateway
from support.guests import guest_wasm
from support.platform_embedded import Running

EXTENSION = "fault-lab/broken"
ENDPOINTS = {"endpoints": [{"method": "GET", "path": "/boom", "handler": "boom"}]}


async def test_a_planted_fault_is_seen_above_the_list_and_in_it_within_ten_seconds(
    page: Page, platform: Running, gateway: str, admin: aiohttp.ClientSession
) -> None:
    lab = Gateway(gateway, platform.dev["admin_api_key"])
    await lab.ask("POST", "/api/v1/publishers", {"name": "fault-lab"})
    await lab.publish_handler(guest_wasm("divides_by_zero"), EXTENSION, "1.0.0", api=ENDPOINTS)
    install = await lab.installed(EXTENSION)
    await page.clock.install()
    await page.goto("/t/dev/extensions")
    row = page.get_by_role("row").filter(has_text="broken")
    await expect(row).to_contain_text("Running")

    async with admin.get("/api/ext/fault-lab.broken/boom") as answer:
        assert answer.status == 502
    await page.clock.fast_forward(10_000)

    problems = page.get_by_role("region", name="Problems")
    link = problems.get_by_role("link", name=f"{EXTENSION} is failing: 1 of 1 runs in 24 hours")
    await expect(link).to_be_visible()
    await expect(row).to_contain_text("Failing")
    await shoot(page, "extensions-failing")
    await link.click()
    await expect(page.get_by_role("row").filter(has_text="GET /boom")).to_be_visible()
    await lab.ask("DELETE", f"/api/v1/installs/{install['install_id']}")
