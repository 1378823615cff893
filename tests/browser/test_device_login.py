"""`annex login` on a machine without a browser, approved in the console by whoever is signed in there."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from support.browser.console import overflow, serious_faults, session_cookie, settled, shoot, signed_in
from support.platform_embedded import Running

CODE = re.compile(rb"Enter   ([0-9A-Z]{4}-[0-9A-Z]{4})")


@pytest.fixture
async def console(browser: Browser, platform: Running) -> AsyncIterator[Page]:
    """Return a page of somebody who is signed in to the console."""
    gateway = str(platform.dev["gateway_url"])
    secret = await session_cookie(gateway, str(platform.dev["admin_api_key"]))
    context = await signed_in(browser, gateway, secret)
    yield await context.new_page()
    await context.close()


async def _annex(platform: Running, home: Path, *arguments: str) -> asyncio.subprocess.Process:
    """Run annex as on another machine: with a home of its own and no terminal."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", *arguments, "--gateway", str(platform.dev["gateway_url"])),
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _code(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    said = b""
    while (found := CODE.search(said)) is None:
        part = await process.stderr.read(4096)
        assert part, said
        said += part
    return found[1].decode()


async def test_a_device_is_approved_in_the_console_and_another_denied(
    console: Page, platform: Running, tmp_path: Path
) -> None:
    login = ("login", "--device", "--insecure-storage", "--device-name", "rosa's server")
    waiting = await _annex(platform, tmp_path, *login)
    code = await _code(waiting)

    await console.goto("/device")
    await settled(console)
    await console.get_by_label("Code").fill("2222-2222")
    await console.get_by_role("button", name="Continue").click()
    await expect(console.get_by_text("No login waits under this code.")).to_be_visible()
    await console.get_by_label("Code").fill(code.lower())
    await console.get_by_role("button", name="Continue").click()
    await expect(console.get_by_text("“rosa's server” wants to sign in as you")).to_be_visible()
    await console.get_by_label("extension:publish").uncheck()
    faults = await serious_faults(console)
    await shoot(console, "device")
    await console.get_by_role("button", name="Approve").click()
    await expect(console.get_by_text("Approved")).to_be_visible()
    said, _ = await waiting.communicate()
    who, _ = await (await _annex(platform, tmp_path, "whoami", "--json")).communicate()

    assert waiting.returncode == 0, said
    assert b"may extension:debug, extension:read, extension:write" in said
    assert b'"extension:write"' in who
    assert b'"extension:publish"' not in who
    assert faults == []

    refused = await _annex(platform, tmp_path, *login)
    code = await _code(refused)
    await console.set_viewport_size({"width": 360, "height": 740})
    await console.goto(f"/device?user_code={code}")
    await settled(console)
    await console.get_by_role("button", name="Continue").click()
    await console.get_by_role("button", name="Deny").click()
    await expect(console.get_by_text("got nothing")).to_be_visible()
    _, told = await refused.communicate()

    assert (refused.returncode, b"DEVICE_AUTHORIZATION_DENIED" in told) == (4, True)
    assert await overflow(console) <= 0
