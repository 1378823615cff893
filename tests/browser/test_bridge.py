"""The bridge in a real browser: an extension's page and the page that shows it, of two origins."""

from playwright.async_api import Page

from support.browser.bridge_pages import BridgePages, asked, connected, drops, opened, outcome
from support.browser.observed import Observed


async def test_a_page_connects_and_does_all_it_may_under_a_strict_policy(
    page: Page, observed: Observed, pages: BridgePages
) -> None:
    frame = await connected(page, pages)
    told = await frame.evaluate("() => ({ ...annex.context, protocol: annex.protocol, origin: self.origin })")
    answer = await outcome(frame, "annex.api.post('/notes?x=1', { json: { a: 1 }, idempotencyKey: 'k' })")
    large = await outcome(frame, "(async () => (await annex.api.get('/long')).data.length)()")
    yes = await outcome(frame, "annex.confirm({ title: 'yes' })")
    token = await outcome(frame, "annex.token()")
    kept = await outcome(
        frame, "(async () => { await annex.state.set({ a: 1 }); return annex.state.get(); })()"
    )
    denied = await outcome(frame, "annex.clipboard.write('text')")
    await frame.evaluate("() => { annex.navigate('/notes/7'); annex.toast('Saved'); annex.guard(true); }")

    assert (told["protocol"], told["origin"], told["path"]) == (2, "null", "/start")
    assert told["user"]["name"] == "Person of the test"
    assert answer["value"]["status"] == 200
    assert answer["value"]["data"]["headers"]["idempotency-key"] == "k"
    assert (large["value"], yes["value"], token["value"], kept["value"]) == (
        200_000,
        True,
        "token-1",
        {"a": 1},
    )
    assert denied["code"] == "DENIED"
    assert ["navigate", "/notes/7", False] in await asked(page)
    assert await drops(page) == []
    assert observed.complaints == []


async def test_the_real_host_does_what_the_host_for_tests_does(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)

    assert await frame.evaluate("() => bridgeTest.suite(annex)") == []


async def test_the_theme_is_there_at_once_and_follows_the_host(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)
    read = "() => getComputedStyle(document.documentElement).getPropertyValue('--annex-color-text')"
    at_once = await frame.evaluate(read)
    await frame.evaluate("() => { window.themed = new Promise((tell) => annex.on('theme', tell)); }")

    await page.evaluate("() => handle.setTheme({ mode: 'dark', tokens: { '--annex-color-text': 'red' } })")

    assert at_once == "rgb(1, 2, 3)"
    assert (await frame.evaluate("() => themed"))["mode"] == "dark"
    assert await frame.evaluate(read) == "red"


async def test_the_frame_follows_the_height_within_limits(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)
    shown = "document.querySelector('iframe').style.height"
    for wanted, height in ((5, "100px"), (777, "777px"), (99_999, "4000px")):
        await frame.evaluate("(height) => { annex.resize(height); }", wanted)

        await page.wait_for_function(f"() => {shown} === '{height}'")


async def test_no_promise_is_left_when_the_host_ends_mid_call(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)
    await frame.evaluate(
        """() => {
          window.gone = new Promise((tell) => annex.on("disconnect", tell));
          window.waiting = Promise.all(
            ["/never", "/never", "/never"].map((path) => bridgeTest.outcome(annex.api.get(path))),
          );
        }"""
    )

    await page.evaluate("() => handle.close()")

    settled = await frame.evaluate("() => waiting")
    assert {result["code"] for result in settled} == {"DISCONNECTED"}
    assert await frame.evaluate("() => gone")
    assert (await outcome(frame, "annex.api.get('/notes')"))["code"] == "DISCONNECTED"


async def test_no_promise_is_left_when_the_port_dies_without_a_word(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)
    await frame.evaluate(
        "() => { window.waiting = bridgeTest.outcome(annex.api.get('/never', { timeoutMs: 300 })); }"
    )

    # The embedding page's script is gone; nothing answers any more.
    await page.evaluate("() => { handle.close = () => {}; MessagePort.prototype.postMessage = () => {}; }")

    assert (await frame.evaluate("() => waiting"))["code"] in {"TIMEOUT", "DISCONNECTED"}


async def test_a_cancelled_call_ends_at_both_ends(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)

    result = await outcome(
        frame,
        "(() => { const own = new AbortController(); const call = annex.api.get('/never', "
        "{ signal: own.signal }); setTimeout(() => own.abort(), 50); return call; })()",
    )

    assert result["code"] == "CANCELLED"
    await page.wait_for_function("() => bridgeTest.asked.some(([what]) => what === 'aborted')")


async def test_a_page_that_reloads_itself_gets_a_new_port(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)
    first = await frame.evaluate("() => location.href")
    await frame.evaluate("() => { setTimeout(() => location.reload()); }")
    await page.wait_for_function("() => bridgeTest.reports.some(({ kind }) => kind === 'closed')")
    await frame.wait_for_function("() => window.bridgeTest !== undefined && window.annex === undefined")
    # It has no good nonce any more, so that the host loads it once more.
    await frame.evaluate("() => { bridgeTest.connect({ timeoutMs: 5000 }).catch(() => {}); }")
    await frame.wait_for_function("(first) => location.href !== first && !!window.bridgeTest", arg=first)

    assert await outcome(frame, "(async () => (await bridgeTest.connect()).context.path)()") == {
        "value": "/start"
    }


