"""What an extension's page cannot get out of its host, whatever it says or does."""

import pytest
from playwright.async_api import Frame, Page

from support.browser.bridge_pages import BridgePages, asked, connected, drops, opened, outcome

# A page that speaks the protocol by hand.
_RAW = """() => {
  const nonce = location.hash.split("=")[1];
  window.heard = [];
  window.said = [];
  window.hello = (fields = {}) =>
    parent.postMessage({ annex: "bridge", kind: "hello", versions: [2], nonce, ...fields }, "*");
  addEventListener("message", ({ data, ports: [port] }) => {
    heard.push(data);
    if (!port) return;
    window.port = port;
    port.onmessage = ({ data }) => said.push(data);
  });
  window.nonce = nonce;
}"""
_GOT_PORT = "() => window.port !== undefined"
_STARTED = "() => said.some(({ kind }) => kind === 'start')"


async def speaking(page: Page, pages: BridgePages, options: str = "{}") -> Frame:
    """Return the frame of a page that has said nothing yet."""
    frame = await opened(page, pages, options=options)
    await frame.evaluate(_RAW)
    return frame


async def started(page: Page, pages: BridgePages) -> Frame:
    """Return the frame of a page with an open port, to be used by hand."""
    frame = await speaking(page, pages)
    await frame.evaluate("() => hello()")
    await frame.wait_for_function(_GOT_PORT)
    await frame.evaluate("() => port.postMessage({ kind: 'open', nonce })")
    await frame.wait_for_function(_STARTED)
    return frame


async def dropped(page: Page, reason: str) -> None:
    await page.wait_for_function(
        "(wanted) => bridgeTest.reports.some(({ reason }) => reason === wanted)", arg=reason
    )


WRONG_HELLOS = [
    ("{ versions: 'all' }", "invalid"),
    ("{ more: 1 }", "invalid"),
    ("{ nonce: 7 }", "invalid"),
    ("{ versions: [9] }", "unknown_version"),
    ("{ nonce: 'x'.repeat(5000) }", "too_large"),
    ("{ nonce: new Map() }", "too_large"),
]


async def test_a_wrong_hello_is_counted_and_gets_no_port(page: Page, pages: BridgePages) -> None:
    frame = await speaking(page, pages)
    for fields, _ in WRONG_HELLOS:
        await frame.evaluate(f"() => hello({fields})")
    await page.wait_for_function("(all) => bridgeTest.reports.length === all", arg=len(WRONG_HELLOS))

    assert await drops(page) == [reason for _, reason in WRONG_HELLOS]
    assert await frame.evaluate(_GOT_PORT) is False


async def test_who_guesses_nonces_is_shown_the_page_again_and_then_refused(
    page: Page, pages: BridgePages
) -> None:
    frame = await speaking(page, pages)
    for _ in range(3):
        await frame.evaluate("() => hello({ nonce: 'A'.repeat(22) })")
        await frame.wait_for_function("() => window.bridgeTest !== undefined && window.hello === undefined")
        await frame.evaluate(_RAW)
    await frame.evaluate("() => hello({ nonce: 'A'.repeat(22) })")
    await frame.wait_for_function("() => heard.length > 0")

    assert await frame.evaluate("() => heard") == [
        {"annex": "bridge", "kind": "refused", "code": "HOST_REFUSED"}
    ]
    assert await page.evaluate("() => bridgeTest.states.at(-1)") == "refused"


async def test_a_nonce_is_good_for_one_port(page: Page, pages: BridgePages) -> None:
    frame = await started(page, pages)

    await frame.evaluate("() => { hello(); hello(); }")

    await dropped(page, "wrong_nonce")
    assert await frame.evaluate("() => heard.length") == 1
    assert await page.evaluate("() => handle.state") == "connected"


@pytest.mark.parametrize("first", ["{ kind: 'open', nonce: 'A'.repeat(22) }", "{ kind: 'bye' }"])
async def test_a_port_opened_wrongly_tells_nothing(page: Page, pages: BridgePages, first: str) -> None:
    frame = await speaking(page, pages)
    await frame.evaluate("() => hello()")
    await frame.wait_for_function(_GOT_PORT)

    await frame.evaluate(f"() => port.postMessage({first})")

    await page.wait_for_function("() => bridgeTest.reports.length > 0")
    assert await frame.evaluate(_STARTED) is False


