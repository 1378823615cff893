"""Pages that change something, each path walked once: consent, configuration, secrets, keys, controls."""

import json
import re

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from support.browser.console import session_cookie, settled, shoot, signed_in
from support.browser.gateway import Gateway
from support.platform_embedded import Running

LAB = "writing-lab"
SCHEMA = {
    "type": "object",
    "required": ["currency"],
    "additionalProperties": False,
    "properties": {
        "greeting": {"type": "string", "title": "Greeting", "default": "Hello", "maxLength": 20},
        "limit": {"type": "integer", "title": "Most notes", "minimum": 1, "maximum": 9},
        "currency": {"enum": ["EUR", "USD"], "title": "Currency"},
        "loud": {"type": "boolean", "title": "Loud"},
    },
}


@pytest.fixture(scope="session")
async def lab(platform: Running, gateway: str) -> Gateway:
    """Return the gateway for an administrator, with a publisher to publish under."""
    made = Gateway(gateway, platform.dev["admin_api_key"])
    await made.ask("POST", "/api/v1/publishers", {"name": LAB})
    return made


def _at(extension: str, page: str = "") -> str:
    return f"/t/dev/extensions/{extension}{page}"


async def _open(page: Page, extension: str, name: str) -> None:
    await page.goto(_at(extension, name))
    await settled(page)


def _button(place: Page | Locator, name: str | re.Pattern[str]) -> Locator:
    return place.get_by_role("button", name=name, exact=isinstance(name, str))


async def _copied(page: Page) -> str:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await _button(page, "Copy as annex command").first.click()
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def test_an_install_is_consented_to_upgraded_rolled_back_switched_and_removed(
    page: Page, lab: Gateway
) -> None:
    extension = f"{LAB}/walked"

    await _install_by_consent(page, lab, extension)
    await _upgrade_by_difference(page, lab, extension)
    await _roll_back(page, lab, extension)
    await _switch_off_and_undo(page, lab, extension)
    await _pin_and_uninstall(page, extension)

    assert await lab.install_of(extension) is None


async def _install_by_consent(page: Page, lab: Gateway, extension: str) -> None:
    await lab.publish(
        extension,
        "1.0.0",
        capabilities=["http.fetch", "storage.kv", "client.read", "log.emit"],
        **{"x-annex-egress": ["api.example.com"]},
    )
    await _open(page, extension, "/install")
    await _button(page, "Continue").click()
    fetch = page.get_by_role("listitem").filter(has_text="other servers")
    await expect(fetch.get_by_text("Leaves the tenant")).to_be_visible()
    await expect(fetch.get_by_label("api.example.com")).to_be_checked()
    clients = page.get_by_role("group", name="read your clients")
    await clients.get_by_label("Refuse").check()
    await shoot(page, "install-capabilities")
    await page.go_back()
    await page.go_forward()
    await expect(clients.get_by_label("Refuse")).to_be_checked()
    await _button(page, "Continue").click()
    await _button(page, "Continue").click()
    command = await _copied(page)
    await _button(page, "Grant 2 and install").click()
    await expect(page.get_by_text(f"{extension}@1.0.0 is installed")).to_be_visible()
    installed = await lab.install_of(extension)

    assert command == f"annex install {extension}@1.0.0 --grant http.fetch,storage.kv --deny client.read"
    assert set(installed["grants"]) == {"cap:http.fetch", "cap:storage.kv", "cap:log.emit"}
    assert installed["denied"] == ["cap:client.read"]
    assert installed["egress"] == ["api.example.com"]

    await page.get_by_role("link", name="Who granted what, and when").click()
    await expect(page.get_by_text("Installed 1.0.0")).to_be_visible()


