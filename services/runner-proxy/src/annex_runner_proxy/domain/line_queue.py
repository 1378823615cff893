"""Lines on their way to Redis: bounded, the oldest go first, and what went is counted per extension."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from annex_shared.contracts.debug_lines import DebugLine

# Beyond so many extensions with losses only the sum is kept.
_MAX_TOLD = 1_000


@dataclass(slots=True)
class LineQueue:
    """``dropped`` is the sum since the start; ``_lost`` what nobody was told yet, by the last line lost."""

    max_lines: int = 10_000
    max_bytes: int = 16 << 20
    size_bytes: int = 0
    dropped: int = 0
    _lines: deque[DebugLine] = field(default_factory=deque)
    _lost: dict[tuple[str, str], tuple[int, DebugLine]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, line: DebugLine) -> None:
        self._lines.append(line)
        self.size_bytes += line.size_bytes
        self._shrink()

    def take(self, limit: int) -> list[DebugLine]:
        taken = [self._lines.popleft() for _ in range(min(limit, len(self._lines)))]
        self.size_bytes -= sum(line.size_bytes for line in taken)
        return taken

    def put_back(self, lines: Sequence[DebugLine]) -> None:
        """Return what could not be written to where it was; it is the oldest, so it goes first."""
        self._lines.extendleft(reversed(lines))
        self.size_bytes += sum(line.size_bytes for line in lines)
        self._shrink()

    def take_losses(self) -> list[tuple[int, DebugLine]]:
        """Hand out, once, how many lines of each extension were lost and the last of them."""
        losses = list(self._lost.values())
        self._lost.clear()
        return losses

    def _shrink(self) -> None:
        while len(self._lines) > self.max_lines or self.size_bytes > self.max_bytes:
            line = self._lines.popleft()
            self.size_bytes -= line.size_bytes
            self.dropped += 1
            key = (line.tenant, line.extension)
            if key in self._lost or len(self._lost) < _MAX_TOLD:
                self._lost[key] = (self._lost.get(key, (0, line))[0] + 1, line)