WRONG_CALLS = [
    ("{ method: 'api', params: { method: 'TRACE', path: '/x' } }", "INVALID_ARGUMENT"),
    (
        "{ method: 'api', params: { method: 'GET', path: '/x', headers: { cookie: 'a' } } }",
        "INVALID_ARGUMENT",
    ),
    ("{ method: 'api', params: { method: 'GET', path: '/x', url: 'https://e' } }", "INVALID_ARGUMENT"),
    ("{ method: 'evaluate', params: {} }", "INVALID_ARGUMENT"),
    ("{ method: 'constructor', params: {} }", "INVALID_ARGUMENT"),
    ("{ method: 'openExternal', params: { url: 'javascript:alert(1)' } }", "INVALID_ARGUMENT"),
    ("{ method: 'openExternal', params: { url: 'https://user:pw@example.com' } }", "INVALID_ARGUMENT"),
    ("{ method: 'writeState', params: { text: 'x'.repeat(64001) } }", "INVALID_ARGUMENT"),
    ("{ method: 'writeState', params: { text: 'x'.repeat(70000) } }", "MESSAGE_TOO_LARGE"),
    ("{ method: 'token', params: { a: new Uint8Array(9) } }", "MESSAGE_TOO_LARGE"),
    ("{ method: 'api', params: { method: 'GET', path: '/../../v1/installs' } }", "ROUTE_REFUSED"),
    ("{ method: 'api', params: { method: 'GET', path: '/%2e%2e/x' } }", "ROUTE_REFUSED"),
    ("{ method: 'api', params: { method: 'GET', path: '/a%252fb' } }", "ROUTE_REFUSED"),
    ("{ method: 'api', params: { method: 'GET', path: '//evil.example/x' } }", "ROUTE_REFUSED"),
    ("{ method: 'api', params: { method: 'GET', path: 'https://evil.example/' } }", "INVALID_ARGUMENT"),
    ("{ method: 'api', params: { method: 'GET', path: '/fails' } }", "HOST_FAILED"),
]


async def test_calls_that_do_not_fit_are_answered_with_their_code_and_reach_nothing(
    page: Page, pages: BridgePages
) -> None:
    frame = await started(page, pages)
    for number, (call, code) in enumerate(WRONG_CALLS, start=1):
        await frame.evaluate(f"() => port.postMessage({{ kind: 'call', id: {number}, ...{call} }})")
        await frame.wait_for_function("(id) => said.some((message) => message.id === id)", arg=number)
        answer = await frame.evaluate("(id) => said.find((message) => message.id === id)", number)

        assert (answer["kind"], answer["code"]) == ("refusal", code), call
        assert "secret" not in answer["message"]
    assert [facts[1]["path"] for facts in await asked(page)] == ["/fails"]


NOISE = [
    ("'text'", "invalid"),
    ("null", "invalid"),
    ("{ kind: 'start' }", "invalid"),
    ("{ kind: '__proto__' }", "invalid"),
    ("{ kind: 'note', name: 'navigate', params: { path: '//evil.example' } }", "invalid"),
    ("{ kind: 'note', name: 'navigate', params: { path: 'javascript:alert(1)' } }", "invalid"),
    ("{ kind: 'note', name: 'resize', params: { height: NaN } }", "invalid"),
    ("{ kind: 'note', name: 'toast', params: { text: 'x'.repeat(501) } }", "invalid"),
    ("(() => { const cycle = {}; cycle.cycle = cycle; return cycle; })()", "too_large"),
]


async def test_noise_is_dropped_and_counted_and_the_bridge_goes_on(page: Page, pages: BridgePages) -> None:
    frame = await started(page, pages)
    for message, _ in NOISE:
        await frame.evaluate(f"() => port.postMessage({message})")
    await frame.evaluate("() => port.postMessage({ kind: 'call', id: 1, method: 'readState', params: {} })")
    await frame.wait_for_function("() => said.some(({ id }) => id === 1)")

    assert await drops(page) == [reason for _, reason in NOISE]
    assert await asked(page) == []


async def test_a_replayed_call_is_not_made_again(page: Page, pages: BridgePages) -> None:
    frame = await started(page, pages)
    call = "{ kind: 'call', id: 5, method: 'api', params: { method: 'POST', path: '/pay' } }"
    await frame.evaluate(f"() => {{ port.postMessage({call}); port.postMessage({call}); }}")
    await frame.evaluate(f"() => port.postMessage({{ ...{call}, id: 4 }})")

    await page.wait_for_function(
        "() => bridgeTest.reports.filter(({ reason }) => reason === 'replayed').length === 2"
    )
    assert len(await asked(page)) == 1


