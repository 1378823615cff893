"""`annex dev` from the first look to Ctrl-C, in a real browser and with the real platform below it."""

import asyncio
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import FrameLocator, Page, expect

from support.browser.observed import Observed
from support.dev_program import ROOT, DevProgram, hello_project, running_dev
from support.guests import guest_wasm
from support.platform_embedded import processes_of
from support.templates import installed, run

LIMIT_MS = 60_000
SHOTS = ROOT / ".annex-test" / "shots"


async def _status(dev: DevProgram, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{dev.url}api{path}") as answer:
        await answer.read()
        return answer.status


async def _refused(project: Path, *arguments: str) -> tuple[int, str]:
    """Run `annex dev` where it cannot run; return its exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", "dev", *arguments),
        cwd=project,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@dataclass
class Walk:
    """A project that is being developed, and the page its developer looks at."""

    project: Path
    dev: DevProgram
    page: Page

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("#stage iframe")

    async def write(self, name: str, content: str | bytes, kind: str) -> dict[str, Any]:
        """Save a source; return what `annex dev` says of it."""
        seen = len(self.dev.lines)
        place = self.project / name
        data = content.encode() if isinstance(content, str) else content
        await asyncio.to_thread(place.write_bytes, data)
        return self.dev.lines[await self.dev.heard(kind, after=seen)]


async def test_a_project_is_run_edited_broken_mended_and_stopped(
    page: Page, observed: Observed, tmp_path: Path
) -> None:
    project = hello_project(tmp_path / "hello")
    async with running_dev(project) as dev:
        walk = Walk(project, dev, page)
        await page.goto(dev.url)

        await _call_through_the_bridge(walk)
        await _edit_the_page(walk)
        await _break_and_mend_the_build(walk)
        await _switch_failures_on(walk)
        await page.screenshot(path=SHOTS / "annex-dev.png", full_page=True)
        await _need_what_is_not_declared(walk)
        code, said = await _refused(project, "--port", "0")
        dev.process.send_signal(signal.SIGINT)
        ended = await dev.process.wait()
        await dev.heard("end")

        assert (code, f"as process {dev.process.pid}" in said) == (8, True)
        assert (ended, dev.lines[0]["type"], dev.lines[-1]["reason"]) == (130, "start", "interrupted")
        assert processes_of(dev.process.pid) == []
        assert not (project / ".annex" / "dev.json").exists()
        assert observed.complaints_below(f"{dev.url}simulator") == []


async def _call_through_the_bridge(walk: Walk) -> None:
    """Get what .annex/dev/config.toml says; both directions are shown."""
    await walk.frame.get_by_label("Name").fill("Ada")
    await walk.frame.get_by_role("button", name="Say hello").click(timeout=LIMIT_MS)
    await expect(walk.frame.get_by_text("Servus!")).to_be_visible(timeout=LIMIT_MS)
    call = walk.dev.lines[await walk.dev.heard("call")]
    assert (call["path"], call["status"], call["role"]) == ("/hello", 200, "developer")
    await expect(walk.page.locator("#messages")).to_contain_text("page → apiproxy")
    await expect(walk.page.locator("#messages")).to_contain_text("→ page apiproxy_response")


async def _edit_the_page(walk: Walk) -> None:
    """See an edited page without a build."""
    text = await asyncio.to_thread((walk.project / "ui" / "index.html").read_text)
    reloaded = await walk.write(
        "ui/index.html", text.replace("<h1>Hello</h1>", "<h1>Hello again</h1>"), "reloaded"
    )
    await expect(walk.frame.get_by_role("heading", level=1)).to_have_text("Hello again")
    assert (reloaded["handlers"], reloaded["build_ms"]) == (False, None)


async def _break_and_mend_the_build(walk: Walk) -> None:
    """See that what was served goes on being served, below an overlay that names the place."""
    failed = await walk.write("src/main.js", "broken\n", "failed")
    await expect(walk.page.locator("#fault-message")).to_contain_text("src/main.js:1:1")
    assert failed["code"] == "BUILD_FAILED"
    assert await _status(walk.dev, "/hello") == 200
    await walk.write("src/main.js", "// fine again\n", "reloaded")
    await expect(walk.page.locator("#fault")).to_be_hidden()


async def _switch_failures_on(walk: Walk) -> None:
    """Make failures, which direct calls meet too."""
    box = walk.page.get_by_label("Too many calls (429)")
    async with walk.page.expect_response("**/dev/switches"):
        await box.check()
    assert await _status(walk.dev, "/hello") == 429
    async with walk.page.expect_response("**/dev/switches"):
        await box.uncheck()
    assert await _status(walk.dev, "/hello") == 200
    await walk.page.get_by_label("Theme").select_option("dark")
    await expect(walk.page.locator("html")).to_have_attribute("data-annex-theme", "dark")


async def _need_what_is_not_declared(walk: Walk) -> None:
    """Be told the line to add, add it, and read what .annex/dev/storage.toml says."""
    reloaded = await walk.write("dist/main.wasm", guest_wasm("calls_storage"), "reloaded")
    await _status(walk.dev, "/hello")
    denied = walk.dev.lines[await walk.dev.heard("denied")]
    assert reloaded["handlers"] is True
    assert (denied["capability"], denied["line_to_add"]) == ("cap:storage.kv", '"cap:storage.kv"')
    assert denied["place"].startswith("manifest.json:")
    await expect(walk.page.locator("#log")).to_contain_text("storage.get needs cap:storage.kv")
    text = await asyncio.to_thread((walk.project / "manifest.json").read_text)
    await walk.write("manifest.json", text.replace('["cap:', '["cap:storage.kv", "cap:', 1), "reloaded")
    assert await _status(walk.dev, "/hello") == 200


@pytest.mark.long
async def test_a_new_project_is_seen_in_the_browser_after_three_commands(page: Page, tmp_path: Path) -> None:
    annex = (sys.executable, "-m", "annex_cli")
    wish = ("--template", "full", "--publisher", "acme", "--no-git")
    command = [*annex, "init", "notes", *wish]
    await asyncio.to_thread(run, *command, folder=tmp_path, HOME=str(tmp_path))
    # The packages of all templates, installed once for every test.
    (tmp_path / "notes" / "node_modules").symlink_to(await asyncio.to_thread(installed))
    async with running_dev(tmp_path / "notes") as dev:
        frame = page.frame_locator("#stage iframe")
        await page.goto(dev.url)

        await expect(frame.get_by_text("no notes yet")).to_be_visible(timeout=LIMIT_MS)
        await frame.get_by_label("New note").fill("call back")
        await frame.get_by_role("button", name="Add note").click()
        await expect(frame.get_by_role("row").filter(has_text="call back")).to_be_visible()


async def test_a_port_in_use_is_said_in_clean_words_before_anything_starts(tmp_path: Path) -> None:
    project = hello_project(tmp_path / "hello")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = await _refused(project, "--port", str(port))

    assert code == 8
    assert f"Port {port} cannot be used" in said
    assert "annex dev --port 0" in said
    assert not (project / ".annex" / "dev" / "platform").exists()
