"""What witnesses answer, and when each of them is asked again."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_FIRST_REST_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class WitnessCosigned:
    """It cosigned; ``lines`` are signature lines that nobody has verified yet."""

    lines: bytes


@dataclass(frozen=True, slots=True)
class WitnessHasSize:
    """It saw a tree of this size last, and not the one it was asked to go on from."""

    size: int


@dataclass(frozen=True, slots=True)
class WitnessRefused:
    """It does not cosign; ``status`` is its own, None if it did not answer."""

    reason: str
    status: int | None = None


WitnessAnswer = WitnessCosigned | WitnessHasSize | WitnessRefused


class Outcome(StrEnum):
    """How asking one witness ended."""

    COSIGNED = "cosigned"
    # Away, late, or answering what makes no sense; asked again.
    FAILED = "failed"
    # It does not know the log, or not this key: a person has to make the two meet.
    UNKNOWN_LOG = "unknown log"
    # It saw a larger tree than the one that is signed here: this may be an older copy of the log.
    AHEAD = "ahead"
    # It saw another tree. One of the two was not the log's.
    CONTRADICTS = "contradicts"

    @property
    def is_alarming(self) -> bool:
        return self in (Outcome.AHEAD, Outcome.CONTRADICTS)


@dataclass(slots=True)
class WitnessTurn:
    """Whose turn it is: one that failed rests, twice as long each time, and one that cosigned is content.

    Moments are seconds of a clock that only runs forward.
    """

    max_rest_seconds: float
    refresh_seconds: float
    cosigned_size: int = -1
    _cosigned_at: float = 0.0
    _failures: int = 0
    _rests_until: float = 0.0
    outcome: Outcome | None = None

    def is_due(self, size: int, now: float) -> bool:
        """Tell whether to ask for the tree of ``size``: a newer one, or the same after a while."""
        if now < self._rests_until:
            return False
        return size > self.cosigned_size or now - self._cosigned_at >= self.refresh_seconds

    def end(self, outcome: Outcome, size: int, now: float) -> None:
        self.outcome = outcome
        if outcome is Outcome.COSIGNED:
            self.cosigned_size, self._cosigned_at, self._failures = size, now, 0
            return
        self._rests_until = now + min(_FIRST_REST_SECONDS * 2**self._failures, self.max_rest_seconds)
        self._failures = min(self._failures + 1, 30)

    def says(self) -> str:
        """Write for operators how it went last."""
        if self.outcome is None:
            return "not asked yet"
        if self.outcome is Outcome.COSIGNED:
            return f"cosigned {self.cosigned_size}"
        return str(self.outcome)
