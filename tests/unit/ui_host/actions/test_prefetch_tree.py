from annex_ui_host.actions.prefetch_tree import prefetch_tree
from unit.ui_host.fakes import HASH, MemoryBundles, MemoryRegistry, a_publication, a_shelf, a_tree


async def test_published_tree_is_in_memory_before_somebody_asks() -> None:
    bundles = MemoryBundles({HASH: a_tree(index_html=b"<p>")})
    shelf = a_shelf(MemoryRegistry(), bundles)
    shelf.publications.add(a_publication())

    await prefetch_tree(HASH, shelf=shelf)
    await prefetch_tree(HASH, shelf=shelf)

    assert shelf.trees.cache.get(HASH) is not None
    assert bundles.fetches == 1


async def test_failed_prefetch_is_nobodys_error() -> None:
    shelf = a_shelf(MemoryRegistry(), MemoryBundles())
    shelf.publications.add(a_publication())

    await prefetch_tree(HASH, shelf=shelf)

    assert shelf.trees.cache.get(HASH) is None


async def test_what_is_not_published_is_not_fetched() -> None:
    bundles = MemoryBundles()

    await prefetch_tree(HASH, shelf=a_shelf(MemoryRegistry(), bundles))

    assert bundles.fetches == 0
