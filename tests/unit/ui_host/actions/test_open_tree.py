import asyncio

import pytest

from annex_ui_host.actions.open_tree import open_tree
from annex_ui_host.domain.errors import AssetNotFound
from unit.ui_host.fakes import HASH, MemoryBundles, MemoryRegistry, a_shelf, a_tree


async def test_bundle_is_fetched_once_for_everybody_and_kept() -> None:
    tree = a_tree(index_html=b"<p>")
    bundles = MemoryBundles({HASH: tree})
    shelf = a_shelf(MemoryRegistry(), bundles)
    bundles.gate.clear()
    waiting = [asyncio.create_task(open_tree(HASH, trees=shelf.trees, bundles=bundles)) for _ in range(10)]
    await asyncio.sleep(0)
    bundles.gate.set()
    at_once = await asyncio.gather(*waiting)

    later = await open_tree(HASH, trees=shelf.trees, bundles=bundles)

    assert all(opened is tree for opened in [*at_once, later])
    assert bundles.fetches == 1


async def test_failed_fetch_leaves_nothing_behind() -> None:
    bundles = MemoryBundles()
    shelf = a_shelf(MemoryRegistry(), bundles)
    with pytest.raises(AssetNotFound):
        await open_tree(HASH, trees=shelf.trees, bundles=bundles)
    bundles.trees[HASH] = a_tree(index_html=b"<p>")

    tree = await open_tree(HASH, trees=shelf.trees, bundles=bundles)

    assert list(tree.assets) == ["index.html"]