async def _upgrade_by_difference(page: Page, lab: Gateway, extension: str) -> None:
    await lab.publish(
        extension,
        "1.1.0",
        capabilities=["http.fetch", "client.read", "secrets.get", "log.emit"],
        **{"x-annex-egress": ["api.example.com", "new.example.com"]},
    )
    await _open(page, extension, "/activity")
    await expect(
        page.get_by_text("1.1.0 asks for 2 new rights. 1.0.0 keeps running until you decide.")
    ).to_be_visible()
    await page.get_by_role("link", name="Decide").click()
    for title, words in (
        ("Added", "read the secrets you give this install"),
        ("Widened", "new.example.com"),
        ("Removed", "store data of its own"),
    ):
        group = page.locator("section", has=page.get_by_role("heading", name=title, exact=True)).last
        await expect(group).to_contain_text(words)
    await expect(page.get_by_text("1 unchanged")).to_be_visible()
    await page.get_by_label("new.example.com").check()
    await shoot(page, "upgrade-consent")
    await _button(page, "Grant 2 and upgrade").click()
    await expect(page.get_by_text(f"{extension}@1.1.0 runs instead of 1.0.0")).to_be_visible()
    upgraded = await lab.install_of(extension)

    assert "cap:secrets.get" in upgraded["grants"]
    assert upgraded["denied"] == ["cap:client.read"]
    assert sorted(upgraded["egress"]) == ["api.example.com", "new.example.com"]


async def _roll_back(page: Page, lab: Gateway, extension: str) -> None:
    await page.get_by_role("link", name="Roll back").click()
    await expect(page.get_by_text("granted again")).to_be_visible()
    await _button(page, "Roll back to 1.0.0").click()
    await expect(page.get_by_text(f"{extension}@1.0.0 runs instead of 1.1.0")).to_be_visible()

    assert (await lab.install_of(extension))["version"] == "1.0.0"


async def _switch_off_and_undo(page: Page, lab: Gateway, extension: str) -> None:
    await _open(page, extension, "/manage")
    enabled = page.get_by_role("switch", name="Enabled")
    await enabled.click()
    await expect(enabled).not_to_be_checked()
    await expect(page.get_by_text(f"{extension}@1.0.0 is disabled")).to_be_visible()
    assert (await lab.install_of(extension))["is_enabled"] is False
    await _button(page, "Undo").click()
    await expect(enabled).to_be_checked()
    assert (await lab.install_of(extension))["is_enabled"] is True


async def _pin_and_uninstall(page: Page, extension: str) -> None:
    await page.get_by_role("switch", name="Pin this version").click()
    await expect(page.get_by_role("switch", name="Pinned to 1.0.0")).to_be_checked()
    await _button(page, f"Uninstall {extension}").click()
    dialog = page.get_by_role("alertdialog")
    await expect(_button(dialog, "Uninstall")).to_be_disabled()
    await expect(_button(dialog, "Cancel")).to_be_focused()
    await dialog.get_by_role("textbox").fill(extension)
    await _button(dialog, "Uninstall").click()
    await expect(page.get_by_text(f"{extension} is not installed in")).to_be_visible()


async def test_an_upgrade_that_asks_for_nothing_new_needs_no_consent(page: Page, lab: Gateway) -> None:
    extension = f"{LAB}/quiet"
    await lab.publish(extension, "1.0.0", capabilities=["storage.kv"])
    await lab.installed(extension, grants=["cap:storage.kv"])
    await lab.publish(extension, "1.0.1", capabilities=["storage.kv"])

    await _open(page, extension, "/upgrade")

    await expect(page.get_by_text("It asks for nothing new and nothing more.")).to_be_visible()
    await expect(page.get_by_text("keeps running until you decide")).to_have_count(0)
    await _button(page, "Upgrade").click()
    await expect(page.get_by_text(f"{extension}@1.0.1 runs instead of 1.0.0")).to_be_visible()


async def test_what_is_not_known_is_decided_before_the_button_works(page: Page, lab: Gateway) -> None:
    extension = f"{LAB}/unknown"
    await lab.publish(extension, "1.0.0", capabilities=["quantum.entangle"], configSchema=SCHEMA)

    await _open(page, extension, "/install?step=review")

    button = _button(page, "Install")
    await expect(button).to_be_disabled()
    reasons = page.locator("#install-reasons")
    await expect(reasons).to_contain_text("something this annex does not know")
    await expect(reasons).to_contain_text("Currency is required.")
    await _button(page, re.compile("Capabilities")).click()
    await page.get_by_label("Refuse").check()
    await _button(page, "Continue").click()
    await page.get_by_label("Currency").select_option("EUR")
    await _button(page, "Continue").click()
    await button.click()
    await expect(page.get_by_text("is installed")).to_be_visible()


