"""Publishing from the console: hashed here, sent in parts, refused in the platform's own words."""

import hashlib
import json
from pathlib import Path

import aiohttp
from playwright.async_api import Page, Route, expect

from support.browser.console import shoot
from support.browser.published import screen_archive

PAGE = "/t/dev/publish"
SENTENCE = (
    'Version "1.0.0" of acme-panel/notes is already published and cannot be changed. '
    "Choose a new version number and publish again."
)


async def test_a_bundle_is_published_once_and_a_second_time_refused_with_both_hashes(
    page: Page, tmp_path: Path, admin: aiohttp.ClientSession
) -> None:
    archive = screen_archive(tmp_path, "acme-panel/notes", "1.0.0")
    other = screen_archive(tmp_path / "other", "acme-panel/notes", "1.0.0", capabilities=["cap:storage.kv"])
    ours = hashlib.sha256(archive.read_bytes()).hexdigest()
    theirs = hashlib.sha256(other.read_bytes()).hexdigest()
    await page.goto(PAGE)
    await page.get_by_label("Bundle").set_input_files(archive)
    await expect(page.get_by_text(f"content hash starting {ours[:12]}")).to_be_attached()
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_text("acme-panel/notes 1.0.0 is published")).to_be_visible()
    await expect(page.get_by_text("Passed")).to_have_count(4)
    await shoot(page, "publish-done")

    for again, hashed in ((archive, ours), (other, theirs)):
        await page.goto(PAGE)
        await page.get_by_label("Bundle").set_input_files(again)
        await page.get_by_role("button", name="Publish", exact=True).click()
        refusal = page.get_by_role("alert")
        await expect(refusal.get_by_text(SENTENCE)).to_be_visible()
        await expect(refusal).to_be_focused()
        identical = refusal.get_by_text("The published content is identical to yours. Nothing is missing.")
        await expect(identical).to_have_count(1 if hashed == ours else 0)
        for one in {ours, hashed}:
            await expect(refusal.get_by_text(f"content hash starting {one[:12]}").first).to_be_attached()
    await shoot(page, "publish-refused")
    await page.get_by_role("link", name="View version 1.0.0").click()
    await expect(page.get_by_role("heading", name="Version 1.0.0")).to_be_visible()
    async with admin.get("/api/v1/extensions/acme-panel/notes/versions") as answer:
        assert [row["content_hash"] for row in (await answer.json())["items"]] == [f"sha256:{ours}"]


async def test_a_reload_goes_on_with_the_upload_and_a_lost_answer_is_settled(
    page: Page, tmp_path: Path
) -> None:
    archive = screen_archive(tmp_path, "acme-panel/resumed", "1.0.0")

    async def lost(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/finalize", lost)
    await page.goto(PAGE)
    await page.get_by_label("Bundle").set_input_files(archive)
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_text("The outcome is not known")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await expect(page.get_by_text(f"{archive.name} was not finished")).to_be_visible()
    await page.unroute("**/finalize")

    await page.get_by_role("button", name="Find out what became of it").click()

    await expect(page.get_by_text("acme-panel/resumed 1.0.0 is published")).to_be_visible()


async def test_a_wish_that_never_arrived_is_repeated_with_its_signature_and_key(
    page: Page, tmp_path: Path, admin: aiohttp.ClientSession
) -> None:
    archive = screen_archive(tmp_path, "acme-panel/signed", "1.0.0")
    signature = tmp_path / "signed.sig"
    signature.write_text('{"payload": "nobody signed this"}')
    wishes: list[tuple[str, str | None, str | None]] = []

    async def lost_once(route: Route) -> None:
        request = route.request
        wishes.append((request.url, request.headers.get("idempotency-key"), request.post_data))
        await (route.abort() if len(wishes) == 1 else route.continue_())

    await page.route("**/finalize", lost_once)
    await page.goto(PAGE)
    await page.get_by_label("Bundle").set_input_files(archive)
    await page.get_by_label("Signature").set_input_files(signature)
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_text("The outcome is not known")).to_be_visible()

    await page.get_by_role("button", name="Find out").click()

    await expect(page.get_by_role("alert").get_by_text("signature").first).to_be_visible()
    first, second = wishes
    assert first == second
    assert first[1]
    assert json.loads(first[2] or "")["signature"]["text"] == signature.read_text()
    async with admin.get("/api/v1/extensions/acme-panel/signed/versions") as answer:
        assert answer.status == 404 or (await answer.json())["items"] == []


async def test_looking_for_an_upload_that_nobody_asked_to_publish_publishes_nothing(
    page: Page, tmp_path: Path, admin: aiohttp.ClientSession
) -> None:
    archive = screen_archive(tmp_path, "acme-panel/unasked", "1.0.0")
    content = archive.read_bytes()
    content_hash = f"sha256:{hashlib.sha256(content).hexdigest()}"
    wish = {"size_bytes": len(content), "content_hash": content_hash}
    async with admin.post("/api/v1/uploads", json=wish) as answer:
        upload_id = (await answer.json())["upload_id"]
    async with admin.patch(
        f"/api/v1/uploads/{upload_id}", data=content, headers={"upload-offset": "0"}
    ) as answer:
        assert answer.status == 204, await answer.text()
    await page.goto(PAGE)
    kept = {"uploadId": upload_id, "fileName": archive.name, "contentHash": content_hash}
    tenant = await page.evaluate(
        "fetch('/api/v1/console/session').then((answer) => answer.json()).then((session) => session.tenant)"
    )
    await page.evaluate(
        "([tenant, kept]) => localStorage.setItem(`annex.upload.${tenant}`, kept)",
        [tenant["tenant_id"], json.dumps(kept)],
    )
    await page.reload()

    await page.get_by_role("button", name="Find out what became of it").click()

    await expect(page.get_by_text(f"{archive.name} is not published")).to_be_visible()
    async with admin.get(f"/api/v1/uploads/{upload_id}") as answer:
        assert (await answer.json())["state"] == "receiving"


async def test_every_mistake_of_a_manifest_is_listed_with_its_place(page: Page, tmp_path: Path) -> None:
    manifest = {"name": "notes", "publisher": "acme-panel", "version": "one", "runtime": 7, "colour": "red"}

    async def refused(route: Route) -> None:
        answer = await route.fetch()
        assert answer.status in {200, 201, 204}
        errors = [{"pointer": f"/{name}", "message": f"{name} is wrong"} for name in manifest]
        problem = {
            "code": "INVALID_MANIFEST",
            "message": "The manifest is refused.",
            "details": {"errors": errors},
        }
        await route.fulfill(status=400, body=json.dumps(problem), content_type="application/problem+json")

    archive = screen_archive(tmp_path, "acme-panel/faulty", "1.0.0")
    await page.route("**/finalize", refused)
    await page.goto(PAGE)
    await page.get_by_label("Bundle").set_input_files(archive)
    await page.get_by_role("button", name="Publish", exact=True).click()

    summary = page.get_by_role("alert")
    await expect(summary.get_by_text("The manifest is refused.")).to_be_visible()
    await expect(summary).to_be_focused()
    await expect(summary.get_by_role("listitem")).to_have_count(len(manifest))
