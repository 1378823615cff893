import asyncio
from collections.abc import Mapping

from annex_ui_host.actions.code_trees import TreeCoder
from annex_ui_host.domain.codings import Coding
from annex_ui_host.domain.tree_cache import TreeCache
from annex_ui_host.domain.ui_tree import UiTree
from unit.ui_host.fakes import HASH, OTHER_HASH, MemoryFile, a_tree

TEXT = b"again and again " * 100
ROOM = 1 << 20


async def halves(body: bytes) -> Mapping[Coding, bytes]:
    """Make br half as large, and gzip hardly smaller."""
    await asyncio.sleep(0)
    return {Coding.BR: body[: len(body) // 2], Coding.GZIP: body[:-1]}


async def coded(tree: UiTree, *, room: int = ROOM) -> UiTree | None:
    """Let a coder do all of its work on a tree that is in the cache; return what is there then."""
    cache = TreeCache(max_bytes=ROOM)
    cache.put(HASH, tree)
    coder = TreeCoder(cache, halves, max_bytes=room)
    coder.begin(HASH, tree)
    await coder.finished()
    return cache.get(HASH)


async def test_codings_worth_their_place_are_kept() -> None:
    tree = await coded(a_tree(app_js=TEXT, small_js=b"x", photo_png=TEXT))

    assert tree is not None
    kept = {path: list(asset.coded) for path, asset in tree.assets.items()}
    assert kept == {"app.js": [Coding.BR], "small.js": [], "photo.png": []}
    assert tree.assets["app.js"].coded[Coding.BR].etag.endswith('-br"')


async def test_memory_counts_the_codings_too() -> None:
    plain = a_tree(app_js=TEXT)

    tree = await coded(plain)

    assert tree is not None
    assert tree.size_bytes == plain.size_bytes + len(TEXT) // 2


async def test_codings_without_room_are_left_out() -> None:
    plain = a_tree(app_js=TEXT)

    tree = await coded(plain, room=plain.size_bytes + 10)

    assert tree is not None
    assert tree.assets["app.js"].coded == {}


async def test_tree_that_left_memory_does_not_come_back() -> None:
    tree = UiTree.of([MemoryFile("ui/a.js", TEXT)], max_bytes=ROOM)
    cache = TreeCache(max_bytes=ROOM)
    cache.put(HASH, tree)
    done: list[object] = []
    coder = TreeCoder(
        cache, halves, max_bytes=ROOM, done=lambda content_hash, _tree: done.append(content_hash)
    )
    coder.begin(HASH, tree)
    cache.drop(HASH)
    cache.put(OTHER_HASH, tree)

    await coder.finished()

    assert cache.get(HASH) is None
    assert done == []
