"""A page that frames another one, as a host product does, and what the two say to each other."""

from html import escape
from string import Template
from typing import Any

from playwright.async_api import Frame, Page

_PAGE = Template("""<!doctype html>
<html lang="en">
<title>Host product</title>
<link rel="icon" href="data:,">
<iframe title="Extension" $attributes width="600" height="600"></iframe>
<script>
  const frame = document.querySelector("iframe");
  window.heard = [];
  addEventListener("message", ({ data, origin, source }) => {
    heard.push({ data, origin, is_from_the_frame: source === frame.contentWindow });
  });
</script>
</html>
""")
# As the console does: the page asks by message, its host calls with credentials that the page never sees.
_ANSWER_CALLS = """([address, headers]) => {
  addEventListener("message", async ({ data, source }) => {
    if (source !== frame.contentWindow || data.type !== "apiproxy") return;
    const { method, route } = data.payload;
    const answer = await fetch(address + route, { method, headers });
    const body = btoa(String.fromCharCode(...new Uint8Array(await answer.arrayBuffer())));
    const message = { type: "apiproxy_response", request_id: data.request_id, payload: { body } };
    source.postMessage({ alga: true, version: "1", ...message }, "*");
  });
}"""
_HEARD = "(type) => heard.find(({ data }) => data.type === type)"


async def show_in_frame(page: Page, address: str, *, by: str, sandbox: str | None) -> Frame:
    """Show an address in a frame of a page whose origin is ``by``; without ``sandbox`` it has no attribute.

    The origin has to serve the document itself, which is then written anew: one that is put in its place
    has no network address, and browsers keep such pages from framing loopback at all.
    """
    await page.goto(f"{by}/livez")
    rights = "" if sandbox is None else f'sandbox="{escape(sandbox)}"'
    await page.set_content(_PAGE.substitute(attributes=f'src="{escape(address)}" {rights}'))
    frame = await (await page.locator("iframe").element_handle()).content_frame()
    assert frame is not None
    return frame


async def heard(page: Page, message_type: str) -> dict[str, Any]:
    """Wait until the framing page has heard a message of the type; return it with its sender."""
    handle = await page.wait_for_function(_HEARD, arg=message_type)
    message: dict[str, Any] = await handle.json_value()
    return message


async def answer_calls(page: Page, address: str, headers: dict[str, str]) -> None:
    """Let the framing page pass the frame's calls on to an address."""
    await page.evaluate(_ANSWER_CALLS, [address, headers])
