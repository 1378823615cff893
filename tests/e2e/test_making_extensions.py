"""From `annex init` to a call: every template, the tutorial and the sample, on the platform of `make run`."""

import asyncio
import io
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import iter_entries
from support.built_guests import built_guest
from support.platform.eventually import eventually
from support.platform_embedded import ROOT, Running, running_platform
from support.templates import environment, installed, new_project, run
from support.warm_program import WarmProgram

TUTORIAL = ROOT / "docs" / "first-extension.md"
SAMPLE = ROOT / "examples" / "ticket-summary"
BUNDLE = SAMPLE / "annex-demo.ticket-summary-1.0.0.tar.zst"
WARM = WarmProgram("annex_cli")
NOTE = json.dumps({"text": "call back"}).encode()
SOON_SECONDS = 60
LONG = pytest.mark.long


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a platform whose extensions may call this machine, where the test's own servers are."""
    home = tmp_path_factory.mktemp("made") / ".annex"
    with running_platform(home, ANNEX_RUNNER_PROXY_ALLOW_PRIVATE_EGRESS_HOSTS="127.0.0.1") as running:
        yield running


@pytest.fixture
def workplace(platform: Running, request: pytest.FixtureRequest) -> Path:
    """Return an empty folder beside the platform's, so that `annex` finds the platform by itself."""
    folder = platform.home.parent / re.sub(r"\W+", "-", request.node.name).strip("-")
    folder.mkdir()
    return folder


def annex(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run the program in a process that has not to import it anew; return what it printed."""
    told = environment(HOME=str(folder), TERM="dumb")
    ended = WARM.run(arguments, folder=folder, environment=told, stdin=stdin)
    assert ended.code == 0, f"annex {' '.join(arguments)}\n{ended.stdout.decode()}\n{ended.stderr.decode()}"
    return ended.stdout.decode()


def data_of(output: str) -> Any:
    return json.loads(output)["data"]


@pytest.mark.timeout(600)
@pytest.mark.long
def test_the_tutorial_does_what_it_says(workplace: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    # The same packages, installed once for all tests.
    commands = "\n".join(blocks).replace("npm install", f"ln -s {installed()} node_modules")

    done = subprocess.run(
        ["sh", "-exc", commands],
        stdin=subprocess.DEVNULL,
        cwd=workplace,
        env=environment(HOME=str(workplace), TERM="dumb"),
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert '"text":"call the customer back"' in done.stdout
    assert "was added" in done.stdout
    assert "annex-demo/ticket-notes@0.1.1 is published" in done.stdout


@pytest.mark.parametrize(
    ("template", "language"),
    [
        pytest.param("handler", "js", id="handler-js"),
        pytest.param("full", "ts", id="full-ts"),
        pytest.param("handler", "ts", id="handler-ts", marks=LONG),
        pytest.param("handler", "py", id="handler-py", marks=[LONG, pytest.mark.timeout(600)]),
    ],
)
def test_a_handler_passes_its_own_tests_and_answers(workplace: Path, template: str, language: str) -> None:
    project = new_project(workplace, template, language, publisher="annex-demo")
    extension = f"annex-demo/{project.name}"
    own_tests = ("python3", "-m", "unittest", "discover", "test") if language == "py" else ("npm", "test")

    run(*own_tests, folder=project)
    annex(project, "build")
    annex(project, "publish")
    annex(project, "install", extension, "--grant", "storage.kv")
    annex(project, "call", extension, "POST", "/notes", "--body", "-", stdin=NOTE)
    listed = json.loads(annex(project, "call", extension, "GET", "/notes"))

    assert [note["text"] for note in listed["notes"]] == ["call back"]


async def test_a_page_passes_its_own_tests_and_is_served(workplace: Path, platform: Running) -> None:
    project = new_project(workplace, "ui", "ts", publisher="annex-demo")

    run("npm", "test", folder=project)
    run("npm", "run", "check", folder=project)
    annex(project, "build", "--release")
    published = data_of(annex(project, "publish", "--json"))
    annex(project, "install", "annex-demo/ui-ts")
    address = f"{platform.dev['ui_host_url']}/ext-ui/annex-demo.ui-ts/{published['content_hash']}"
    page, script = await _fetched(f"{address}/index.html", f"{address}/app.js")

    assert b'src="app.js"' in page
    assert script == (project / "ui" / "app.js").read_bytes()


@dataclass
class SummaryService:
    """The server of others that the sample asks; it remembers who asked for what."""

    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("authorization", ""), await request.json()))
        return web.json_response({"summary": f"In short: {self.asked[-1][1]['subject']}."})


async def test_the_sample_does_all_that_it_declares(workplace: Path, platform: Running) -> None:
    service = SummaryService()
    app = web.Application()
    app.router.add_post("/v1/summaries", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        await _use_the_sample(workplace, platform, service, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


async def _use_the_sample(workplace: Path, platform: Running, service: SummaryService, base: str) -> None:
    def did(*arguments: str, stdin: bytes = b"") -> Any:
        return asyncio.to_thread(annex, workplace, *arguments, stdin=stdin)

    sample = "annex-demo/ticket-summary"
    manifest = _unpacked_sample(workplace, egress=base)
    published = data_of(await did("publish", "--json"))
    grants = ",".join(name.removeprefix("cap:") for name in manifest["capabilities"])
    await did("install", sample, "--grant", grants)
    (workplace / "config.json").write_text(
        json.dumps({"summary_url": f"{base}/v1/summaries", "sentences": 2})
    )
    await did("config", "set", sample, "--file", "config.json")
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
    address = f"{platform.dev['ui_host_url']}/ext-ui/annex-demo.ticket-summary/{published['content_hash']}"
    page, script = await _fetched(f"{address}/index.html", f"{address}/app.js")
    assert b"Ticket summaries" in page
    assert script == (workplace / "ui" / "app.js").read_bytes()


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


async def _fetched(*addresses: str) -> list[bytes]:
    async with aiohttp.ClientSession() as client:
        found = []
        for address in addresses:
            async with client.get(address) as answer:
                assert answer.status == 200, address
                found.append(await answer.read())
        return found
