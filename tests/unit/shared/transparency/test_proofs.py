import hashlib
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.transparency import (
    EMPTY_ROOT,
    Frontier,
    Subtree,
    TileHashes,
    consistency_plan,
    consistency_proof,
    inclusion_plan,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_plan,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from annex_shared.transparency.errors import LeafOutsideTree
from unit.shared.transparency.vectors import BOUNDARY_TREE, golden

BOUNDARY = golden("boundary.json")
LARGE = 70_000


class _LargeLog:
    """A log of 70,000 leaves that stores every complete subtree."""

    def __init__(self) -> None:
        row = [leaf_hash(b"entry-%d" % index) for index in range(LARGE)]
        self.rows = [row]
        while len(row) > 1:
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
            self.rows.append(row)

    def read(self, subtree: Subtree) -> bytes:
        return self.rows[subtree.height][subtree.index]

    def tile(self, level: int, index: int, width: int) -> bytes:
        return b"".join(self.rows[level * 8][index * 256 : index * 256 + width])


LOG = _LargeLog()


def test_published_proofs_of_the_boundary_tree_come_out() -> None:
    inclusion = inclusion_proof(300, 600, BOUNDARY_TREE.read)
    consistency = consistency_proof(257, 600, BOUNDARY_TREE.read)

    assert len(inclusion) == BOUNDARY["inclusion_300_of_600"]["hashes"]
    assert hashlib.sha256(b"".join(inclusion)).hexdigest() == BOUNDARY["inclusion_300_of_600"]["sha256"]
    assert len(consistency) == BOUNDARY["consistency_257_to_600"]["hashes"]
    assert hashlib.sha256(b"".join(consistency)).hexdigest() == BOUNDARY["consistency_257_to_600"]["sha256"]


def _verify_every_inclusion(sizes: Iterable[int]) -> None:
    for size in sizes:
        root = BOUNDARY_TREE.root(size)
        for index in range(size):
            proof = inclusion_proof(index, size, BOUNDARY_TREE.read)
            verify_inclusion(index, size, BOUNDARY_TREE.leaves[index], proof, root)


def test_every_planned_proof_verifies() -> None:
    _verify_every_inclusion([*range(1, 100), *range(254, 259), *range(511, 515), 600])


@pytest.mark.long
def test_every_planned_proof_of_every_size_verifies() -> None:
    _verify_every_inclusion(range(1, 601))


@pytest.mark.parametrize("size", [*range(1, 40), 255, 256, 257, 600])
def test_planned_proofs_are_those_of_the_definition(size: int) -> None:
    for index in range(size):
        inclusion = inclusion_proof(index, size, BOUNDARY_TREE.read)
        consistency = consistency_proof(index + 1, size, BOUNDARY_TREE.read)

        assert list(inclusion) == BOUNDARY_TREE.path(index, 0, size)
        assert list(consistency) == BOUNDARY_TREE.proof(index + 1, 0, size)


@given(st.integers(1, LARGE), st.data())
def test_proofs_of_a_large_tree_verify_out_of_its_tiles(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    plan = inclusion_plan(index, size)
    tiles = {tile: LOG.tile(tile.level, tile.index, tile.width) for tile in plan.tiles}

    proof = plan.assemble(TileHashes(size, tiles))

    verify_inclusion(index, size, LOG.rows[0][index], proof, tree_root(size, LOG.read))
    assert proof == inclusion_proof(index, size, LOG.read)


@given(st.integers(1, LARGE), st.data())
def test_growth_of_a_large_tree_verifies_out_of_its_tiles(size: int, data: st.DataObject) -> None:
    old_size = data.draw(st.integers(1, size))
    plan = consistency_plan(old_size, size)
    tiles = {tile: LOG.tile(tile.level, tile.index, tile.width) for tile in plan.tiles}

    proof = plan.assemble(TileHashes(size, tiles))

    verify_consistency(old_size, tree_root(old_size, LOG.read), size, tree_root(size, LOG.read), proof)


@given(st.integers(1, 2**63 - 1), st.data())
def test_a_plan_of_any_size_reads_few_hashes_and_tiles(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))

    for plan in (inclusion_plan(index, size), consistency_plan(index + 1, size)):
        assert len(plan.components) <= size.bit_length() + 1
        assert len(plan.tiles) <= 2 * (size.bit_length() // 8 + 1)
        assert len(plan.subtrees) == len(set(plan.subtrees))


@given(st.integers(1, LARGE))
def test_a_stored_tree_gives_the_frontier_of_any_smaller_size(size: int) -> None:
    subtrees = root_plan(size).subtrees
    frontier = Frontier(size, tuple(LOG.read(subtree) for subtree in subtrees))

    assert frontier.root() == tree_root(size, LOG.read)
    assert all(larger.height > smaller.height for larger, smaller in pairwise(subtrees))
    if size < LARGE:
        assert frontier.append(LOG.rows[0][size]).root() == tree_root(size + 1, LOG.read)


def test_the_largest_tree_proves_its_leaves_and_its_growth() -> None:
    size = 2**63 - 1
    hashes = [leaf_hash(b"the same in every place")]
    while len(hashes) < 63:
        hashes.append(node_hash(hashes[-1], hashes[-1]))

    def read(subtree: Subtree) -> bytes:
        return hashes[subtree.height]

    root = tree_root(size, read)

    assert Frontier(size, tuple(read(subtree) for subtree in root_plan(size).subtrees)).root() == root
    for index in (0, 2**62 - 1, 2**62, size - 1):
        verify_inclusion(index, size, hashes[0], inclusion_proof(index, size, read), root)
        proof = consistency_proof(index + 1, size, read)
        verify_consistency(index + 1, tree_root(index + 1, read), size, root, proof)


def test_the_empty_tree_has_a_root_and_proves_nothing() -> None:
    assert tree_root(0, BOUNDARY_TREE.read) == EMPTY_ROOT
    assert consistency_plan(0, 600).components == ()
    assert consistency_plan(600, 600).components == ()


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 5), (5, 5), (6, 5), (0, 2**63)])
def test_a_leaf_outside_the_tree_has_no_inclusion_proof(index: int, size: int) -> None:
    with pytest.raises(LeafOutsideTree):
        inclusion_plan(index, size)


@pytest.mark.parametrize(("old_size", "size"), [(-1, 5), (6, 5), (1, 2**63)])
def test_a_larger_tree_does_not_grow_into_a_smaller_one(old_size: int, size: int) -> None:
    with pytest.raises(LeafOutsideTree):
        consistency_plan(old_size, size)


@pytest.mark.parametrize("size", [-1, 2**63])
def test_a_size_no_tree_has_has_no_root(size: int) -> None:
    with pytest.raises(LeafOutsideTree):
        root_plan(size)
