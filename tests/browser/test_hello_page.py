"""The sample's page in a real browser: what it shows, to whom it speaks, and what it is kept from."""

from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Browser, Frame, Page

from support.browser.attempts import ALLOWED, outcome, script_outcome, violated_directive
from support.browser.framing import answer_calls, heard, show_in_frame
from support.browser.observed import Observed
from support.platform_embedded import Running

SCRIPTS_ONLY = "allow-scripts"
# What the page's own policy leaves it; a form that is not allowed raises no submit event.
AS_THE_PAGE_ALLOWS = "allow-scripts allow-forms"
EVERY_RIGHT = "allow-scripts allow-forms allow-same-origin allow-top-navigation allow-popups"
REFUSED_PAGE = "chrome-error://chromewebdata/"
REACHING_OUT = (
    "() => document.cookie",
    "() => { document.cookie = 'mine=1'; }",
    "() => localStorage.length",
    "() => sessionStorage.length",
    "() => indexedDB.open('mine')",
    "() => caches.keys()",
    "() => navigator.serviceWorker.getRegistrations()",
    "() => window.parent.document.title",
)
APPENDING = "() => document.body.append(Object.assign(document.createElement('%s'), { %s: '%s' }))"

# The page's own policy has to hold whatever the framing page grants, so each refusal is tried both ways.
either_way = pytest.mark.parametrize("sandbox", [SCRIPTS_ONLY, EVERY_RIGHT, None])


@pytest.fixture
def address(platform: Running) -> str:
    return str(platform.dev["hello_ui_url"])


@pytest.fixture
def folder(address: str) -> str:
    """Return the address of everything the page may load."""
    return address.rpartition("/")[0] + "/"


@pytest.fixture
def gateway(platform: Running) -> str:
    """Return the one origin that may frame the page."""
    return str(platform.dev["gateway_url"])


@pytest.fixture
async def frame(page: Page, address: str, gateway: str) -> Frame:
    return await show_in_frame(page, address, by=gateway, sandbox=SCRIPTS_ONLY)


async def test_opened_by_itself_it_shows_its_heading_and_content_hash_without_a_complaint(
    page: Page, observed: Observed, address: str, folder: str
) -> None:
    await page.goto(address, wait_until="networkidle")

    assert await page.get_by_role("heading", level=1).text_content() == "Hello"
    assert await page.locator("#content-hash").text_content() == address.split("/")[-2]
    assert await page.locator("#framing").text_content() == "on its own"
    assert sorted(observed.loaded) == [folder + "app.js", folder + "index.html", folder + "style.css"]
    assert await page.locator("section").first.evaluate("e => getComputedStyle(e).borderRadius") == "12px"
    assert observed.complaints == []


async def test_opened_by_itself_it_has_no_origin_either(page: Page, address: str) -> None:
    await page.goto(address)

    assert await page.evaluate("self.origin") == "null"
    assert await outcome(page, "() => document.cookie") == "SecurityError"


async def test_an_address_with_an_escaped_colon_shows_the_same_page(
    page: Page, observed: Observed, address: str
) -> None:
    await page.goto(address.replace("sha256:", "sha256%3A"), wait_until="networkidle")

    assert await page.locator("#content-hash").text_content() == address.split("/")[-2]
    assert observed.complaints == []


async def test_on_a_telephone_nothing_is_wider_than_the_screen(browser: Browser, address: str) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True)
    page = await context.new_page()
    await page.goto(address)

    widths = await page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    await context.close()

    assert widths == [360, 360]


@either_way
async def test_framed_by_the_configured_origin_it_tells_its_parent_that_it_is_ready(
    page: Page, observed: Observed, address: str, folder: str, gateway: str, sandbox: str | None
) -> None:
    frame = await show_in_frame(page, address, by=gateway, sandbox=sandbox)

    assert await heard(page, "ready") == {
        "data": {"alga": True, "version": "1", "type": "ready"},
        "origin": "null",
        "is_from_the_frame": True,
    }
    assert await frame.locator("#framing").text_content() == "inside another page"
    assert observed.complaints_below(folder) == []


async def test_framed_it_tells_its_parent_how_tall_it_is(page: Page, frame: Frame) -> None:
    height = await frame.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")

    resize = await heard(page, "resize")

    assert resize["is_from_the_frame"]
    assert resize["data"] == {"alga": True, "version": "1", "type": "resize", "payload": {"height": height}}


async def test_framed_it_calls_its_handler_through_its_parent(
    page: Page, platform: Running, address: str, gateway: str
) -> None:
    frame = await show_in_frame(page, address, by=gateway, sandbox=AS_THE_PAGE_ALLOWS)
    await answer_calls(page, platform.dev["hello_url"].removesuffix("/hello"), platform.headers)
    await frame.get_by_label("Name").fill("Zoë")

    await frame.get_by_role("button", name="Say hello").click()

    await frame.get_by_text("Hello, Zoë!").wait_for()
    assert await frame.locator("#answer").get_attribute("data-state") == "done"


