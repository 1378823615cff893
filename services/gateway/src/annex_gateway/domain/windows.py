"""Count what happened lately, in a few numbers whatever the rate is."""

from dataclasses import dataclass, field

_PARTS = 10


@dataclass(slots=True)
class Window:
    """How often something happened within the last ``seconds``, to a tenth of them. Times only grow."""

    seconds: float
    _counts: list[int] = field(default_factory=lambda: [0] * _PARTS)
    _latest: int = 0

    def add(self, now: float) -> None:
        self._forget(now)
        self._counts[self._latest % _PARTS] += 1

    def total(self, now: float) -> int:
        self._forget(now)
        return sum(self._counts)

    def _forget(self, now: float) -> None:
        part = int(now * _PARTS / self.seconds)
        for passed in range(self._latest + 1, min(part, self._latest + _PARTS) + 1):
            self._counts[passed % _PARTS] = 0
        if part > self._latest + _PARTS:
            self._counts = [0] * _PARTS
        self._latest = max(part, self._latest)
