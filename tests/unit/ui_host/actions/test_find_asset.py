import pytest

from annex_ui_host.actions.find_asset import Wanted, find_asset
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound, VersionBlocked
from support.version_statuses import a_status
from unit.ui_host.fakes import (
    EXTENSION,
    HASH,
    OTHER_TENANT,
    TENANT,
    MemoryBundles,
    MemoryRegistry,
    a_publication,
    a_shelf,
    a_tree,
    an_install,
)


def a_wanted(path: str, *, is_navigation: bool = False) -> Wanted:
    return Wanted(AssetAddress("acme.notes", HASH, path), is_navigation=is_navigation)


@pytest.fixture
def bundles() -> MemoryBundles:
    return MemoryBundles({HASH: a_tree(index_html=b"<p>", app_js=b"let a")})


@pytest.fixture
def registry() -> MemoryRegistry:
    return MemoryRegistry(feed=[a_publication()], listed=[an_install()])


async def test_file_is_found_by_its_exact_path(registry: MemoryRegistry, bundles: MemoryBundles) -> None:
    found = await find_asset(a_wanted("app.js"), shelf=a_shelf(registry, bundles))

    assert found.asset.plain.body == b"let a"
    assert not found.is_fallback


@pytest.mark.parametrize("path", ["App.js", "app.js/x", "ui/app.js", "manifest.json", "missing.js", ""])
async def test_anything_else_is_not_found(
    path: str, registry: MemoryRegistry, bundles: MemoryBundles
) -> None:
    with pytest.raises(AssetNotFound):
        await find_asset(a_wanted(path), shelf=a_shelf(registry, bundles))


@pytest.mark.parametrize("path", ["", "users", "users/7"])
async def test_navigation_inside_the_app_gets_the_entry_page(
    path: str, registry: MemoryRegistry, bundles: MemoryBundles
) -> None:
    found = await find_asset(a_wanted(path, is_navigation=True), shelf=a_shelf(registry, bundles))

    assert found.asset.plain.body == b"<p>"
    assert found.is_fallback


async def test_navigation_to_a_missing_file_is_not_found(
    registry: MemoryRegistry, bundles: MemoryBundles
) -> None:
    with pytest.raises(AssetNotFound):
        await find_asset(a_wanted("missing.js", is_navigation=True), shelf=a_shelf(registry, bundles))


async def test_bundle_without_an_entry_page_has_no_fallback(registry: MemoryRegistry) -> None:
    bundles = MemoryBundles({HASH: a_tree(app_js=b"let a")})

    with pytest.raises(AssetNotFound):
        await find_asset(a_wanted("users", is_navigation=True), shelf=a_shelf(registry, bundles))


async def test_unpublished_hash_is_never_fetched(bundles: MemoryBundles) -> None:
    with pytest.raises(AssetNotFound):
        await find_asset(a_wanted("app.js"), shelf=a_shelf(MemoryRegistry(), bundles))

    assert bundles.fetches == 0


async def test_named_tenant_needs_an_install(registry: MemoryRegistry, bundles: MemoryBundles) -> None:
    address = AssetAddress("acme.notes", HASH, "app.js")
    shelf = a_shelf(registry, bundles)

    found = await find_asset(Wanted(address, TENANT), shelf=shelf)

    assert found.asset.plain.body == b"let a"
    with pytest.raises(AssetNotFound):
        await find_asset(Wanted(address, OTHER_TENANT), shelf=shelf)


async def test_blocked_version_is_not_shown_although_its_tree_is_in_memory(
    registry: MemoryRegistry, bundles: MemoryBundles
) -> None:
    shelf = a_shelf(registry, bundles)
    await find_asset(a_wanted("app.js"), shelf=shelf)
    shelf.blocked.apply(
        a_status("blocked", serial=2, version_id="v", extension_id=EXTENSION, content_hash=HASH)
    )

    with pytest.raises(VersionBlocked):
        await find_asset(a_wanted("app.js"), shelf=shelf)


@pytest.mark.parametrize("status", ["active", "deprecated", "yanked"])
async def test_a_version_that_is_not_blocked_any_more_is_shown(
    status: str, registry: MemoryRegistry, bundles: MemoryBundles
) -> None:
    shelf = a_shelf(registry, bundles)
    for serial, said in enumerate(("blocked", status), start=2):
        shelf.blocked.apply(
            a_status(said, serial=serial, version_id="v", extension_id=EXTENSION, content_hash=HASH)
        )

    found = await find_asset(a_wanted("app.js"), shelf=shelf)

    assert found.asset.plain.body == b"let a"
