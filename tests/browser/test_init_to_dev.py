"""From nothing to a page in a browser in three commands: `annex init`, `cd`, `annex dev`."""

import asyncio
import sys
from pathlib import Path

import pytest
from playwright.async_api import FrameLocator, Page, expect

from support.browser.observed import Observed
from support.dev_program import ROOT, DevProgram, running_dev
from support.templates import environment, installed

LIMIT_MS = 60_000
SHOTS = ROOT / ".annex-test" / "shots"
NAME = "ticket-notes"


async def _init(folder: Path) -> Path:
    """Make a project of the full template, as one does who has nothing yet; return its folder."""
    await asyncio.to_thread(folder.mkdir)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", "init", NAME, "--template", "full", "--publisher", "acme"),
        cwd=folder,
        env=environment(HOME=str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    assert f"Next:  cd {NAME} && annex dev" in said.decode()
    return folder / NAME


async def _edited(dev: DevProgram, source: Path, old: str, new: str) -> bool:
    """Save an edited source; return whether its handler was exchanged too."""
    seen, text = len(dev.lines), await asyncio.to_thread(source.read_text)
    assert old in text
    await asyncio.to_thread(source.write_text, text.replace(old, new))
    return bool(dev.lines[await dev.heard("reloaded", after=seen)]["handlers"])


async def _see_the_page(page: Page, dev: DevProgram) -> FrameLocator:
    """Open what `annex dev` names: the page calls its handler through the bridge."""
    await page.goto(dev.url)
    frame = page.frame_locator("#stage iframe")
    await expect(frame.get_by_text("There are no notes yet.")).to_be_visible(timeout=LIMIT_MS)
    await frame.get_by_label("New note").fill("call the customer back")
    await frame.get_by_role("button", name="Add note").click()
    await expect(frame.get_by_role("rowheader", name="call the customer back")).to_be_visible(
        timeout=LIMIT_MS
    )
    return frame


@pytest.mark.long
async def test_a_new_project_is_seen_edited_and_keeps_what_it_stored(
    page: Page, observed: Observed, tmp_path: Path
) -> None:
    project = await _init(tmp_path / "work")
    packages = await asyncio.to_thread(installed)
    await asyncio.to_thread((project / "node_modules").symlink_to, packages)
    async with running_dev(project) as dev:
        frame = await _see_the_page(page, dev)
        await page.screenshot(path=SHOTS / "annex-dev-full.png", full_page=True)

        of_the_page = await _edited(dev, project / "src/ui/note-list.tsx", '"Notes"', '"What to do"')
        await expect(frame.get_by_role("table", name="What to do")).to_be_visible(timeout=LIMIT_MS)
        of_the_handler = await _edited(dev, project / "src/handler/notes.ts", "LONGEST = 500", "LONGEST = 4")
        await expect(frame.get_by_role("rowheader", name="call the customer back")).to_be_visible(
            timeout=LIMIT_MS
        )
        await frame.get_by_label("New note").fill("too long")
        await frame.get_by_role("button", name="Add note").click()
        await expect(frame.get_by_text("That did not work")).to_be_visible(timeout=LIMIT_MS)

        assert (of_the_page, of_the_handler) == (False, True)
        assert observed.complaints_below(f"{dev.url}simulator") == []


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_new_project_without_its_packages_is_installed_by_annex_dev(
    page: Page, tmp_path: Path
) -> None:
    project = await _init(tmp_path / "work")

    async with running_dev(project) as dev:
        await _see_the_page(page, dev)

    assert await asyncio.to_thread((project / "node_modules").is_dir)
