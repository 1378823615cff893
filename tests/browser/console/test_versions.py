"""Versions of an extension in the console: what is listed, what is proven, and what cannot be done there."""

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from playwright.async_api import Browser, Page, Route, expect

from support.browser.console import overflow, session_cookie, shoot, signed_in
from support.browser.published import install, publish, screen_archive
from support.platform_embedded import Running

EXTENSION = "acme-versions/notes"
PAGE = f"/t/dev/extensions/{EXTENSION}/versions"
NUMBERS = ["1.0.0", "1.1.0-rc.1", "1.1.0"]
LISTING = "**/api/v1/extensions/*/*/versions?*"
# What a row offers beside links to its page: to copy, and to read more.
HARMLESS = ("Copy", "Signed by", "Unsigned", "Not checked", "Verification failed", "2 bundles")


@pytest.fixture(scope="module")
async def published(gateway: str, platform: Running, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Publish three versions, and install the oldest."""
    key = platform.dev["admin_api_key"]
    async with aiohttp.ClientSession(gateway, headers={"x-api-key": key}) as client:
        for number in NUMBERS:
            await publish(client, screen_archive(tmp_path_factory.mktemp("v"), EXTENSION, number))
        await install(client, EXTENSION, "1.0.0")


@pytest.mark.usefixtures("published")
async def test_versions_are_newest_first_exactly_one_is_installed_and_nothing_can_be_changed(
    page: Page, admin: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await page.clock.install()
    await page.goto(PAGE)
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(3)

    assert await page.locator("thead th").all_text_contents() == [
        "Version",
        "Published",
        "Content hash",
        "Installed",
    ]
    assert [await row.get_by_role("link").first.text_content() for row in await rows.all()] == NUMBERS[::-1]
    assert await rows.get_by_text("Installed", exact=True).count() == 1
    assert await rows.last.get_by_text("Installed", exact=True).count() == 1
    assert await rows.get_by_text("not installed", exact=True).count() == 2
    await expect(rows.nth(1).get_by_text("pre-release", exact=True)).to_be_visible()
    await expect(rows.get_by_text("Unsigned", exact=True)).to_have_count(3)
    controls = [
        (await each.get_attribute("aria-label")) or (await each.text_content()) or ""
        for each in await rows.get_by_role("button").all()
    ]
    assert [
        name for name in controls if not (name.startswith(HARMLESS) or "UTC" in name or "ago" in name)
    ] == []
    assert await rows.locator("input, select, textarea").count() == 0

    await page.get_by_role("button", name="Verify this list").click()
    await expect(page.get_by_text("3 versions, complete up to log entry")).to_be_visible()
    await shoot(page, "versions-verified")

    await publish(admin, screen_archive(tmp_path, EXTENSION, "1.2.0"))
    await page.clock.fast_forward(31_000)
    await expect(rows).to_have_count(3)
    await page.get_by_role("button", name="1 new version").click()
    await expect(rows).to_have_count(4)
    await page.get_by_role("link", name="1.2.0", exact=True).click()
    await expect(page.get_by_role("heading", name="Version 1.2.0")).to_be_visible()
    await _compare_a_hash(page, admin)
    await page.reload()
    await expect(page.get_by_text(f"annex verify {EXTENSION}@1.2.0")).to_be_visible()


async def _compare_a_hash(page: Page, admin: aiohttp.ClientSession) -> None:
    """Paste the whole hash, one that differs in its last digit, and half of it."""
    async with admin.get(f"/api/v1/extensions/{EXTENSION}/versions/1.2.0") as answer:
        content_hash: str = (await answer.json())["content_hash"]
    other = content_hash[:-1] + ("0" if content_hash[-1] != "0" else "1")
    compared = page.locator("section", has=page.get_by_label("Content hash from elsewhere")).last
    for pasted, said in (
        (content_hash.upper().replace("SHA256:", ""), "Same."),
        (other, "Different."),
        (content_hash[:19], "This is not a whole content hash."),
    ):
        await page.get_by_label("Content hash from elsewhere").fill(pasted)
        await expect(compared.get_by_role("status")).to_contain_text(said)


@pytest.mark.usefixtures("published")
async def test_a_byte_flipped_on_the_way_fails_verification(page: Page) -> None:
    async def flip(route: Route) -> None:
        answer = await route.fetch()
        body = bytearray(await answer.body())
        body[-3] ^= 1
        await route.fulfill(response=answer, body=bytes(body))

    await page.route("**/log/tile/entries/**", flip)
    await page.goto(PAGE)

    newest = page.locator("tbody tr").first
    await expect(newest.get_by_text("Verification failed")).to_be_visible()
    await page.get_by_role("button", name="Verify this list").click()
    await expect(page.get_by_role("alert").get_by_text("Verification failed")).to_be_visible()
    await shoot(page, "versions-failed")
    # The list and the version's own page say the same.
    await newest.get_by_role("link").first.click()
    proof = page.get_by_role("region", name="Proof")
    await expect(proof.get_by_text("Verification failed")).to_be_visible()
    await page.go_back()
    await page.unroute("**/log/tile/entries/**")
    await page.reload()
    await expect(newest.get_by_text("Unsigned")).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_a_version_whose_check_failed_is_neither_installed_nor_upgraded_to(
    page: Page, admin: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async def with_other_bytes(route: Route) -> None:
        answer = await route.fetch()
        version = await answer.json()
        if version["version"] != "1.0.0":
            version["content_hash"] = f"sha256:{'0' * 64}"
        await route.fulfill(response=answer, json=version)

    fresh = "acme-versions/fresh"
    for number in ("1.0.0", "1.0.1"):
        await publish(admin, screen_archive(tmp_path, fresh, number))
    reason = re.compile(r"Verification of version \S+ failed\. The log names another content hash")
    await page.route("**/api/v1/extensions/*/*/versions/*", with_other_bytes)

    await page.goto(f"/t/dev/extensions/{fresh}")
    install = page.get_by_role("button", name="Install", exact=True)
    await expect(install).to_be_disabled()
    await expect(install).to_have_accessible_description(reason)
    await expect(page.get_by_role("link", name="Install", exact=True)).to_have_count(0)
    assert await overflow(page) <= 0
    await shoot(page, "install-head-unproven")
    await page.goto(f"/t/dev/extensions/{fresh}/install?step=review")
    await expect(install).to_be_disabled()
    await expect(install).to_have_accessible_description(reason)
    await shoot(page, "install-unproven")
    await page.goto(f"/t/dev/extensions/{fresh}/install?step=review&version=1.0.0")
    await expect(install).to_be_enabled()

    await page.goto(PAGE)
    await expect(page.get_by_role("alert").get_by_text(reason)).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("^Upgrade to"))).to_have_count(0)
    await page.goto(PAGE.replace("/versions", "/upgrade"))
    upgrade = page.get_by_role("button", name="Upgrade", exact=True)
    await expect(upgrade).to_be_disabled()
    await expect(upgrade).to_have_accessible_description(reason)
    await shoot(page, "upgrade-unproven")
    await page.unroute_all(behavior="ignoreErrors")
    await page.reload()
    await expect(upgrade).to_be_enabled()


@pytest.mark.usefixtures("published")
async def test_a_log_that_was_rolled_back_is_noticed(page: Page, gateway: str) -> None:
    await page.goto(PAGE)
    await expect(page.locator("tbody").get_by_text("Unsigned").first).to_be_visible()
    grown = "(key) => { const seen = JSON.parse(localStorage[key]); return seen.note.split('\\n')[1]; }"
    (key,) = await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('annex.log.'))")
    size = int(await page.evaluate(grown, key))
    async with aiohttp.ClientSession(gateway) as client, client.get("/log/checkpoint") as answer:
        note = await answer.text()

    # As if this browser had seen a longer log before: the gateway now shows one that ends earlier.
    forged = "([key, note]) => { const seen = JSON.parse(localStorage[key]); seen.note = note; "
    forged += "localStorage[key] = JSON.stringify(seen); }"
    await page.evaluate(forged, [key, note.replace(f"\n{size}\n", f"\n{size + 5}\n")])
    await page.reload()

    await expect(page.locator("tbody").get_by_text("Verification failed").first).to_be_visible()


@pytest.mark.usefixtures("published")
async def test_the_list_says_what_it_is_where_there_is_nothing_much_or_trouble(page: Page) -> None:
    way = "empty"

    async def listing(route: Route) -> None:
        if way == "broken":
            problem = {
                "code": "REGISTRY_UNAVAILABLE",
                "message": "The registry is away.",
                "request_id": "req_9",
            }
            await route.fulfill(status=503, json=problem)
            return
        answer = await route.fetch()
        rows = await answer.json()
        if way == "empty":
            rows["items"] = []
        if way == "two bundles":
            rows["items"][0]["bundle_count"] = 2
        await route.fulfill(json=rows)

    await page.route(LISTING, listing)
    await page.goto(PAGE)
    await expect(page.get_by_text("No versions published yet.")).to_be_visible()
    await expect(page.get_by_text("it appears here within seconds and stays for ever")).to_be_visible()

    way = "two bundles"
    await page.reload()
    await page.get_by_role("button", name="2 bundles").click()
    await expect(page.get_by_text("The newest of them is the one shown here and served")).to_be_visible()

    way = "broken"
    await page.clock.install()
    await page.reload()
    await page.clock.run_for(10_000)
    await expect(page.get_by_role("alert").get_by_text("The registry is away.")).to_be_visible()
    await expect(page.get_by_text("REGISTRY_UNAVAILABLE")).to_be_visible()
    way = "well"
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("tbody").get_by_text("Installed", exact=True)).to_have_count(1)
    way = "broken"
    stale = page.get_by_text("Shown as of")
    async with asyncio.timeout(20):
        while not await stale.is_visible():
            await page.clock.run_for(5_000)
    await expect(page.locator("tbody").get_by_text("Installed", exact=True)).to_have_count(1)
    await page.unroute_all(behavior="ignoreErrors")


@pytest.mark.long
@pytest.mark.usefixtures("published")
async def test_of_ten_thousand_versions_the_page_holds_those_that_were_asked_for(
    page: Page, admin: aiohttp.ClientSession
) -> None:
    async with admin.get(f"/api/v1/extensions/{EXTENSION}/versions") as answer:
        whole: dict[str, Any] = await answer.json()

    async def listing(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        begin, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        rows = [_far_back(whole["items"][0], place) for place in range(begin, begin + limit)]
        await route.fulfill(json={**whole, "items": rows, "next_cursor": str(begin + limit)})

    await page.route(LISTING, listing)
    await page.goto(PAGE)
    rows = page.locator("tbody tr")
    more = page.get_by_role("button", name="Load 50 more")
    for shown in range(50, 501, 50):
        await expect(rows).to_have_count(shown)
        await more.click()

    await expect(rows).to_have_count(550)
    await expect(rows.last.get_by_role("link").first).to_have_text("1.0.9451")
    await expect(page.get_by_role("button", name="Verify this list")).to_have_count(0)
    await page.unroute_all(behavior="ignoreErrors")


def _far_back(row: dict[str, Any], place: int) -> dict[str, Any]:
    """Return the row of one of ten thousand versions, which no log holds."""
    number = {"version_id": f"made-up-{place}", "version": f"1.0.{10_000 - place}"}
    return {**row, **number, "log_index": None, "installed": False}


async def test_an_extension_without_an_install_marks_no_version(
    page: Page, admin: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await publish(admin, screen_archive(tmp_path, "acme-versions/other", "0.1.0"))

    await page.goto("/t/dev/extensions/acme-versions/other/versions")

    await expect(page.locator("tbody tr")).to_have_count(1)
    assert await page.locator("tbody").get_by_text("Installed", exact=True).count() == 0
    await expect(page.get_by_role("link", name="Install", exact=True)).to_be_visible()


async def test_without_the_permission_the_page_says_which_where_and_who_gives_it(
    browser: Browser, gateway: str, admin: aiohttp.ClientSession
) -> None:
    wish = {"name": "watcher", "permissions": ["extension:debug"]}
    async with admin.post("/api/v1/api-keys", json=wish) as answer:
        key = (await answer.json())["api_key"]
    context = await signed_in(browser, gateway, await session_cookie(gateway, key))
    page = await context.new_page()

    await page.goto(PAGE)

    await expect(page.get_by_text("Ask a Development admin for extension:read")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(0)
    await context.close()
