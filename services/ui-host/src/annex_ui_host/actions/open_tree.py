"""Get the UI tree of a bundle: from memory, or fetched and verified once for everybody who waits."""

from collections.abc import Callable
from dataclasses import dataclass

from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.ports import Bundles
from annex_ui_host.domain.single_flight import SingleFlight
from annex_ui_host.domain.tree_cache import TreeCache
from annex_ui_host.domain.ui_tree import UiTree


@dataclass(slots=True)
class Trees:
    """The trees in memory and those on their way there."""

    cache: TreeCache
    flight: SingleFlight[ContentHash, UiTree]
    # What is done with a tree that was loaded just now.
    loaded: Callable[[ContentHash, UiTree], None] = lambda _hash, _tree: None


async def open_tree(content_hash: ContentHash, *, trees: Trees, bundles: Bundles) -> UiTree:
    """Return the tree; a failed fetch leaves nothing. Raises what ``Bundles`` does, and UiHostBusy."""

    async def load() -> UiTree:
        tree = await bundles.ui_tree(content_hash)
        trees.cache.put(content_hash, tree)
        trees.loaded(content_hash, tree)
        return tree

    return trees.cache.get(content_hash) or await trees.flight.run(content_hash, load)