@pytest.mark.parametrize("stranger", ["another port", "another name", "the page's own host"])
async def test_framed_by_any_other_origin_it_is_refused(
    page: Page, observed: Observed, platform: Running, address: str, gateway: str, stranger: str
) -> None:
    origin = {
        "another port": platform.dev["registry_url"],
        "another name": gateway.replace("127.0.0.1", "localhost"),
        "the page's own host": platform.dev["ui_host_url"],
    }[stranger]

    frame = await show_in_frame(page, address, by=origin, sandbox=SCRIPTS_ONLY)

    assert frame.url == REFUSED_PAGE
    assert any(f'"frame-ancestors {gateway}"' in complaint.text for complaint in observed.complaints)
    assert not any(url.endswith("app.js") for url in observed.loaded)
    assert await page.evaluate("heard") == []


@either_way
async def test_a_framed_page_reaches_no_storage_and_no_other_document(
    page: Page, address: str, gateway: str, sandbox: str | None
) -> None:
    frame = await show_in_frame(page, address, by=gateway, sandbox=sandbox)

    in_the_host = {act: await outcome(page, act) for act in REACHING_OUT}
    in_the_frame = {act: await outcome(frame, act) for act in REACHING_OUT}

    assert in_the_host == dict.fromkeys(REACHING_OUT, ALLOWED)
    assert in_the_frame == dict.fromkeys(REACHING_OUT, "SecurityError")


@either_way
async def test_a_framed_page_cannot_lead_the_window_elsewhere(
    page: Page, observed: Observed, address: str, gateway: str, sandbox: str | None
) -> None:
    frame = await show_in_frame(page, address, by=gateway, sandbox=sandbox)

    refusal = await outcome(frame, "() => { top.location.href = 'about:blank'; }")

    assert refusal == "SecurityError"
    assert page.url == f"{gateway}/livez"
    assert any("navigation of the top-level window is sandboxed" in said.text for said in observed.complaints)


@either_way
async def test_a_framed_page_opens_no_window(
    page: Page, address: str, gateway: str, sandbox: str | None
) -> None:
    frame = await show_in_frame(page, address, by=gateway, sandbox=sandbox)

    opened = await frame.evaluate("window.open('about:blank') !== null")

    assert not opened
    assert page.context.pages == [page]


@pytest.mark.parametrize(
    "act",
    [
        "() => fetch(TARGET).catch(() => {})",
        "() => { const r = new XMLHttpRequest(); r.open('GET', TARGET); r.send(); }",
        "() => navigator.sendBeacon(TARGET)",
        "() => new EventSource(TARGET)",
        "() => { try { new WebSocket(TARGET.replace('http', 'ws')); } catch { /* refused */ } }",
    ],
)
async def test_a_framed_page_connects_to_nothing(
    frame: Frame, observed: Observed, gateway: str, act: str
) -> None:
    url = f"{gateway}/readyz"

    directive = await violated_directive(frame, act.replace("TARGET", f"'{url}'"))

    assert directive == "connect-src"
    assert url not in observed.loaded


@pytest.mark.parametrize(
    ("act", "directive"),
    [
        # Later, because what a debugger calls directly may always evaluate.
        ("() => setTimeout(() => { try { eval('1'); } catch { /* refused */ } })", "script-src"),
        # Clicked, because some browsers look at a handler only when it is due.
        ("() => { document.body.setAttribute('onclick', '1'); document.body.click(); }", "script-src-attr"),
        (APPENDING % ("script", "text", "1"), "script-src-elem"),
        (APPENDING % ("base", "href", "/"), "base-uri"),
        (APPENDING % ("iframe", "src", "/livez"), "frame-src"),
        (APPENDING % ("object", "data", "/livez"), "object-src"),
        (APPENDING % ("img", "src", "/livez"), "img-src"),
    ],
)
async def test_a_framed_page_runs_and_embeds_nothing_from_outside_its_bundle(
    frame: Frame, act: str, directive: str
) -> None:
    violated = await violated_directive(frame, act)

    assert violated == directive


async def test_a_framed_page_loads_another_script_of_its_own_bundle(frame: Frame, folder: str) -> None:
    assert await script_outcome(frame, f"{folder}app.js?again") == "load"


@pytest.mark.parametrize("way", ["another folder", "escaped dots and slashes", "data"])
async def test_a_framed_page_loads_no_script_from_outside_its_bundle(
    frame: Frame, observed: Observed, platform: Running, folder: str, way: str
) -> None:
    """The other folder serves the very same script: nothing but the policy stands between."""
    served = await _address_under_the_extensions_id(platform, folder)
    above = urlsplit(served).path.removeprefix("/ext-ui/").replace("/", "%2F")
    script = {
        "another folder": served,
        "escaped dots and slashes": f"{folder}..%2F..%2F{above}",
        "data": "data:text/javascript,0",
    }[way]

    ended = await script_outcome(frame, script)

    assert ended == "error"
    assert script not in observed.loaded


async def _address_under_the_extensions_id(platform: Running, folder: str) -> str:
    """Name app.js by the extension's id instead of its name, and see that it is served there."""
    async with aiohttp.ClientSession(headers=platform.headers) as session:
        async with session.get(f"{platform.dev['gateway_url']}/api/v1/extensions") as listing:
            (extension,) = (await listing.json())["items"]
        script = f"{folder}app.js".replace("annex-demo.hello", extension["extension_id"])
        async with session.get(script) as served:
            assert served.ok
            assert served.content_type == "text/javascript"
    return script
