"""What runs, in a browser: open an extension, call it, watch it, find it again, and look at each page."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from support.browser.console import serious_faults, shoot
from support.browser.gateway import Gateway
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
    await expect(page.get_by_text("Effects", exact=True).first).to_be_visible()
    await expect(page.get_by_role("button", name="Replay with annex call")).to_be_visible()
    await page.get_by_role("button", name="Show log lines").click()
    await expect(page.get_by_label("Log lines").get_by_text("GET /hello").first).to_be_visible()


async def test_live_debug_pauses_filters_finds_and_goes_on_by_keyboard(
    page: Page, platform_api: aiohttp.ClientSession
) -> None:
    await page.goto(f"{HELLO}/debug")
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_text("live, 30 min left")).to_be_visible()
    first = await call(platform_api)
    rows = page.get_by_role("log")
    await expect(rows).to_contain_text("GET /hello")

    await rows.focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    frozen = await rows.inner_text()
    await call(platform_api)
    await expect(page.get_by_role("button", name="▼")).not_to_have_text("▼ 0 new")
    assert await rows.inner_text() == frozen

    filtering = page.get_by_role("searchbox", name="Filter by text")
    await filtering.fill("no line says this")
    await expect(page.get_by_text("No lines match text “no line says this”.")).to_be_visible()
    await filtering.fill("get /")
    await page.get_by_text("Pattern").click()
    await page.get_by_role("searchbox", name="Filter by pattern").fill("(GET")
    await expect(page.get_by_text("A ( is not closed.")).to_be_visible()
    await page.get_by_role("searchbox", name="Filter by pattern").fill("get /h(e|a)llo")
    await expect(page.get_by_role("log")).to_contain_text("GET /hello")
    await page.get_by_role("textbox", name="Highlight").fill("hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".live-row mark").first).to_have_text("hello")
    await page.get_by_role("log").focus()
    await page.keyboard.press("n")
    await expect(page.locator(".live-row[data-current]")).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.keyboard.press("f")
    await expect(page.get_by_role("button", name="Following")).to_be_visible()

    async with platform_api.get(f"/api/v1/executions/{first}") as answer:
        runner_id = (await answer.json())["runner_execution_id"]
    await page.get_by_role("button", name=f"Only execution …{runner_id[-8:]}").first.click()
    await expect(page.get_by_role("button", name=f"Remove execution {runner_id}")).to_be_visible()
    await shoot(page, "live-debug-running")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("stopped")).to_be_visible()
    await expect(page.get_by_role("log")).to_be_visible()


async def test_filters_of_executions_live_in_the_address(
    page: Page, platform_api: aiohttp.ClientSession
) -> None:
    await call(platform_api)
    await page.goto("/t/dev/executions")
    await page.get_by_label("Status", exact=True).select_option("5xx")
    await page.get_by_role("textbox", name="Endpoint").fill("/hello")
    await page.keyboard.press("Enter")

    sentence = page.get_by_text("No executions match status 5xx and endpoint /hello.")
    await expect(sentence).to_be_visible()
    await page.reload()
    await expect(sentence).to_be_visible()
    assert page.url.endswith("?class=5xx&endpoint=%2Fhello")

    await page.get_by_role("button", name="Remove status 5xx").click()
    await expect(page.get_by_role("row").nth(1)).to_contain_text("GET /hello")
    await page.get_by_role("button", name="Clear all").click()
    await call(platform_api)
    await page.get_by_role("button", name="1 new").click()
    await expect(page.get_by_role("row").nth(2)).to_contain_text("GET /hello")


async def test_an_extension_that_is_disabled_while_it_is_open_says_so(
    page: Page, platform_api: aiohttp.ClientSession
) -> None:
    await page.goto(f"{HELLO}/open")
    await expect(page.frame_locator("iframe.extension-frame").locator("#framing")).to_be_visible()
    async with platform_api.get("/api/v1/installs") as answer:
        installs = (await answer.json())["items"]
    (install_id,) = [one["install_id"] for one in installs if one["extension"] == "annex-demo/hello"]
    address = f"/api/v1/installs/{install_id}"
    try:
        async with platform_api.patch(address, json={"is_enabled": False}) as answer:
            assert answer.status == 200, await answer.text()

        await expect(page.get_by_text("hello is disabled")).to_be_visible()
        await expect(page.locator("iframe")).to_have_count(0)
        await shoot(page, "open-disabled")
    finally:
        async with platform_api.patch(address, json={"is_enabled": True}) as answer:
            assert answer.status == 200, await answer.text()


async def test_an_extension_without_a_page_says_so(page: Page, platform: Running) -> None:
    lab = Gateway(platform.dev["gateway_url"], platform.dev["admin_api_key"])
    await lab.ask("POST", "/api/v1/publishers", {"name": "running-lab"})
    await lab.publish("running-lab/faceless", "1.0.0")
    await lab.installed("running-lab/faceless")

    await page.goto("/t/dev/extensions/running-lab/faceless/open")

    await expect(page.get_by_text("faceless has no page")).to_be_visible()
    await expect(page.get_by_text("Version 1.0.0 comes without one.")).to_be_visible()
    await expect(page.get_by_role("link", name="See its executions")).to_be_visible()
    await expect(page.get_by_role("link", name="Open", exact=True)).to_have_count(0)
    await expect(page.locator("iframe")).to_have_count(0)


async def test_palette_and_help_lead_through_the_console_without_a_mouse(page: Page) -> None:
    await page.goto("/t/dev/extensions")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Extensions")

    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="What to do")
    await expect(field).to_be_focused()
    await page.keyboard.type("executions annex-demo")
    await expect(page.locator(".palette-option[aria-selected=true]")).to_contain_text(
        "annex executions annex-demo/hello"
    )
    await shoot(page, "palette")
    assert await serious_faults(page) == []
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/extensions/annex-demo/hello/executions$"))

    await page.keyboard.press("g")
    await page.keyboard.press("u")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Usage")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Go to executions")
    await page.get_by_role("switch", name="Single-key shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)


# A stream as the gateway writes it, made inside the browser: it is the page alone that is under load.
FLOOD = """
    ({ seconds, rate }) => {
      const original = window.fetch;
      window.fetch = (input, init) => {
        const url = new URL(input instanceof Request ? input.url : String(input), location.href);
        if (url.pathname !== "/api/ext-debug/stream") return original(input, init);
        const encoder = new TextEncoder();
        let sent = 0;
        const line = (number) => ({
          ts: new Date().toISOString(), level: "info", stream: "log", installId: "i", requestId: "req_1",
          executionId: "e-" + (number % 7), versionId: "v", message: "line " + number,
          lineId: "l" + number, truncated: number % 100 === 99,
        });
        const body = new ReadableStream({
          async start(controller) {
            const began = performance.now();
            while (sent < seconds * rate) {
              const due = Math.min(seconds * rate, Math.ceil((performance.now() - began) / 1000 * rate));
              let text = "";
              for (; sent < due; sent += 1) {
                text += `id: ${sent + 1}-0\\ndata: ${JSON.stringify(line(sent))}\\n\\n`;
              }
              if (text) controller.enqueue(encoder.encode(text));
              await new Promise((done) => setTimeout(done, 10));
            }
          },
        });
        return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
      };
      window.frames_seen = 0;
      const count = () => { window.frames_seen += 1; requestAnimationFrame(count); };
      requestAnimationFrame(count);
    }
"""


@pytest.mark.parametrize("seconds", [2, pytest.param(20, marks=pytest.mark.long)], ids=["short", "soak"])
async def test_ten_thousand_lines_a_second_leave_the_console_usable(page: Page, seconds: int) -> None:
    await page.goto(f"{HELLO}/debug")
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    await page.evaluate(FLOOD, {"seconds": seconds, "rate": 10_000})

    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("log")).to_contain_text("line ")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await page.get_by_role("searchbox", name="Filter by text").fill("99")
    last = f"line {max(number for number in range(seconds * 10_000) if '99' in str(number))}"
    await expect(page.get_by_role("log")).to_contain_text(last)
    await expect(page.get_by_text("Showing the last 5,000 lines")).to_be_visible()
    await expect(page.locator(".live-row", has_text=last)).to_contain_text("the rest was not kept")

    drawn = await page.locator(".live-row").count()
    frames = await page.evaluate("window.frames_seen")
    assert drawn < 200
    assert frames > seconds
