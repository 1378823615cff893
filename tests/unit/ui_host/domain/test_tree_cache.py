from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.tree_cache import TreeCache
from unit.ui_host.fakes import a_tree

A, B, C = (ContentHash.of(name) for name in (b"a", b"b", b"c"))


def test_longest_unused_tree_makes_room() -> None:
    tree = a_tree(app_js=b"x" * 1000)
    cache = TreeCache(max_bytes=tree.size_bytes * 2)
    cache.put(A, tree)
    cache.put(B, tree)
    cache.get(A)

    cache.put(C, tree)

    assert [cache.get(key) is not None for key in (A, B, C)] == [True, False, True]
    assert cache.size_bytes == tree.size_bytes * 2


def test_same_tree_put_twice_counts_once() -> None:
    tree = a_tree(app_js=b"x" * 1000)
    cache = TreeCache(max_bytes=tree.size_bytes * 2)

    cache.put(A, tree)
    cache.put(A, tree)

    assert cache.size_bytes == tree.size_bytes


def test_tree_larger_than_the_cache_drops_nothing() -> None:
    small = a_tree(app_js=b"x")
    cache = TreeCache(max_bytes=small.size_bytes)
    cache.put(A, small)

    cache.put(B, a_tree(app_js=b"x" * 1000))

    assert cache.get(A) is small
    assert cache.get(B) is None
