"""Which spans of leaves a proof is made of: the arithmetic of the RFC 6962 tree, without any hash.

A tree of n > 1 leaves is split at the largest power of two below n; every proof is what lies beside one way
down from the root.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from annex_shared.transparency.canonical import MAX_NUMBER

MAX_TREE_SIZE: Final = MAX_NUMBER


@dataclass(frozen=True, slots=True, order=True)
class Subtree:
    """A complete subtree of ``1 << height`` leaves that begins at leaf ``index << height``."""

    height: int
    index: int


@dataclass(frozen=True, slots=True)
class Sibling:
    """The leaves from ``start`` up to ``end``, whose hash is one component of a proof."""

    start: int
    end: int
    is_left: bool

    def subtrees(self) -> tuple[Subtree, ...]:
        return tuple(complete_subtrees(self.start, self.end))


@dataclass(frozen=True, slots=True)
class PrefixPath:
    """How an older tree lies in a larger one.

    ``seam`` holds the last leaves of the older tree that form a node of both; it is the whole older tree
    exactly if it starts at 0. Components to its left belong to both trees, those to its right to the larger.
    """

    seam: Sibling
    siblings: tuple[Sibling, ...]

    @property
    def is_whole(self) -> bool:
        return self.seam.start == 0


def complete_subtrees(start: int, end: int) -> Iterator[Subtree]:
    """Cut a span into complete subtrees, largest first; ``start`` is a multiple of the largest one's size."""
    length = end - start
    for height in reversed(range(length.bit_length())):
        if length >> height & 1:
            yield Subtree(height, start >> height)
            start += 1 << height


def path_to_leaf(index: int, size: int) -> tuple[Sibling, ...]:
    """List what lies beside the way to a leaf, from the leaf's sibling to the root's child."""
    start, end = 0, size
    siblings: list[Sibling] = []
    while end - start > 1:
        sibling = _beside(index, start, end)
        start, end = (sibling.end, end) if sibling.is_left else (start, sibling.start)
        siblings.append(sibling)
    return tuple(reversed(siblings))


def path_to_prefix(old_size: int, size: int) -> PrefixPath:
    """List what lies beside the way to the right edge of the tree that had ``old_size`` leaves, 1 or more."""
    start, end = 0, size
    siblings: list[Sibling] = []
    while end != old_size:
        sibling = _beside(old_size - 1, start, end)
        start, end = (sibling.end, end) if sibling.is_left else (start, sibling.start)
        siblings.append(sibling)
    return PrefixPath(Sibling(start, end, is_left=True), tuple(reversed(siblings)))


def _beside(index: int, start: int, end: int) -> Sibling:
    """Split a span of two leaves or more and return the part that does not hold ``index``."""
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    return Sibling(middle, end, is_left=False) if index < middle else Sibling(start, middle, is_left=True)
