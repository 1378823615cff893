"""How long ago a copy was known to equal its source, and how long it is answered from without that."""

import math
import time
from dataclasses import dataclass

from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import ProjectionStale


@dataclass(slots=True)
class Freshness:
    """``max_age_seconds`` bounds the last known good; ``math.inf`` where nothing does."""

    max_age_seconds: float = math.inf
    monotonic: Monotonic = time.monotonic
    _equal_at: float | None = None

    def note_equal(self, at: float) -> None:
        """Remember that the copy equals what its source was at a moment of the monotonic clock."""
        self._equal_at = at

    def age_seconds(self) -> float:
        """Return how old the copy may be; infinitely, before it was read at all."""
        return math.inf if self._equal_at is None else max(0.0, self.monotonic() - self._equal_at)

    def require(self) -> None:
        """Refuse to answer from a copy that was read too long ago. Raises ProjectionStale.

        A copy that was never read is empty, and what is missing from it is asked for one by one.
        """
        if self._equal_at is not None and self.age_seconds() > self.max_age_seconds:
            raise ProjectionStale(
                "The gateway has not been able to read installs and versions from the registry for too long, "
                "and runs nothing it cannot be sure of. The fault is ours; try again later.",
                retry_after_seconds=30,
            )
