"""The Merkle tree of RFC 6962: hashes, the frontier that grows it, and the two verifications."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from annex_shared.transparency.canonical import HASH_SIZE
from annex_shared.transparency.errors import ConsistencyBroken, FrontierMalformed, InclusionBroken
from annex_shared.transparency.tree_shape import MAX_TREE_SIZE, path_to_leaf, path_to_prefix

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def joined(hashes: Sequence[bytes]) -> bytes:
    """Hash neighbouring complete subtrees, largest first, into the root over them all."""
    if not hashes:
        return EMPTY_ROOT
    *larger, root = hashes
    for left in reversed(larger):
        root = node_hash(left, root)
    return root


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Hash a power of two of equally large subtrees into the root over them all."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of a tree's complete subtrees, largest first: all that appending needs to know.

    The registry keeps the same array in its database (``log_append``), one hash per set bit of the size.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_TREE_SIZE or len(self.hashes) != self.size.bit_count():
            raise FrontierMalformed(
                f"A frontier of {len(self.hashes)} hashes is not one of size {self.size}."
            )
        if not _are_hashes(self.hashes):
            raise FrontierMalformed("A frontier holds hashes of 32 bytes only.")

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one more leaf hash."""
        if not _are_hashes([leaf]):
            raise FrontierMalformed("A leaf hash is 32 bytes.")
        # Each trailing one of the size is a subtree that the new leaf completes to the next larger one.
        completed = (~self.size & self.size + 1).bit_length() - 1
        kept = len(self.hashes) - completed
        root = joined((*self.hashes[kept:], leaf))
        return Frontier(self.size + 1, (*self.hashes[:kept], root))

    def root(self) -> bytes:
        return joined(self.hashes)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise InclusionBroken unless ``leaf``, a leaf hash, stands at ``index`` of the tree with this root."""
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise _not_included(f"a tree of {size} leaves has no leaf {index}")
    siblings = path_to_leaf(index, size)
    if len(proof) != len(siblings):
        raise _not_included(f"it takes {len(siblings)} hashes, and {len(proof)} are given")
    if not _are_hashes((leaf, root, *proof)):
        raise _not_included("a hash is not 32 bytes")
    computed = leaf
    for sibling, component in zip(siblings, proof, strict=True):
        computed = node_hash(component, computed) if sibling.is_left else node_hash(computed, component)
    if computed != root:
        raise _not_included(f"the hashes do not lead from leaf {index} to the root")


def verify_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise ConsistencyBroken unless the tree of ``size`` begins with all leaves of the tree of ``old_size``.

    Every tree begins with the empty one; there is nothing to verify, so an ``old_size`` of 0 is refused.
    """
    if not 1 <= old_size <= size <= MAX_TREE_SIZE:
        raise _not_consistent(f"no proof leads from a tree of {old_size} leaves to one of {size}")
    path = path_to_prefix(old_size, size)
    needed = len(path.siblings) + (0 if path.is_whole else 1)
    if len(proof) != needed:
        raise _not_consistent(f"it takes {needed} hashes, and {len(proof)} are given")
    if not _are_hashes((old_root, root, *proof)):
        raise _not_consistent("a hash is not 32 bytes")
    seam, *components = (old_root, *proof) if path.is_whole else proof
    old_computed = computed = seam
    for sibling, component in zip(path.siblings, components, strict=True):
        if sibling.is_left:
            old_computed = node_hash(component, old_computed)
            computed = node_hash(component, computed)
        else:
            computed = node_hash(computed, component)
    if old_computed != old_root:
        raise _not_consistent("the hashes do not lead to the older root")
    if computed != root:
        raise _not_consistent("the hashes do not lead to the newer root")


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


def _not_included(reason: str) -> InclusionBroken:
    return InclusionBroken(
        f"The inclusion proof fails: {reason}. Do not trust the entry.", details={"reason": reason}
    )


def _not_consistent(reason: str) -> ConsistencyBroken:
    return ConsistencyBroken(
        f"The consistency proof fails: {reason}. Keep both checkpoints; together they may show that the "
        "log was rewritten.",
        details={"reason": reason},
    )
