"""The last lines of every extension, kept in this process: what is shown while Redis is away."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from annex_shared.contracts.debug_lines import DebugLine

Key = tuple[str, str]


@dataclass(slots=True)
class DebugRings:
    """A ring per tenant and extension, all together within ``max_bytes``; who wrote longest ago pays first.

    Lines are numbered across all rings, so that a reader says with one number what it has seen.
    """

    max_lines: int = 500
    max_bytes: int = 16 << 20
    size_bytes: int = 0
    _number: int = 0
    _rings: OrderedDict[Key, deque[tuple[int, DebugLine]]] = field(default_factory=OrderedDict)

    def add(self, line: DebugLine) -> None:
        self._number += 1
        key = (line.tenant, line.extension)
        ring = self._rings.setdefault(key, deque())
        self._rings.move_to_end(key)
        ring.append((self._number, line))
        self.size_bytes += line.size_bytes
        if len(ring) > self.max_lines:
            self._drop_oldest(key)
        while self.size_bytes > self.max_bytes:
            self._drop_oldest(next(iter(self._rings)))

    def after(
        self, key: Key, number: int | None, *, limit: int, fits: Callable[[DebugLine], bool]
    ) -> tuple[list[DebugLine], int]:
        """Return lines behind ``number`` and where to read on; the last ``limit`` lines for None.

        A number we have not reached comes from a process before this one: then everything is new.
        """
        ring = self._rings.get(key, ())
        if number is None or number > self._number:
            fitting = [line for _, line in ring if fits(line)]
            return fitting[-limit:], self._number
        found: list[DebugLine] = []
        for own, line in ring:
            if own > number and fits(line):
                found.append(line)
                if len(found) == limit:
                    return found, own
        return found, self._number

    def _drop_oldest(self, key: Key) -> None:
        ring = self._rings[key]
        _, line = ring.popleft()
        self.size_bytes -= line.size_bytes
        if not ring:
            del self._rings[key]