async def test_a_configuration_is_saved_met_by_another_change_and_reverted(page: Page, lab: Gateway) -> None:
    extension = f"{LAB}/configured"
    await lab.publish(extension, "1.0.0", configSchema=SCHEMA)
    install = await lab.installed(extension, config={"currency": "EUR"})
    address = f"/api/v1/installs/{install['install_id']}"

    await _open(page, extension, "/configuration")
    await page.get_by_label("Most notes").fill("12")
    await _button(page, "Save").click()
    await expect(page.get_by_text("Most notes is 9 or less.")).to_be_visible()
    await page.get_by_label("Most notes").fill("7")
    await page.get_by_label("Greeting").fill("Good day")
    await expect(page.get_by_text("2 settings change")).to_be_visible()
    command = await _copied(page)
    await _button(page, "Save").click()
    await expect(page.get_by_text("settings change")).to_have_count(0)

    saved = await lab.ask("GET", address)
    assert saved["config"] == {"currency": "EUR", "limit": 7, "greeting": "Good day"}
    assert command.startswith(f"annex config set {extension} 'greeting=Good day' limit:=7 --if-version ")

    await page.get_by_label("Greeting").fill("Mine")
    await lab.ask("PATCH", address, {"config": {"currency": "USD", "limit": 7, "greeting": "Theirs"}})
    await _button(page, "Save").click()
    conflict = page.get_by_text("Somebody else changed")
    await expect(conflict).to_be_visible()
    await shoot(page, "configuration-conflict")
    assert (await lab.ask("GET", address))["config"]["greeting"] == "Theirs"
    await _button(page, re.compile("Put both together")).click()
    async with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.ok):
        await _button(page, "Save").click()
    await expect(conflict).to_have_count(0)

    both = await lab.ask("GET", address)
    assert both["config"] == {"currency": "USD", "limit": 7, "greeting": "Mine"}

    await _button(page, re.compile("Revert to the configuration of revision")).last.click()
    await expect(page.get_by_label("Greeting")).to_have_value("")
    assert (await lab.ask("GET", address))["config"] == {"currency": "EUR"}


async def test_a_secret_goes_in_and_is_nowhere_afterwards(page: Page, lab: Gateway) -> None:
    extension = f"{LAB}/secretive"
    secret = "never-to-be-seen-7f3a91"
    await lab.publish(extension, "1.0.0", capabilities=["secrets.get"])
    await lab.installed(extension, grants=["cap:secrets.get"])
    bodies: list[bytes] = []

    async def read(route: Route) -> None:
        answer = await route.fetch()
        bodies.append(await answer.body())
        await route.fulfill(response=answer)

    await page.route("**/api/**", read)
    await _open(page, extension, "/secrets")

    await _button(page, "Add a secret").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("TOKEN")
    await dialog.get_by_label("Value").fill(secret)
    command = await _copied(page)
    await _button(dialog, "Add").click()
    await expect(page.get_by_role("row").filter(has_text="TOKEN")).to_contain_text("Active")
    await page.reload()
    await settled(page)
    await _button(page, "Replace TOKEN").click()
    await expect(page.get_by_role("dialog").get_by_label("Value")).to_have_value("")

    everything = await page.evaluate(
        "document.documentElement.outerHTML + JSON.stringify([...document.querySelectorAll('input')]"
        ".map(field => field.value)) + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
    )
    assert secret not in everything
    assert secret not in command
    assert command == f"annex secrets set {extension} TOKEN --from-stdin"
    assert bodies
    assert not any(secret.encode() in body for body in bodies)


async def test_where_no_secret_is_due_the_page_says_so(page: Page) -> None:
    await page.goto("/t/dev/secrets-due")
    await settled(page)

    await expect(page.get_by_text(re.compile("No secret of .* is overdue or expired"))).to_be_visible()


