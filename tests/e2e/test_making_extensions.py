"""From `annex init` to a page that is seen: every template, the tutorial and the sample, on `make run`."""

import asyncio
import io
import json
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, FrameLocator, expect

from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import iter_entries
from support.browser.chromium import running_chromium
from support.browser.console import build_console, session_cookie, settled, shoot, signed_in
from support.built_guests import built_guest
from support.platform.eventually import eventually
from support.platform_embedded import ROOT, Running, running_platform
from support.templates import environment, new_project, run
from support.warm_program import WarmProgram

TUTORIAL = ROOT / "docs" / "first-extension.md"
SAMPLE = ROOT / "examples" / "ticket-summary"
BUNDLE = SAMPLE / "annex-demo.ticket-summary-1.0.0.tar.zst"
SUMMARY = "annex-demo/ticket-summary"
WARM = WarmProgram("annex_cli")
NOTE = json.dumps({"text": "call back"}).encode()
SOON_SECONDS = 60
LIMIT_MS = 30_000
COMMAND_SECONDS = 60
# A build installs its tools first where they are missing.
INSTALL_SECONDS = 400
# What npm asks of the registry besides packages.
NPM = {"npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false"}
LONG = pytest.mark.long


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a platform whose extensions may call this machine, where the test's own servers are."""
    build_console()
    home = tmp_path_factory.mktemp("made") / ".annex"
    with running_platform(home, ANNEX_RUNNER_PROXY_ALLOW_PRIVATE_EGRESS_HOSTS="127.0.0.1") as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with running_chromium(os.environ) as browser:
        yield browser


@pytest.fixture
def workplace(platform: Running, request: pytest.FixtureRequest) -> Path:
    """Return an empty folder beside the platform's, so that `annex` finds the platform by itself."""
    folder = platform.home.parent / re.sub(r"\W+", "-", request.node.name).strip("-")
    folder.mkdir()
    return folder


