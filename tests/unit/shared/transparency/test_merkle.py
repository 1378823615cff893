import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.transparency import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from annex_shared.transparency.errors import ConsistencyBroken, FrontierMalformed, InclusionBroken
from annex_shared.transparency.merkle import complete_root
from unit.shared.transparency.oracle import OracleTree
from unit.shared.transparency.vectors import BOUNDARY_TREE, golden

RFC = golden("rfc6962.json")
BOUNDARY = golden("boundary.json")
RFC_TREE = OracleTree([bytes.fromhex(entry) for entry in RFC["entries"]])


def _grown(entries: list[bytes]) -> Frontier:
    frontier = Frontier()
    for entry in entries:
        frontier = frontier.append(leaf_hash(entry))
    return frontier


def _hashes(proof: list[str]) -> list[bytes]:
    return [bytes.fromhex(component) for component in proof]


def test_leaves_and_nodes_hash_as_published() -> None:
    leaf, node = RFC["hasher"]["leaf"], RFC["hasher"]["node"]

    assert leaf_hash(leaf["entry"].encode()).hex() == leaf["hash"]
    assert node_hash(node["left"].encode(), node["right"].encode()).hex() == node["hash"]
    assert [leaf_hash(bytes.fromhex(entry)).hex() for entry in RFC["entries"]] == RFC["leaf_hashes"]
    assert EMPTY_ROOT.hex() == RFC["roots_by_size"][0]


@pytest.mark.parametrize("height", [1, 2])
def test_complete_rows_hash_as_published(height: int) -> None:
    leaves, width = _hashes(RFC["leaf_hashes"]), 1 << height

    row = [complete_root(leaves[at : at + width]).hex() for at in range(0, 8, width)]

    assert row == RFC[f"height_{height}"]


@pytest.mark.parametrize("size", range(9))
def test_the_rfc_tree_has_the_published_roots(size: int) -> None:
    entries = [bytes.fromhex(entry) for entry in RFC["entries"][:size]]

    assert _grown(entries).root().hex() == RFC["roots_by_size"][size]


@pytest.mark.parametrize(("size", "root"), BOUNDARY["roots_by_size"].items())
def test_the_boundary_tree_has_the_published_roots(size: str, root: str) -> None:
    assert _grown([b"entry-%d" % index for index in range(int(size))]).root().hex() == root


@given(st.lists(st.binary(max_size=8), max_size=80))
def test_a_grown_frontier_has_the_root_of_the_definition(entries: list[bytes]) -> None:
    frontier = _grown(entries)

    assert frontier.root() == OracleTree(entries).root(len(entries))
    assert frontier.size == len(entries)


