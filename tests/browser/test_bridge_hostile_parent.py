"""What a page that shows an extension cannot do to it: no promise is left, nothing wrong is believed."""

from playwright.async_api import Frame, Page

from support.browser.bridge_pages import BridgePages, outcome

_CONTEXT = """({
  extension: { id: "e", publisher: "p", name: "n" }, version: "1.0.0", contentHash: "sha256:0",
  installId: "i", tenant: { id: "t" }, user: { id: "u" }, permissions: [], locale: "en", path: "/",
  theme: { mode: "light", tokens: {} },
})"""
# Takes the guest's hello and hands over a port, whose other end the test speaks on.
_HOSTILE = """(src) => {
  const iframe = Object.assign(document.createElement("iframe"), { src });
  iframe.setAttribute("sandbox", "allow-scripts");
  document.body.append(iframe);
  window.heard = [];
  window.context = CONTEXT;
  addEventListener("message", ({ data, source }) => {
    heard.push(data);
    if (data.kind !== "hello" || window.port) return;
    const { port1, port2 } = new MessageChannel();
    window.port = port1;
    window.said = [];
    port1.onmessage = ({ data }) => {
      said.push(data);
      if (data.kind === "open" && window.context) {
        port1.postMessage({ kind: "start", features: ["api"], context });
      }
    };
    source.postMessage({ annex: "bridge", kind: "welcome", version: 2 }, "*", [port2]);
  });
}""".replace("CONTEXT", _CONTEXT)


async def shown(page: Page, pages: BridgePages, *, script: str = _HOSTILE) -> Frame:
    await page.goto(f"{pages.host}/host.html")
    await page.evaluate(script, pages.src)
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    await frame.wait_for_function("() => window.bridgeTest !== undefined")
    return frame


async def connected_to(page: Page, pages: BridgePages) -> Frame:
    frame = await shown(page, pages)
    await frame.evaluate("async () => { window.annex = await bridgeTest.connect({ timeoutMs: 3000 }); }")
    return frame


async def test_an_answer_that_fits_no_call_or_comes_twice_settles_nothing(
    page: Page, pages: BridgePages
) -> None:
    frame = await connected_to(page, pages)
    await frame.evaluate("() => { window.asked = bridgeTest.outcome(annex.confirm({ title: 'x' })); }")
    await page.wait_for_function("() => said.some(({ kind }) => kind === 'call')")

    await page.evaluate(
        """() => {
          const { id } = said.find(({ kind }) => kind === "call");
          port.postMessage({ kind: "answer", id: id + 7, value: true });
          port.postMessage({ kind: "answer", id: "1", value: true });
          port.postMessage({ kind: "unknown", id });
          port.postMessage(null);
          port.postMessage({ kind: "start", features: [], context: { ...context, user: { id: "other" } } });
          port.postMessage({ kind: "answer", id, value: true });
          port.postMessage({ kind: "answer", id, value: false });
        }"""
    )

    assert await frame.evaluate("() => asked") == {"value": True}
    assert await frame.evaluate("() => annex.context.user.id") == "u"


async def test_an_answer_of_a_wrong_form_is_an_error_and_no_data(page: Page, pages: BridgePages) -> None:
    frame = await connected_to(page, pages)
    await page.evaluate(
        """() => {
          port.onmessage = ({ data: { id, method } }) =>
            port.postMessage({
              kind: "answer", id, value: method === "token" ? { token: 7 } : { status: "ok" },
            });
        }"""
    )

    assert (await outcome(frame, "annex.api.get('/x')"))["code"] == "HOST_FAILED"
    assert (await outcome(frame, "annex.token()"))["code"] == "HOST_FAILED"


async def test_a_code_nobody_knows_is_the_hosts_failure(page: Page, pages: BridgePages) -> None:
    frame = await connected_to(page, pages)
    await page.evaluate(
        """() => {
          port.onmessage = ({ data: { id } }) =>
            port.postMessage({ kind: "refusal", id, code: "constructor" });
        }"""
    )

    assert (await outcome(frame, "annex.token()"))["code"] == "HOST_FAILED"


async def test_a_theme_cannot_load_anything(page: Page, pages: BridgePages) -> None:
    frame = await connected_to(page, pages)
    await frame.evaluate("() => { window.themes = []; annex.on('theme', (theme) => themes.push(theme)); }")
    for value in ("url(https://evil.example)", "red; background: url(x)", "} body {"):
        await page.evaluate(
            """(value) => port.postMessage({
              kind: "event", name: "theme", value: { mode: "dark", tokens: { "--a": value } },
            })""",
            value,
        )
    await page.evaluate(
        "() => port.postMessage({ kind: 'event', name: 'theme', value: { mode: 'dark', tokens: {} } })"
    )

    await frame.wait_for_function("() => themes.length > 0")
    assert await frame.evaluate("() => themes") == [{"mode": "dark", "tokens": {}}]


async def test_a_host_that_hands_over_a_port_and_says_nothing_is_given_up(
    page: Page, pages: BridgePages
) -> None:
    frame = await shown(page, pages)
    await page.evaluate("() => { window.context = null; }")

    result = await outcome(frame, "bridgeTest.connect({ timeoutMs: 300 })")

    assert result["code"] == "HOST_UNREACHABLE"


async def test_a_context_of_a_wrong_form_is_not_taken(page: Page, pages: BridgePages) -> None:
    frame = await shown(page, pages)
    await page.evaluate("() => { window.context = { ...context, user: 'me' }; }")

    result = await outcome(frame, "bridgeTest.connect({ timeoutMs: 300 })")

    assert result["code"] == "HOST_UNREACHABLE"


async def test_a_page_that_names_its_host_tells_no_other_a_word(page: Page, pages: BridgePages) -> None:
    frame = await shown(page, pages)

    result = await outcome(
        frame, "bridgeTest.connect({ timeoutMs: 700, parentOrigin: 'https://console.example' })"
    )

    assert result["code"] == "HOST_UNREACHABLE"
    assert await page.evaluate("() => heard") == []


async def test_no_window_but_the_parent_is_believed(page: Page, pages: BridgePages) -> None:
    frame = await shown(page, pages)
    await page.evaluate("() => { window.port = 'none'; }")
    await frame.evaluate(
        """() => {
          const { port2 } = new MessageChannel();
          window.own = bridgeTest.outcome(bridgeTest.connect({ timeoutMs: 500 }));
          window.postMessage({ annex: "bridge", kind: "welcome", version: 2 }, "*", [port2]);
          window.postMessage({ annex: "bridge", kind: "refused", code: "HOST_REFUSED" }, "*");
        }"""
    )

    assert (await frame.evaluate("() => own"))["code"] == "HOST_UNREACHABLE"
