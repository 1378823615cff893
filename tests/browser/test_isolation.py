"""What a hostile UI can do from its frame in a real browser: every attempt, whatever its host grants."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page

from integration.ui_host.conftest import started
from integration.ui_host.contract_registry import contract_registry
from support.browser.hostile_host import HOSTILE_UI, HostProduct, host_product

SANDBOXES = {
    "scripts only": 'sandbox="allow-scripts"',
    "every right": 'sandbox="allow-scripts allow-forms allow-same-origin allow-top-navigation allow-popups '
    'allow-modals allow-popups-to-escape-sandbox allow-downloads" '
    'allow="camera; geolocation; clipboard-read; fullscreen"',
    "no sandbox at all": "",
}
FILES = {path.name: path.read_bytes() for path in HOSTILE_UI.iterdir()}
RIVAL = {
    "index.html": b"<p>another extension",
    "library.js": b"export const a = 1;",
    "secret.json": b"{}",
    "a.png": b"\x89PNG",
}
# Each outcome, and the attempts that end with it. The last group is what a page may do.
OUTCOMES = {
    "SecurityError": (
        "read the parent's document",
        "read the top window's document",
        "read the parent's cookies",
        "read the parent's storage",
        "read a variable of the parent",
        "read where the parent is",
        "read its own cookies",
        "set a cookie",
        "use local storage",
        "use session storage",
        "open a database",
        "open a cache",
        "use a file system",
        "register a service worker",
        "share a worker",
        "lead the window elsewhere",
        "replace the window's place",
    ),
    "nothing": (
        "read its frame element",
        "open a window",
        "show a dialogue",
        "use what a device has",
    ),
    "tried": (
        "click a link to a new window",
        "click a link to the top",
        "prefetch a page",
    ),
    "connect-src": (
        "fetch with credentials",
        "fetch another extension's file",
        "fetch its own file",
        "ask by XMLHttpRequest",
        "send a beacon",
        "open a web socket",
        "listen to events",
    ),
    "img-src": (
        "ping by an image",
        "ping by a style",
        "show another extension's picture",
    ),
    "style-src-elem": ("import a style",),
    "font-src": ("load a font",),
    "media-src": ("load a sound",),
    "frame-src": (
        "frame the gateway",
        "frame another extension",
        "frame a page of data",
    ),
    "object-src": ("embed an object",),
    "silence": ("run a script in a frame of its own",),
    "EvalError": (
        "evaluate text",
        "make a function of text",
    ),
    "script-src": ("evaluate text in a timer",),
    "script-src-elem": (
        "run an inline script",
        "follow a script's address",
    ),
    "script-src-attr": ("run an inline handler",),
    "CompileError": ("compile WebAssembly",),
    "error": (
        "run a script of data",
        "run a script of a blob",
        "run a script of the gateway",
        "run another extension's script",
        "run a script by way of its own folder",
    ),
    "TypeError": (
        "import another extension's module",
        "fetch from a worker of a blob",
        "fill the screen",
    ),
    "base-uri": ("change the base of addresses",),
    "code 1": ("find out where it is",),
    "NotAllowedError": ("read the clipboard",),
    "denied": ("ask for a notification",),
    "null": ("origin of its messages",),
    "worked": (
        "run a script of its own",
        "start a worker of a blob",
    ),
}
EXPECTED = {attempt: outcome for outcome, attempts in OUTCOMES.items() for attempt in attempts}


@dataclass(frozen=True, slots=True)
class Stage:
    """The ui-host with both bundles, and the host product that frames one of them."""

    host: HostProduct
    own: str
    rival: str


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with (
        host_product() as host,
        contract_registry(tmp_path_factory.mktemp("registry")) as registry,
        started(registry, frame_ancestors=host.url) as port,
    ):
        host.frame_origin = f"http://localhost:{port}"
        hostile = registry.publish("evil/hostile", FILES)
        rival = registry.publish("acme/rival", RIVAL)
        yield Stage(
            host,
            f"{host.frame_origin}/ext-ui/evil.hostile/{hostile.content_hash}/",
            f"{host.frame_origin}/ext-ui/acme.rival/{rival.content_hash}/",
        )


@pytest.mark.parametrize("rights", SANDBOXES.values(), ids=SANDBOXES)
async def test_a_hostile_page_gets_nowhere(page: Page, stage: Stage, rights: str) -> None:
    stage.host.stolen.clear()
    await frame(page, stage, rights)

    results = await page.evaluate(
        """async (aims) => {
          document.querySelector("iframe").contentWindow.postMessage(aims, "*");
          const found = () => told.find(({ data }) => data.results);
          while (!found()) await new Promise((resolve) => setTimeout(resolve, 20));
          return { ...found().data.results, "origin of its messages": found().origin };
        }""",
        {"gateway": stage.host.url, "rival": stage.rival, "own": stage.own},
    )

    assert results == EXPECTED
    assert stage.host.stolen == []
    assert page.context.pages == [page]
    assert page.url.startswith(f"{stage.host.url}/page")
    assert await page.evaluate("document.cookie") == "session=of-the-host"


@pytest.mark.parametrize("way", ["address", "link", "form", "refresh"])
async def test_a_hostile_page_cannot_leave_for_another_origin(page: Page, stage: Stage, way: str) -> None:
    """Its host's own policy keeps the frame where extensions are: the console sends the same directive."""
    stage.host.stolen.clear()
    await frame(page, stage, SANDBOXES["every right"])

    await page.evaluate(
        """(order) => new Promise((resolve) => {
          const frame = document.querySelector("iframe");
          frame.addEventListener("load", resolve, { once: true });
          document.addEventListener("securitypolicyviolation", resolve, { once: true });
          frame.contentWindow.postMessage(order, "*");
        })""",
        {"way": way, "target": f"{stage.host.url}/stolen"},
    )

    assert stage.host.stolen == []
    assert page.url.startswith(f"{stage.host.url}/page")


async def frame(page: Page, stage: Stage, rights: str) -> None:
    """Show the hostile page in a frame, and wait until its script has run."""
    query = urlencode({"address": escape(f"{stage.own}index.html"), "rights": rights})
    await page.goto(f"{stage.host.url}/page?{query}")
    await page.wait_for_function("told.some(({ data }) => data.is_here)")