async def test_a_page_without_a_host_is_told_so_in_time(page: Page, pages: BridgePages) -> None:
    await page.goto(pages.src)
    alone = await page.evaluate("() => bridgeTest.outcome(bridgeTest.connect())")
    await page.goto(f"{pages.host}/host.html")
    await page.evaluate(
        "(src) => document.body.append(Object.assign(document.createElement('iframe'), { src }))", pages.src
    )
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    await frame.wait_for_function("() => window.bridgeTest !== undefined")
    unheard = await outcome(frame, "bridgeTest.connect({ timeoutMs: 300 })")

    assert alone["code"] == unheard["code"] == "HOST_UNREACHABLE"


async def test_a_page_for_alga_is_served_by_envelope_v1(page: Page, pages: BridgePages) -> None:
    frame = await opened(page, pages, options="{ allowsEnvelopeV1: true }")
    await frame.evaluate(
        """() => {
          window.heard = [];
          addEventListener("message", ({ data }) => heard.push(data));
          window.say = (type, payload, request_id) =>
            parent.postMessage({ alga: true, version: "1", type, payload, request_id }, "*");
          say("ready", {});
          say("navigate", { path: "/notes/7" });
          say("apiproxy", { route: "/notes" }, "r1");
          say("apiproxy", { route: "/../../v1/installs", method: "GET" }, "r2");
        }"""
    )

    await frame.wait_for_function(
        "() => heard.filter(({ type }) => type === 'apiproxy_response').length === 2"
    )
    await frame.wait_for_function("() => heard.some(({ type }) => type === 'bootstrap')")
    by_type = {message["type"]: message["payload"] for message in await frame.evaluate("() => heard")}
    by_id = {
        message["request_id"]: message["payload"]
        for message in await frame.evaluate("() => heard")
        if message["type"] == "apiproxy_response"
    }
    assert by_type["bootstrap"]["session"]["token"] == "token-1"
    assert by_type["bootstrap"]["navigation"] == {"path": "/start"}
    assert by_type["theme"] == {"--annex-color-text": "rgb(1, 2, 3)"}
    assert by_id["r1"]["status"] == 200
    assert by_id["r2"]["code"] == "ROUTE_REFUSED"
    assert [facts[:2] for facts in await asked(page) if facts[0] == "navigate"] == [["navigate", "/notes/7"]]
    assert (await asked(page))[-1][1]["method"] == "POST"


async def test_without_leave_envelope_v1_gets_nothing(page: Page, pages: BridgePages) -> None:
    frame = await opened(page, pages)
    await frame.evaluate(
        """() => {
          window.heard = [];
          addEventListener("message", ({ data }) => heard.push(data));
          parent.postMessage({ alga: true, version: "1", type: "ready", payload: {} }, "*");
        }"""
    )

    await page.wait_for_function("() => bridgeTest.reports.length > 0")
    assert await drops(page) == ["envelope_not_allowed"]
    assert await frame.evaluate("() => heard") == []


async def test_the_sdk_falls_back_to_envelope_v1_and_says_what_is_missing(
    page: Page, pages: BridgePages
) -> None:
    """A host of Alga answers ``ready`` and knows no port."""
    await page.goto(f"{pages.host}/host.html")
    await page.evaluate(
        """(src) => {
          const iframe = Object.assign(document.createElement("iframe"), { src });
          document.body.append(iframe);
          addEventListener("message", ({ data, source }) => {
            const say = (type, payload, request_id) =>
              source.postMessage({ alga: true, version: "1", type, payload, request_id }, "*");
            if (data.type === "ready") say("bootstrap", { session: { token: "old" }, theme_tokens: {} });
            const body = btoa('{"a":1}');
            if (data.type === "apiproxy") say("apiproxy_response", { body }, data.request_id);
          });
        }""",
        pages.src,
    )
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    await frame.wait_for_function("() => window.bridgeTest !== undefined")
    await frame.evaluate("async () => { window.annex = await bridgeTest.connectToAny(); }")

    assert await frame.evaluate("() => [annex.protocol, annex.features]") == [1, []]
    assert await outcome(frame, "(async () => (await annex.api.get('/x')).data)()") == {"value": {"a": 1}}
    assert await outcome(frame, "annex.token()") == {"value": "old"}
    assert (await outcome(frame, "annex.confirm({ title: 'x' })"))["code"] == "UNSUPPORTED"


async def test_the_hooks_follow_the_host_and_leave_nothing_behind(page: Page, pages: BridgePages) -> None:
    await page.goto(f"{pages.host}/react.html")
    await page.get_by_text("a,b").wait_for()
    facts = await page.locator("#facts").inner_text()
    await page.evaluate("() => reactTest.made.host.emit('theme', { mode: 'dark', tokens: {} })")
    await page.get_by_text("dark viewer en").wait_for()
    await page.evaluate("() => reactTest.made.host.fail('GET /notes', 'RATE_LIMITED')")
    await page.get_by_role("button", name="Again").click()
    await page.get_by_text("RATE_LIMITED").wait_for()
    await page.get_by_role("button", name="Send").click()
    await page.wait_for_function("() => reactTest.made.calls.last().method === 'POST'")
    await page.get_by_role("button", name="Draft").click()
    await page.get_by_text("dark viewer en text").wait_for()
    await page.get_by_role("button", name="Other").click()
    await page.get_by_text("loading").wait_for()
    dirty = await page.evaluate("() => reactTest.made.user.isDirty")

    await page.evaluate("() => reactTest.root.unmount()")

    await page.wait_for_function("() => reactTest.made.user.isDirty === false")
    await page.evaluate("() => { reactTest.mount(undefined); }")
    await page.get_by_text("HOST_UNREACHABLE").wait_for()
    assert facts.startswith("light viewer en")
    assert dirty is True
    assert await page.evaluate("() => reactTest.made.violations") == []
