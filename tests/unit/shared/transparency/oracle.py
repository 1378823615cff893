"""RFC 6962 section 2.1 as it is written there, recursive and slow: what the package is compared with."""

import hashlib
from collections.abc import Sequence
from functools import cache

from annex_shared.transparency import Subtree


class OracleTree:
    """A tree over given entries whose every hash is computed by the definition."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.leaves = [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
        self._hash = cache(self._computed)

    def root(self, size: int) -> bytes:
        return self._hash(0, size)

    def read(self, subtree: Subtree) -> bytes:
        """Read stored hashes as a log would, as a HashReader."""
        return self._hash(subtree.index << subtree.height, (subtree.index + 1) << subtree.height)

    def path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self.path(index, start, middle), self._hash(middle, end)]
        return [*self.path(index, middle, end), self._hash(start, middle)]

    def proof(self, old_size: int, start: int, end: int, *, is_whole: bool = True) -> list[bytes]:
        if old_size == end:
            return [] if is_whole else [self._hash(start, end)]
        middle = start + _split(end - start)
        if old_size <= middle:
            return [*self.proof(old_size, start, middle, is_whole=is_whole), self._hash(middle, end)]
        return [*self.proof(old_size, middle, end, is_whole=False), self._hash(start, middle)]

    def tile(self, level: int, index: int, width: int) -> bytes:
        reach = 256**level
        first = index * 256
        return b"".join(self._hash(at * reach, (at + 1) * reach) for at in range(first, first + width))

    def _computed(self, start: int, end: int) -> bytes:
        if start == end:
            return hashlib.sha256(b"").digest()
        if end - start == 1:
            return self.leaves[start]
        middle = start + _split(end - start)
        return hashlib.sha256(b"\1" + self._hash(start, middle) + self._hash(middle, end)).digest()


def _split(length: int) -> int:
    power = 1
    while power * 2 < length:
        power *= 2
    return power