def annex(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run the program in a process that has not to import it anew; return what it printed."""
    told = environment(HOME=str(folder), TERM="dumb")
    within = INSTALL_SECONDS if arguments[:1] == ("build",) else COMMAND_SECONDS
    ended = WARM.run(arguments, folder=folder, environment=told, stdin=stdin, within_seconds=within)
    assert ended.code == 0, f"annex {' '.join(arguments)}\n{ended.stdout.decode()}\n{ended.stderr.decode()}"
    return ended.stdout.decode()


def data_of(output: str) -> Any:
    return json.loads(output)["data"]


@asynccontextmanager
async def opened(browser: Browser, platform: Running, extension: str) -> AsyncIterator[FrameLocator]:
    """Open an extension's page in the console, as a person who is signed in does."""
    gateway: str = platform.dev["gateway_url"]
    session = await session_cookie(gateway, platform.dev["admin_api_key"])
    context = await signed_in(browser, gateway, session, viewport={"width": 1280, "height": 800})
    try:
        page = await context.new_page()
        await page.goto(f"/t/dev/extensions/{extension}/open")
        await settled(page)
        yield page.frame_locator("iframe.extension-frame")
        await shoot(page, f"open-{extension.rpartition('/')[2]}")
    finally:
        await context.close()


@pytest.mark.timeout(600)
@pytest.mark.long
def test_the_tutorial_does_what_it_says(workplace: Path) -> None:
    start, *blocks = re.findall(
        r"^```(?:sh)?\n(.*?)^```", TUTORIAL.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    path, *steps = blocks
    script = workplace / "tutorial.sh"
    # The second terminal is in the clone; here the folder beside the platform's is another one.
    script.write_text("".join([f"cd {ROOT}\n", path, f"cd {workplace}\n", *steps]))

    done = subprocess.run(
        ["sh", "-ex", str(script)],
        stdin=subprocess.DEVNULL,
        env=environment(HOME=str(workplace), TERM="dumb", **NPM),
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )

    # What stands for it here is the program that it starts.
    assert start == "make run\n"
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert '"text":"call the customer back"' in done.stdout
    assert "was added" in done.stdout
    assert "annex-demo/ticket-notes@0.1.1 is published" in done.stdout
    assert "annex-demo/ticket-notes@0.1.0 runs instead of 0.1.1" in done.stdout


@pytest.mark.parametrize(
    ("template", "language"),
    [
        pytest.param("handler", "js", id="handler-js"),
        pytest.param("handler", "ts", id="handler-ts", marks=LONG),
        pytest.param("handler", "py", id="handler-py", marks=[LONG, pytest.mark.timeout(600)]),
    ],
)
def test_a_handler_passes_its_own_tests_and_answers(workplace: Path, template: str, language: str) -> None:
    extension = _tried_and_installed(workplace, template, language)

    _await_compiled(workplace, extension)
    annex(workplace, "call", extension, "POST", "/notes", "--body", "-", stdin=NOTE)
    listed = json.loads(annex(workplace, "call", extension, "GET", "/notes"))

    assert [note["text"] for note in listed["notes"]] == ["call back"]


@pytest.mark.long
async def test_the_full_template_passes_its_own_tests_and_its_page_shows_what_its_handler_keeps(
    workplace: Path, platform: Running, browser: Browser
) -> None:
    extension = await asyncio.to_thread(_tried_and_installed, workplace, "full", "ts")
    await asyncio.to_thread(annex, workplace, "call", extension, "POST", "/notes", "--body", "-", stdin=NOTE)

    async with opened(browser, platform, extension) as page:
        await expect(page.get_by_role("rowheader", name="call back")).to_be_visible(timeout=LIMIT_MS)
        await page.get_by_label("New note").fill("send the invoice")
        await page.get_by_role("button", name="Add note").click()
        await expect(page.get_by_role("rowheader", name="send the invoice")).to_be_visible(timeout=LIMIT_MS)

    listed = json.loads(await asyncio.to_thread(annex, workplace, "call", extension, "GET", "/notes"))
    assert [note["text"] for note in listed["notes"]] == ["call back", "send the invoice"]


def _await_compiled(folder: Path, extension: str) -> None:
    """Read until the handler is compiled: one that brings an interpreter of 18 MB is refused until then."""
    told = environment(HOME=str(folder), TERM="dumb")
    until = time.monotonic() + INSTALL_SECONDS
    while time.monotonic() < until:
        ended = WARM.run(("call", extension, "GET", "/notes"), folder=folder, environment=told)
        if b"VERSION_WARMING" not in ended.stderr:
            return
        time.sleep(1)


def _tried_and_installed(workplace: Path, template: str, language: str) -> str:
    """Make a project, run its own tests, build, publish and install it; return its name."""
    project = new_project(workplace, template, language, publisher="annex-demo")
    extension = f"annex-demo/{project.name}"
    own_tests = ("python3", "-m", "unittest", "discover", "test") if language == "py" else ("npm", "test")
    run(*own_tests, folder=project)
    annex(project, "build")
    annex(project, "publish")
    annex(project, "install", extension, "--grant", "storage.kv")
    return extension


async def test_a_page_passes_its_own_tests_and_is_shown_in_the_console(
    workplace: Path, platform: Running, browser: Browser
) -> None:
    project = new_project(workplace, "ui", "ts", publisher="annex-demo")

    await asyncio.to_thread(run, "npm", "test", folder=project)
    await asyncio.to_thread(run, "npm", "run", "check", folder=project)
    await asyncio.to_thread(annex, project, "build", "--release")
    await asyncio.to_thread(annex, project, "publish")
    await asyncio.to_thread(annex, project, "install", "annex-demo/ui-ts")

    async with opened(browser, platform, "annex-demo/ui-ts") as page:
        await expect(page.get_by_text("annex-demo/ui-ts 0.1.0")).to_be_visible(timeout=LIMIT_MS)


@dataclass
class SummaryService:
    """The server of others that the sample asks; it remembers who asked for what."""

    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("authorization", ""), await request.json()))
        return web.json_response({"summary": f"In short: {self.asked[-1][1]['subject']}."})


