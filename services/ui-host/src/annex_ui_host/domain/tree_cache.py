"""The UI trees in memory: least recently used out first, bounded by bytes."""

from collections import OrderedDict

from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.ui_tree import UiTree


class TreeCache:
    """Trees by content hash. What a hash names never changes, so nothing here grows old."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._trees: OrderedDict[ContentHash, UiTree] = OrderedDict()
        self.size_bytes = 0
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._trees)

    def hashes(self) -> tuple[ContentHash, ...]:
        return tuple(self._trees)

    def peek(self, content_hash: ContentHash) -> UiTree | None:
        """Return a tree without counting that as a use."""
        return self._trees.get(content_hash)

    def get(self, content_hash: ContentHash) -> UiTree | None:
        tree = self._trees.get(content_hash)
        if tree is not None:
            self._trees.move_to_end(content_hash)
        return tree

    def put(self, content_hash: ContentHash, tree: UiTree) -> None:
        """Keep a tree and drop the longest unused ones; one larger than the whole cache is not kept."""
        previous = self._trees.pop(content_hash, None)
        self.size_bytes -= 0 if previous is None else previous.size_bytes
        if tree.size_bytes > self._max_bytes:
            return
        self._trees[content_hash] = tree
        self.size_bytes += tree.size_bytes
        while self.size_bytes > self._max_bytes:
            _, dropped = self._trees.popitem(last=False)
            self.size_bytes -= dropped.size_bytes
            self.evictions += 1

    def replace(self, content_hash: ContentHash, known: UiTree, better: UiTree) -> bool:
        """Put ``better`` in the place of ``known``, if that is still there."""
        if self._trees.get(content_hash) is not known or better.size_bytes > self._max_bytes:
            return False
        self.put(content_hash, better)
        return True

    def drop(self, content_hash: ContentHash) -> None:
        dropped = self._trees.pop(content_hash, None)
        self.size_bytes -= 0 if dropped is None else dropped.size_bytes
