"""The UI kit's components in a real browser: what axe finds, what keys do, how they follow the reader."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from support.browser.gallery import served_gallery, shoot, violations
from support.browser.observed import Observed

LIMIT_MS = 10_000
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 360, "height": 740}
# 1280 pixels at a zoom of 400 %.
ZOOMED: ViewportSize = {"width": 320, "height": 256}
# What sticks out of the window to the side, apart from what scrolls by itself.
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# axe's rules that depend on colours or on where things are.
DEPENDING = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
Scheme = Literal["light", "dark"]
Forced = Literal["active", "none"]
THEMES: list[tuple[Scheme, Forced]] = [
    ("light", "none"),
    ("dark", "none"),
    ("light", "active"),
    ("dark", "active"),
]
RUNNING = "() => document.getAnimations().filter((animation) => animation.playState === 'running').length"


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with served_gallery() as address:
        yield address


@pytest.fixture(scope="module")
async def opened(browser: Browser, address: str) -> AsyncIterator[Page]:
    """Open the gallery once for all tests; nothing it does may be complained about."""
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(LIMIT_MS)
    page = await context.new_page()
    observed = Observed.of(page)
    await page.goto(address)
    await expect(page.get_by_role("heading", name="Annex UI kit")).to_be_visible()
    yield page
    await context.close()
    assert observed.complaints == []


@pytest.fixture
async def gallery(opened: Page) -> Page:
    """Return the gallery in a wide window, with the light theme and without motion."""
    await opened.set_viewport_size(WIDE)
    await opened.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="reduce")
    return opened


def story(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}")


async def test_axe_finds_nothing(gallery: Page) -> None:
    await shoot(gallery, "ui-kit-light-1280")
    found = await violations(gallery)
    # The same elements in other colours and places: only what depends on those is looked at again.
    await gallery.emulate_media(color_scheme="dark")
    await gallery.set_viewport_size(NARROW)
    await shoot(gallery, "ui-kit-dark-360")
    found += await violations(gallery, rules=DEPENDING)

    assert found == []


@pytest.mark.long
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("scheme", "forced"), THEMES, ids=["light", "dark", "light-forced", "dark-forced"])
async def test_axe_finds_nothing_in_any_theme_at_any_width(
    gallery: Page, scheme: Scheme, forced: Forced, size: ViewportSize
) -> None:
    await gallery.emulate_media(color_scheme=scheme, forced_colors=forced)
    await gallery.set_viewport_size(size)
    await shoot(gallery, f"ui-kit-{scheme}-{forced}-{size['width']}")

    assert await violations(gallery) == []


async def test_every_width_direction_and_size_of_text_fits(gallery: Page) -> None:
    too_wide: dict[str, int] = {}
    for name, size, change in (
        ("wide", WIDE, "void 0"),
        ("narrow", NARROW, "void 0"),
        ("zoomed", ZOOMED, "void 0"),
        ("narrow-rtl", NARROW, "document.documentElement.dir = 'rtl'"),
        ("rtl", WIDE, "void 0"),
        ("large-text", WIDE, "document.documentElement.style.setProperty('font-size', '200%')"),
    ):
        await gallery.evaluate(change)
        await gallery.set_viewport_size(size)
        too_wide[name] = await gallery.evaluate(OVERFLOW)
        await shoot(gallery, f"ui-kit-{name}")
    await gallery.evaluate("document.documentElement.removeAttribute('dir')")
    await gallery.evaluate("document.documentElement.style.removeProperty('font-size')")

    assert too_wide == dict.fromkeys(too_wide, 0)


async def test_nothing_moves_for_who_asks_for_no_motion(gallery: Page) -> None:
    still = await gallery.evaluate(RUNNING)
    await gallery.emulate_media(reduced_motion="no-preference")

    assert (still, await gallery.evaluate(RUNNING) > 0) == (0, True)


async def test_tabs_move_by_arrows_and_skip_what_is_disabled(gallery: Page) -> None:
    tabs = story(gallery, "tabs")
    await tabs.get_by_role("tab", name="Overview").focus()
    chosen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "End", "Home", "ArrowLeft"):
        await gallery.keyboard.press(key)
        chosen.append(await tabs.get_by_role("tab", selected=True).inner_text())
    await gallery.keyboard.press("Tab")

    assert [name.split("\n")[0] for name in chosen] == [
        "Versions",
        "Live debug",
        "Overview",
        "Live debug",
        "Overview",
        "Live debug",
    ]
    await expect(tabs.get_by_role("tabpanel", name="Live debug")).to_be_focused()


async def test_a_menu_is_walked_by_keys_and_gives_the_focus_back(gallery: Page) -> None:
    button = story(gallery, "menu").get_by_role("button", name="Actions")
    await button.focus()
    await gallery.keyboard.press("ArrowDown")
    walked = []
    for key in ("ArrowDown", "u", "Home", "ArrowUp", "d"):
        await gallery.keyboard.press(key)
        walked.append(await gallery.evaluate("document.activeElement.textContent"))
    found = await violations(gallery, "#menu")
    await gallery.keyboard.press("Escape")

    assert walked == ["Disable", "Uninstall…", "Open", "Uninstall…", "Disable"]
    assert found == []
    await expect(button).to_be_focused()
    await expect(button).to_have_attribute("aria-expanded", "false")


async def test_a_dialog_keeps_the_focus_and_gives_it_back(gallery: Page) -> None:
    button = gallery.get_by_role("button", name="Rename key…")
    await button.click()
    dialog = gallery.get_by_role("dialog", name="Rename key")
    await expect(dialog).to_be_visible()
    stops = []
    for _ in range(8):
        await gallery.keyboard.press("Tab")
        stops.append(await gallery.evaluate("document.activeElement.closest('dialog') !== null"))
    found = await violations(gallery, "dialog[open]")
    await shoot(gallery, "ui-kit-dialog")
    await gallery.keyboard.press("Escape")

    assert stops == [True] * 8
    assert found == []
    await expect(dialog).to_be_hidden()
    await expect(button).to_be_focused()


async def test_what_cannot_be_undone_starts_on_cancel_and_asks_for_the_name(gallery: Page) -> None:
    await gallery.get_by_role("button", name="Uninstall…").click()
    dialog = gallery.get_by_role("alertdialog", name="Uninstall invoice-notes from northwind?")
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    verb = dialog.get_by_role("button", name="Uninstall")
    await expect(verb).to_be_disabled()
    await dialog.get_by_label("Type invoice-notes to confirm").fill("invoice-notes")

    await expect(verb).to_be_enabled()
    assert await violations(gallery, "dialog[open]") == []
    await gallery.keyboard.press("Escape")


async def test_a_drawer_and_a_popover_close_by_escape(gallery: Page) -> None:
    for name, opened in (("Show execution…", "Execution 4f21"), ("2 bundles", "Bundles of 1.2.0")):
        button = gallery.get_by_role("button", name=name)
        await button.focus()
        await gallery.keyboard.press("Enter")
        await expect(gallery.get_by_role("dialog", name=opened)).to_be_visible()
        found = await violations(gallery, ":is(dialog[open], :popover-open)")
        await gallery.keyboard.press("Escape")

        assert found == []
        await expect(gallery.get_by_role("dialog", name=opened)).to_be_hidden()
        await expect(button).to_be_focused()


async def test_a_combobox_finds_moves_chooses_and_lets_go(gallery: Page) -> None:
    box = gallery.locator("#combobox-publisher")
    await box.click()
    await gallery.keyboard.type("n")
    await gallery.keyboard.press("ArrowDown")
    option = gallery.get_by_role("listbox", name="Publisher").get_by_role("option", name="contoso")
    await expect(box).to_have_attribute("aria-activedescendant", str(await option.get_attribute("id")))
    found = await violations(gallery, "#combobox")
    await gallery.keyboard.press("Enter")
    chosen = await box.input_value()
    await gallery.keyboard.press("ArrowDown")
    await gallery.keyboard.press("Escape")
    kept = await box.input_value()
    await gallery.keyboard.press("Escape")

    assert (chosen, kept, await box.input_value()) == ("contoso", "contoso", "")
    assert found == []
    await expect(box).to_have_attribute("aria-expanded", "false")


async def test_a_table_is_sorted_and_chosen_from_by_keys(gallery: Page) -> None:
    table = gallery.get_by_role("table", name="Versions of acme/invoice-notes")
    await table.get_by_role("button", name="Version , sorted descending").focus()
    await gallery.keyboard.press("Enter")
    first = await table.get_by_role("rowheader").first.inner_text()
    sorted_by = table.locator("[aria-sort]")
    await expect(sorted_by).to_have_attribute("aria-sort", "ascending")
    await table.get_by_role("button", name="Size").focus()
    await gallery.keyboard.press("Space")
    await expect(sorted_by).to_contain_text("Size")
    await table.get_by_role("checkbox", name="Select all rows").press("Space")

    assert first == "1.3.0"
    await expect(gallery.get_by_text("4 selected")).to_be_visible()


async def test_rows_become_labelled_cards_that_stay_a_table(gallery: Page) -> None:
    await gallery.set_viewport_size(NARROW)
    table = gallery.get_by_role("table", name="Versions of acme/invoice-notes")
    cell = table.get_by_role("cell", name="3.1 MB").first

    await expect(table.get_by_role("row")).to_have_count(5)
    await expect(table.get_by_role("button", name="Size")).to_be_visible()
    assert await cell.evaluate("(element) => getComputedStyle(element, '::before').content") == '"Size" / ""'


async def test_radios_are_one_stop_and_move_by_arrows(gallery: Page) -> None:
    group = gallery.get_by_role("group", name="Expiry")
    await group.get_by_role("radio", name="90 days").focus()
    await gallery.keyboard.press("ArrowDown")
    await expect(group.get_by_role("radio", name="365 days")).to_be_checked()
    await gallery.keyboard.press("Tab")

    await expect(gallery.get_by_role("group", name="Level").get_by_role("radio", name="info")).to_be_focused()


async def test_a_tooltip_comes_with_the_focus_and_goes_by_escape(gallery: Page) -> None:
    button = story(gallery, "tooltip").get_by_role("button")
    tip = story(gallery, "tooltip").get_by_role("tooltip")
    await button.press("Shift")
    await expect(tip).to_be_visible()
    await expect(button).to_have_accessible_description("18 Nov 2026, 09:12 UTC")
    await gallery.keyboard.press("Escape")

    await expect(tip).to_be_hidden()


async def test_a_form_leads_from_its_summary_to_the_field(gallery: Page) -> None:
    await gallery.get_by_role("button", name="Create key").click()
    summary = gallery.get_by_role("alert", name="There is a problem")
    await expect(summary).to_be_focused()
    found = await violations(gallery, "#form-and-errorsummary")
    await summary.get_by_role("link", name="Enter a name for the key.").click()
    field = gallery.get_by_label("Name of the key")

    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description("Enter a name for the key.")
    assert found == []


async def test_ten_thousand_lines_are_followed_paused_searched_and_scrolled(gallery: Page) -> None:
    log = gallery.get_by_role("group", name="Ten thousand lines")
    lines = log.get_by_role("log")
    write = log.get_by_role("button", name="Write 41 lines")
    await lines.scroll_into_view_if_needed()
    await expect(lines.get_by_text("line 10000 of the log")).to_be_visible()
    assert await lines.locator(".annex-log-row").count() < 100

    await write.click()
    await expect(lines.get_by_text("line 10041 of the log")).to_be_visible()

    await lines.evaluate("(element) => element.scrollTo({ top: 2000, left: 300 })")
    await expect(log.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    await write.click()
    await expect(log.get_by_role("button", name="41 new")).to_be_visible()
    assert await lines.evaluate("(element) => [element.scrollTop, element.scrollLeft]") == [2000, 300]

    await lines.press("Space")
    await write.click()
    await expect(log.get_by_role("button", name="82 new")).to_be_visible()
    await expect(log.get_by_text("10,082 lines")).to_be_visible()
    await log.get_by_label("Find in lines").fill("line 77 ")
    await expect(log.get_by_text("1 of 1")).to_be_visible()
    await lines.press("n")
    await expect(lines.get_by_text("line 77 of the log")).to_be_visible()
    await shoot(gallery, "ui-kit-log")
    await lines.press("f")

    await expect(lines.get_by_text("line 10123 of the log")).to_be_visible()
    await expect(log.get_by_role("button", name="Following")).to_be_visible()

    await lines.press("w")
    await expect(lines.get_by_text("line 10123 of the log")).to_be_visible()
    heights = await lines.locator(".annex-log-row").evaluate_all(
        "(rows) => rows.map((row) => Math.round(row.getBoundingClientRect().height))"
    )
    assert set(heights) > {20}
    assert await lines.evaluate("(element) => element.scrollWidth - element.clientWidth") == 0


async def test_a_tree_of_json_is_walked_by_keys(gallery: Page) -> None:
    tree = gallery.get_by_role("tree", name="Manifest")
    rows = tree.get_by_role("treeitem")
    before = await rows.count()
    await tree.press("ArrowLeft")
    await expect(rows).to_have_count(1)
    await tree.press("ArrowRight")
    await tree.press("ArrowRight")

    await expect(tree.get_by_role("treeitem", selected=True)).to_contain_text("name")
    assert await rows.count() == before


async def test_copying_says_so_once(gallery: Page) -> None:
    copy = story(gallery, "hashtext-and-idtext").get_by_role("button", name="Copy content hash").first
    await copy.click()
    await expect(story(gallery, "hashtext-and-idtext").get_by_role("status").first).to_have_text("Copied")

    copied = await gallery.evaluate("navigator.clipboard.readText()")
    assert copied == "sha256:9f2c41d7a0be55d1f3a81b7c0d9e2f64a1b3c5d7e9f00112233445566778899a"


async def test_a_toast_offers_undo_and_is_announced(gallery: Page) -> None:
    await story(gallery, "toast").get_by_role("button", name="Disable").click()
    toasts = gallery.get_by_role("region", name="Notifications")
    await expect(toasts.get_by_role("status")).to_contain_text("invoice-notes is disabled.")
    await toasts.get_by_role("button", name="Undo").click()

    await expect(toasts.get_by_text("invoice-notes is disabled.")).to_have_count(0)


async def test_the_chosen_theme_is_there_before_anything_is_drawn(gallery: Page) -> None:
    await gallery.get_by_role("radio", name="Dark").first.check(force=True)
    await gallery.add_init_script(
        "new MutationObserver(() => { window.themeAtBody ??= document.body && document.documentElement"
        ".dataset.annexTheme; }).observe(document, { childList: true, subtree: true });"
    )
    await gallery.reload()
    await expect(gallery.get_by_role("heading", name="Annex UI kit")).to_be_visible()

    assert await gallery.evaluate("window.themeAtBody") == "dark"
    assert await gallery.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 26)"
    await gallery.get_by_role("radio", name="System").first.check(force=True)
