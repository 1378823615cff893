"""A request's time: a limit of ours, narrowed by the caller, shrinking on the way to the guest."""

from collections.abc import Callable
from dataclasses import dataclass

from annex_gateway.domain.errors import DeadlineExceeded, InvalidDeadline

# Seconds that only grow; ``time.monotonic`` outside tests.
Monotonic = Callable[[], float]

_MAX_DIGITS = 9
# What the gateway needs after the runner stopped the guest: read, filter, send.
MARGIN_MS = 20
# The runner's own explained refusal is worth waiting for a little longer than the time it was given.
GRACE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock."""

    ends_at: float
    monotonic: Monotonic

    @classmethod
    def start(cls, *, limit_ms: int, requested: str | None, monotonic: Monotonic) -> "Deadline":
        """Begin now; ``requested`` is ``x-deadline-ms`` and can only narrow. Raises InvalidDeadline."""
        allowed = limit_ms
        if requested is not None:
            if not (requested.isascii() and requested.isdecimal()) or len(requested) > _MAX_DIGITS:
                raise InvalidDeadline("x-deadline-ms must be a whole number of milliseconds.")
            allowed = min(limit_ms, int(requested))
        return cls(monotonic() + allowed / 1000, monotonic)

    def remaining_seconds(self) -> float:
        return max(0.0, self.ends_at - self.monotonic())

    def runner_timeout_ms(self) -> int:
        """Return what the runner may spend. Raises DeadlineExceeded when nothing is left to give."""
        left = int(self.remaining_seconds() * 1000) - MARGIN_MS
        if left < 1:
            raise DeadlineExceeded("The time of this request was used up before the extension ran.")
        return left