def test_a_frontier_holds_its_largest_subtree_first() -> None:
    frontier = _grown([bytes.fromhex(entry) for entry in RFC["entries"][:7]])

    assert [each.hex() for each in frontier.hashes] == [
        RFC["height_2"][0],
        RFC["height_1"][2],
        RFC["leaf_hashes"][6],
    ]


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(0, (bytes(32),)), (1, ()), (3, (bytes(32),)), (1, (bytes(31),)), (-1, ()), (2**63, (bytes(32),))],
)
def test_a_stored_frontier_that_fits_no_tree_is_refused(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(FrontierMalformed):
        Frontier(size, hashes)


def test_only_a_hash_is_appended() -> None:
    frontier = _grown([b"entry"])

    with pytest.raises(FrontierMalformed):
        frontier.append(b"entry")


@pytest.mark.parametrize("vector", RFC["inclusion"], ids=str)
def test_published_inclusion_proofs_verify(vector: dict[str, int | list[str]]) -> None:
    index, size, proof = vector["index"], vector["size"], vector["proof"]
    assert isinstance(index, int)
    assert isinstance(size, int)
    assert isinstance(proof, list)
    leaf, root = bytes.fromhex(RFC["leaf_hashes"][index]), bytes.fromhex(RFC["roots_by_size"][size])

    verify_inclusion(index, size, leaf, _hashes(proof), root)


@pytest.mark.parametrize("vector", RFC["consistency"], ids=str)
def test_published_consistency_proofs_verify(vector: dict[str, int | list[str]]) -> None:
    old_size, size, proof = vector["old_size"], vector["size"], vector["proof"]
    assert isinstance(old_size, int)
    assert isinstance(size, int)
    assert isinstance(proof, list)
    roots = _hashes(RFC["roots_by_size"])

    verify_consistency(old_size, roots[old_size], size, roots[size], _hashes(proof))


def test_the_oracle_makes_the_published_proofs() -> None:
    inclusion = [
        component
        for size in range(1, 9)
        for index in range(size)
        for component in RFC_TREE.path(index, 0, size)
    ]
    consistency = [
        component
        for size in range(1, 9)
        for old_size in range(1, size + 1)
        for component in RFC_TREE.proof(old_size, 0, size)
    ]

    assert len(inclusion) == RFC["all_inclusion_proofs"]["hashes"]
    assert hashlib.sha256(b"".join(inclusion)).hexdigest() == RFC["all_inclusion_proofs"]["sha256"]
    assert len(consistency) == RFC["all_consistency_proofs"]["hashes"]
    assert hashlib.sha256(b"".join(consistency)).hexdigest() == RFC["all_consistency_proofs"]["sha256"]


@pytest.mark.parametrize("size", [*range(1, 65), 255, 256, 257, 600])
def test_every_proof_of_the_definition_verifies(size: int) -> None:
    root = BOUNDARY_TREE.root(size)

    for index in range(size):
        verify_inclusion(index, size, BOUNDARY_TREE.leaves[index], BOUNDARY_TREE.path(index, 0, size), root)
        old_size = index + 1
        verify_consistency(
            old_size, BOUNDARY_TREE.root(old_size), size, root, BOUNDARY_TREE.proof(old_size, 0, size)
        )


@dataclass(frozen=True)
class _Inclusion:
    index: int
    size: int
    leaf: bytes
    proof: tuple[bytes, ...]
    root: bytes

    def verify(self) -> None:
        verify_inclusion(self.index, self.size, self.leaf, self.proof, self.root)


@dataclass(frozen=True)
class _Consistency:
    old_size: int
    old_root: bytes
    size: int
    root: bytes
    proof: tuple[bytes, ...]

    def verify(self) -> None:
        verify_consistency(self.old_size, self.old_root, self.size, self.root, self.proof)


def _verifies(proof: _Inclusion | _Consistency) -> bool:
    try:
        proof.verify()
    except (InclusionBroken, ConsistencyBroken):
        return False
    return True


GARBAGE = hashlib.sha256(b"garbage").digest()


def _damaged_proofs(proof: tuple[bytes, ...], *more: bytes) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    for extra in (GARBAGE, b"", *more):
        yield "trailing component", (*proof, extra)
        yield "leading component", (extra, *proof)
        for at in range(1, len(proof)):
            yield "inserted component", (*proof[:at], extra, *proof[at:])
    for at, component in enumerate(proof):
        yield "removed component", (*proof[:at], *proof[at + 1 :])
        yield "component cut short", (*proof[:at], component[:-1], *proof[at + 1 :])
        for bit in (0, 131, 255):
            changed = (int.from_bytes(component, "big") ^ 1 << bit).to_bytes(32, "big")
            yield "one flipped bit", (*proof[:at], changed, *proof[at + 1 :])
    if proof:
        yield "empty proof", ()
    if len(set(proof)) > 1:
        yield "reversed proof", tuple(reversed(proof))


def _broken_inclusions(good: _Inclusion) -> Iterator[tuple[str, _Inclusion]]:
    for index in (good.index + 1, good.index - 1, good.index ^ 2, good.size, -1, 2**63):
        yield f"index {index}", replace(good, index=index)
    for size in (good.size * 2, good.size // 2, 0, -1, 2**63, good.index):
        yield f"size {size}", replace(good, size=size)
    for value in (b"", GARBAGE, good.root[:-1]):
        yield "other leaf", replace(good, leaf=value)
        yield "other root", replace(good, root=value)
    for name, proof in _damaged_proofs(good.proof, good.root, good.leaf):
        yield name, replace(good, proof=proof)


def _broken_consistencies(good: _Consistency) -> Iterator[tuple[str, _Consistency]]:
    yield "older is larger", replace(good, old_size=good.size + 1)
    yield "from nothing", replace(good, old_size=0)
    yield "from nothing, empty", replace(good, old_size=0, old_root=EMPTY_ROOT, proof=())
    yield "negative", replace(good, old_size=-1)
    for value in (b"", GARBAGE, good.root[:-1]):
        yield "other old root", replace(good, old_root=value)
        yield "other root", replace(good, root=value)
    if good.old_root != good.root:
        yield "swapped roots", replace(good, old_root=good.root, root=good.old_root)
        yield "equal sizes, different roots", replace(good, old_size=good.size, proof=())
        yield "equal roots", replace(good, old_root=good.root)
    for name, proof in _damaged_proofs(good.proof, good.root, good.old_root):
        yield name, replace(good, proof=proof)


@pytest.mark.parametrize(
    ("index", "size"), [(0, 1), (0, 2), (1, 2), (0, 8), (5, 8), (2, 3), (1, 5), (300, 600)]
)
def test_no_damaged_inclusion_proof_verifies(index: int, size: int) -> None:
    good = _Inclusion(
        index,
        size,
        BOUNDARY_TREE.leaves[index],
        tuple(BOUNDARY_TREE.path(index, 0, size)),
        BOUNDARY_TREE.root(size),
    )
    assert _verifies(good)

    verified = [name for name, broken in _broken_inclusions(good) if _verifies(broken)]

    assert verified == []


@pytest.mark.parametrize(
    ("old_size", "size"), [(1, 1), (1, 8), (6, 8), (2, 5), (6, 7), (4, 8), (8, 8), (257, 600)]
)
def test_no_damaged_consistency_proof_verifies(old_size: int, size: int) -> None:
    good = _Consistency(
        old_size,
        BOUNDARY_TREE.root(old_size),
        size,
        BOUNDARY_TREE.root(size),
        tuple(BOUNDARY_TREE.proof(old_size, 0, size)),
    )
    assert _verifies(good)

    verified = [name for name, broken in _broken_consistencies(good) if _verifies(broken)]

    assert verified == []


def test_bytes_do_not_move_between_a_hash_and_its_neighbour() -> None:
    leaf, sibling = BOUNDARY_TREE.leaves[:2]
    root = BOUNDARY_TREE.root(2)
    verify_inclusion(0, 2, leaf, [sibling], root)
    verify_consistency(1, leaf, 2, root, [sibling])

    with pytest.raises(InclusionBroken):
        verify_inclusion(0, 2, leaf[:31], [leaf[31:] + sibling], root)
    with pytest.raises(ConsistencyBroken):
        verify_consistency(1, leaf[:31], 2, root, [leaf[31:] + sibling])


@given(st.data())
def test_a_proof_shows_its_own_leaf_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600))
    index, other = data.draw(st.permutations(range(size)).map(lambda order: order[:2]))
    proof, root = BOUNDARY_TREE.path(index, 0, size), BOUNDARY_TREE.root(size)

    with pytest.raises(InclusionBroken):
        verify_inclusion(index, size, BOUNDARY_TREE.leaves[other], proof, root)
    with pytest.raises(InclusionBroken):
        verify_inclusion(other, size, BOUNDARY_TREE.leaves[index], proof, root)


@given(st.integers(2, 600), st.data())
def test_a_rewritten_leaf_breaks_consistency(size: int, data: st.DataObject) -> None:
    old_size = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old_size - 1))
    entries = [b"entry-%d" % index for index in range(size)]
    entries[changed] = b"another"
    rewritten = OracleTree(entries)

    with pytest.raises(ConsistencyBroken):
        verify_consistency(
            old_size,
            BOUNDARY_TREE.root(old_size),
            size,
            rewritten.root(size),
            rewritten.proof(old_size, 0, size),
        )