async def test_a_page_has_so_many_calls_on_their_way_and_no_more(page: Page, pages: BridgePages) -> None:
    frame = await started(page, pages)
    await frame.evaluate(
        """() => {
          for (let id = 1; id <= 40; id += 1) {
            port.postMessage({ kind: "call", id, method: "api", params: { method: "GET", path: "/never" } });
          }
        }"""
    )

    await frame.wait_for_function("() => said.filter(({ code }) => code === 'BRIDGE_BUSY').length === 8")
    assert len(await asked(page)) == 32


async def test_a_flood_ends_the_bridge_and_leaves_the_host_at_work(page: Page, pages: BridgePages) -> None:
    frame = await started(page, pages)
    await frame.evaluate(
        """() => {
          for (let at = 0; at < 3000; at += 1) {
            port.postMessage({ kind: "note", name: "toast", params: { text: String(at) } });
          }
        }"""
    )

    await frame.wait_for_function("() => said.some(({ kind }) => kind === 'close')")
    assert 100 <= len(await asked(page)) < 300
    assert await page.evaluate("() => 1 + 1") == 2


async def test_what_comes_after_the_end_is_not_heard(page: Page, pages: BridgePages) -> None:
    frame = await started(page, pages)
    await page.evaluate("() => handle.close()")

    await frame.evaluate(
        """() => {
          port.postMessage({ kind: "note", name: "toast", params: { text: "late" } });
          hello();
          parent.postMessage({ alga: true, version: "1", type: "ready", payload: {} }, "*");
        }"""
    )
    await page.evaluate("() => new Promise((done) => setTimeout(done, 100))")

    assert await asked(page) == []
    assert await frame.evaluate("() => heard.length") == 1


async def test_a_page_that_leaves_takes_nothing_along(page: Page, pages: BridgePages) -> None:
    frame = await opened(page, pages, options="{ allowsEnvelopeV1: true }")
    await frame.evaluate("async () => { window.annex = await bridgeTest.connect(); }")
    await frame.evaluate("(url) => { setTimeout(() => location.assign(url)); }", pages.evil)
    await frame.wait_for_url(pages.evil)
    await page.wait_for_function("() => bridgeTest.reports.some(({ kind }) => kind === 'closed')")

    await frame.evaluate(
        """() => {
          window.heard = [];
          addEventListener("message", ({ data }) => heard.push(data));
          parent.postMessage({ alga: true, version: "1", type: "ready", payload: {} }, "*");
        }"""
    )

    await dropped(page, "closed")
    assert await frame.evaluate("() => heard") == []


async def test_another_frame_does_not_answer_for_the_first(page: Page, pages: BridgePages) -> None:
    frame = await speaking(page, pages)
    nonce = await frame.evaluate("() => nonce")
    await page.evaluate(
        "(src) => document.body.append(Object.assign(document.createElement('iframe'), { src }))", pages.evil
    )
    other = await (await page.locator("iframe").nth(1).element_handle()).content_frame()
    assert other is not None
    await other.wait_for_url(pages.evil)
    await other.evaluate(
        """(nonce) => {
          window.heard = [];
          addEventListener("message", ({ data }) => heard.push(data));
          parent.postMessage({ annex: "bridge", kind: "hello", versions: [2], nonce }, "*");
        }""",
        nonce,
    )
    await page.evaluate("() => new Promise((done) => setTimeout(done, 100))")

    assert await other.evaluate("() => heard") == []
    await frame.evaluate("() => hello()")
    await frame.wait_for_function(_GOT_PORT)


async def test_a_frame_with_an_origin_of_its_own_is_heard_from_that_origin_alone(
    page: Page, pages: BridgePages
) -> None:
    options = "{ sandbox: 'allow-scripts allow-same-origin' }"
    frame = await speaking(page, pages, options)
    nonce = await frame.evaluate("() => nonce")
    elsewhere = pages.evil.replace("localhost", "127.0.0.1")
    await frame.evaluate("(url) => { setTimeout(() => location.assign(url)); }", elsewhere)
    await frame.wait_for_url(elsewhere)

    await frame.evaluate(
        "(nonce) => parent.postMessage({ annex: 'bridge', kind: 'hello', versions: [2], nonce }, '*')", nonce
    )

    await dropped(page, "wrong_origin")


async def test_an_opaque_page_reaches_neither_the_host_nor_a_store(page: Page, pages: BridgePages) -> None:
    frame = await connected(page, pages)
    for act in (
        "parent.document.title",
        "parent.bridgeTest",
        "document.cookie",
        "localStorage.length",
        "top.location.assign('/gone')",
    ):
        result = await outcome(frame, f"(async () => {act})()")

        assert "value" not in result, act
    assert await frame.evaluate("() => window.open('/popup')") is None
