"""Proofs out of stored hashes: plan which subtrees are needed, fetch them however you like, assemble."""

from dataclasses import dataclass
from typing import Protocol

from annex_shared.transparency.errors import LeafOutsideTree
from annex_shared.transparency.merkle import joined
from annex_shared.transparency.tiles import Tile
from annex_shared.transparency.tree_shape import (
    MAX_TREE_SIZE,
    Subtree,
    complete_subtrees,
    path_to_leaf,
    path_to_prefix,
)


class HashReader(Protocol):
    """Knows the hash of every complete subtree that a plan names; ``TileHashes`` is one."""

    def __call__(self, subtree: Subtree, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """What a proof in the tree of ``size`` is made of: each component is one hash over its subtrees."""

    size: int
    components: tuple[tuple[Subtree, ...], ...]

    @property
    def subtrees(self) -> tuple[Subtree, ...]:
        return tuple(subtree for component in self.components for subtree in component)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Name each tile to fetch once: at most two for every eight levels of the tree."""
        return tuple(dict.fromkeys(Tile.holding(subtree, self.size) for subtree in self.subtrees))

    def assemble(self, read: HashReader) -> tuple[bytes, ...]:
        return tuple(joined([read(subtree) for subtree in component]) for component in self.components)


def inclusion_plan(index: int, size: int) -> ProofPlan:
    """Plan the proof that leaf ``index`` is in the tree of ``size``."""
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise LeafOutsideTree(
            f"A tree of {size} leaves has no leaf {index}.", details={"leaf_index": index, "tree_size": size}
        )
    return ProofPlan(size, tuple(sibling.subtrees() for sibling in path_to_leaf(index, size)))


def consistency_plan(old_size: int, size: int) -> ProofPlan:
    """Plan the proof from ``old_size`` to ``size``; from 0, where nothing can be proven, it is empty."""
    if not 0 <= old_size <= size <= MAX_TREE_SIZE:
        raise LeafOutsideTree(
            f"No tree of {old_size} leaves grows into one of {size}.",
            details={"old_size": old_size, "tree_size": size},
        )
    if old_size == 0:
        return ProofPlan(size, ())
    path = path_to_prefix(old_size, size)
    spans = path.siblings if path.is_whole else (path.seam, *path.siblings)
    return ProofPlan(size, tuple(span.subtrees() for span in spans))


def root_plan(size: int) -> ProofPlan:
    """Plan the root of the tree of ``size`` itself, its only component: what an older checkpoint signed."""
    if not 0 <= size <= MAX_TREE_SIZE:
        raise LeafOutsideTree(f"No tree has {size} leaves.", details={"tree_size": size})
    return ProofPlan(size, (tuple(complete_subtrees(0, size)),))


def inclusion_proof(index: int, size: int, read: HashReader) -> tuple[bytes, ...]:
    return inclusion_plan(index, size).assemble(read)


def consistency_proof(old_size: int, size: int, read: HashReader) -> tuple[bytes, ...]:
    return consistency_plan(old_size, size).assemble(read)


def tree_root(size: int, read: HashReader) -> bytes:
    (root,) = root_plan(size).assemble(read)
    return root