@pytest.mark.long
async def test_the_sample_does_all_that_it_declares_and_its_page_shows_it(
    workplace: Path, platform: Running, browser: Browser
) -> None:
    service = SummaryService()
    app = web.Application()
    app.router.add_post("/v1/summaries", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await _use_the_sample(workplace, service, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await _use_its_page(browser, platform)
    finally:
        await runner.cleanup()


async def _use_the_sample(workplace: Path, service: SummaryService, base: str) -> None:
    def did(*arguments: str, stdin: bytes = b"") -> Any:
        return asyncio.to_thread(annex, workplace, *arguments, stdin=stdin)

    sample = SUMMARY
    manifest = _unpacked_sample(workplace, egress=base)
    await did("publish")
    grants = ",".join(name.removeprefix("cap:") for name in manifest["capabilities"])
    await did("install", sample, "--grant", grants)
    await did("config", "set", sample, f"summary_url={base}/v1/summaries", "sentences=2")
    await did("secrets", "set", sample, "SUMMARY_API_KEY", "--host", base, "--from-stdin", stdin=b"the-key")

    made = json.loads(await did("call", sample, "POST", "/summaries", "--body", "-", stdin=_ticket("T-1")))
    again = json.loads(await did("call", sample, "POST", "/summaries", "--body", "-", stdin=_ticket("T-1")))

    assert made == again
    assert made["summary"] == "In short: Printer."
    ((key, asked),) = service.asked
    assert (key, asked["sentences"]) == ("Bearer the-key", 2)

    await _close_ticket(workplace, "T-2")

    async def the_schedule() -> str | None:
        items = data_of(await did("schedules", "list", sample, "--json"))["items"]
        return next((one["schedule_id"] for one in items if one["name"] == "digest"), None)

    schedule = await eventually(the_schedule, seconds=SOON_SECONDS)

    async def the_closed_ticket() -> Any:
        listed = json.loads(await did("call", sample, "GET", "/summaries"))["summaries"]
        if [one["ticket"] for one in listed] == ["T-1", "T-2"]:
            return listed
        # Each schedule runs by hand once a minute at most; its endpoint may be called at any time.
        await did("call", sample, "POST", "/digest", "--body", "-", stdin=b"{}")
        return None

    await did("schedules", "run-now", sample, schedule)
    await eventually(the_closed_ticket, seconds=SOON_SECONDS)

    async def a_run_that_succeeded() -> Any:
        runs = data_of(await did("schedules", "runs", sample, schedule, "--json"))["items"]
        return [one for one in runs if one["state"] == "succeeded"]

    await eventually(a_run_that_succeeded, seconds=SOON_SECONDS)


async def _use_its_page(browser: Browser, platform: Running) -> None:
    """See what was summarised, and have another ticket summarised: page, bridge, handler, other server."""
    async with opened(browser, platform, SUMMARY) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ticket summaries")
        await expect(page.get_by_role("rowheader", name="T-2", exact=True)).to_be_visible(timeout=LIMIT_MS)
        await expect(page.get_by_text("2 sentences, en")).to_be_visible()
        await page.get_by_label("Ticket", exact=True).fill("T-3")
        await page.get_by_label("Subject").fill("Scanner")
        await page.get_by_label("Message").fill("It shows nothing.")
        await page.get_by_role("button", name="Summarise").click()
        await expect(page.get_by_role("cell", name="In short: Scanner.")).to_be_visible(timeout=LIMIT_MS)


def _ticket(ticket: str) -> bytes:
    message = {"author": "Ada", "text": "It is on fire."}
    return json.dumps({"id": ticket, "subject": "Printer", "messages": [message]}).encode()


def _unpacked_sample(folder: Path, *, egress: str) -> dict[str, Any]:
    """Lay out the kept bundle with the test's own server as the one it may call."""
    for entry in iter_entries(io.BytesIO(BUNDLE.read_bytes()), BundleLimits()):
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.data)
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    manifest["x-annex-egress"] = [egress]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return manifest


async def _close_ticket(workplace: Path, ticket: str) -> None:
    """Be the help desk: an extension of its own that says that a ticket was closed."""
    desk = workplace / "helpdesk"
    (desk / "dist").mkdir(parents=True)
    (desk / "dist" / "main.wasm").write_bytes(built_guest("js_quickjs"))
    manifest = {
        "name": "helpdesk",
        "publisher": "annex-demo",
        "version": "1.0.0",
        "runtime": "wasm-js@1",
        "capabilities": ["cap:events.emit"],
        "api": {"endpoints": [{"method": "POST", "path": "/call", "handler": "call"}]},
    }
    (desk / "manifest.json").write_text(json.dumps(manifest))
    emits = json.dumps([["events", "emit", "ticket.closed", _ticket(ticket).decode()]]).encode()
    await asyncio.to_thread(annex, desk, "publish")
    await asyncio.to_thread(annex, desk, "install", "annex-demo/helpdesk", "--grant", "events.emit")
    said = await asyncio.to_thread(
        annex, desk, "call", "annex-demo/helpdesk", "POST", "/call", "--body", "-", stdin=emits
    )
    assert "refused" not in said