async def test_an_api_key_is_made_narrow_shown_once_rotated_and_revoked(page: Page, gateway: str) -> None:
    await page.goto("/t/dev/settings/api-keys")
    await settled(page)
    await _button(page, "Create an API key").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("extension:read")).to_be_checked()
    await expect(dialog.get_by_label("extension:write")).not_to_be_checked()
    await expect(dialog.get_by_label("Ends")).to_have_value("90")
    await dialog.get_by_label("Name").fill("browser-made")
    await _button(dialog, "Create").click()
    first = await _stored(page)
    await _button(page, re.compile("Rotate browser-made")).click()
    confirm = page.get_by_role("alertdialog")
    await confirm.get_by_label("The old secret ends").select_option("0")
    await _button(confirm, "Rotate").click()
    second = await _stored(page)

    assert first != second
    caller = Gateway(gateway, second)
    assert (await caller.ask("GET", "/api/v1/me"))["permissions"] == ["extension:read"]

    await _button(page, re.compile("Revoke browser-made")).click()
    asked = page.get_by_role("alertdialog")
    await expect(asked).to_contain_text("in the last 24 hours")
    await _button(asked, "Revoke").click()
    row = page.get_by_role("row").filter(has_text="browser-made")
    await expect(row).to_contain_text("Revoked")
    assert first not in await page.content()
    assert second not in await page.content()

    await page.goto("/t/dev/settings/audit?change=api_key.revoked")
    await settled(page)
    await expect(page.get_by_role("cell", name="revoked an API key").first).to_be_visible()
    async with page.expect_download() as saved:
        await _button(page, "Export NDJSON").click()
    path = await (await saved.value).path()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["change"] for line in lines} == {"api_key.revoked"}


async def _stored(page: Page) -> str:
    """Read the key's text from where it is shown once; the dialog closes only after the tick."""
    dialog = page.get_by_role("dialog")
    text = await dialog.locator("pre code").text_content()
    await expect(_button(dialog, "Close").last).to_be_disabled()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("I have stored it").check()
    await _button(dialog, "Close").last.click()
    await expect(dialog).to_have_count(0)
    assert text is not None
    return text


async def test_a_control_that_is_set_holds_and_has_a_history(page: Page, lab: Gateway) -> None:
    extension = f"{LAB}/limited"
    await lab.publish(extension, "1.0.0")
    await lab.installed(extension)
    await _open(page, extension, "/controls")

    await page.get_by_label("CPU time of a call, in ms").fill("50")
    await _button(page, "Add a quota").click()
    await page.get_by_label("Limit of quota 1").fill("1000")
    await _button(page, "Save").click()
    await expect(page.get_by_text("Say why: the history keeps it.")).to_be_visible()
    await page.get_by_label("Reason").fill("a small test")
    command = await _copied(page)
    await _button(page, "Save").click()
    await expect(page.get_by_role("row").filter(has_text="a small test")).to_contain_text("limit cpu_ms=50")

    assert command == (
        f"annex controls set {extension} --quota extension.invocations.month=1000 --limit cpu_ms=50 "
        "--reason 'a small test'"
    )
    held = await lab.ask("GET", f"/api/v1/controls/extensions/{extension.replace('/', '.')}")
    assert held["effective"]["limits"]["cpu_ms"] == 50
    assert {"scope": "extension", "kind": "invocations", "window": "month", "limit": 1000} in held[
        "effective"
    ]["quotas"]

    await page.goto("/t/dev/settings/quotas")
    await settled(page)
    await expect(page.get_by_text(f"{extension}: Calls per month")).to_be_visible()
    await expect(page.get_by_text("0 of 1,000")).to_be_visible()


async def test_whoever_may_not_is_told_which_permission_and_who_gives_it(
    browser: Browser, gateway: str, lab: Gateway
) -> None:
    extension = f"{LAB}/looked-at"
    await lab.publish(extension, "1.0.0", configSchema=SCHEMA)
    await lab.installed(extension, config={"currency": "EUR"})
    issued = await lab.ask("POST", "/api/v1/api-keys", {"name": "reader", "permissions": ["extension:read"]})
    cookie = await session_cookie(gateway, issued["api_key"])
    context = await signed_in(browser, gateway, cookie)
    page = await context.new_page()

    for name in ("/install", "/upgrade", "/rollback"):
        await _open(page, extension, name)
        await expect(page.get_by_text(re.compile(r"admin for extension:write"))).to_be_visible()
    await _open(page, extension, "/configuration")
    await expect(page.get_by_text(re.compile("You can look at this and not change it"))).to_be_visible()
    await expect(page.get_by_label("Greeting")).to_be_disabled()
    await expect(_button(page, "Save")).to_have_count(0)
    for name in ("api-keys", "members", "audit"):
        await page.goto(f"/t/dev/settings/{name}")
        await settled(page)
        await expect(page.get_by_text(re.compile("for the role admin"))).to_be_visible()
    await page.goto("/t/dev/settings/kill-switches")
    await expect(page.get_by_text(re.compile("for platform:admin"))).to_be_visible()
    await context.close()
