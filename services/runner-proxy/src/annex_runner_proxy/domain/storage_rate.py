"""How often an install may use its storage: a token bucket for each, in this process."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from annex_shared.ids import InstallId

_MAX_INSTALLS = 10_000
_MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class StorageRate:
    """``burst`` at once and ``per_minute`` in the long run; a burst of 0 is no limit."""

    per_minute: float
    burst: float


@dataclass(slots=True)
class StorageRates:
    """Buckets of every install that used its storage lately.

    Who is forgotten, because too many others came after, starts again with a full bucket.
    """

    rate: StorageRate
    monotonic: Callable[[], float]
    _buckets: OrderedDict[InstallId, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, install_id: InstallId) -> bool:
        """Take one token; False where there is none."""
        if self.rate.burst <= 0:
            return True
        now = self.monotonic()
        tokens, since = self._buckets.pop(install_id, (self.rate.burst, now))
        tokens = min(self.rate.burst, tokens + (now - since) * self.rate.per_minute / _MINUTE_SECONDS)
        is_allowed = tokens >= 1
        self._buckets[install_id] = (tokens - 1 if is_allowed else tokens, now)
        if len(self._buckets) > _MAX_INSTALLS:
            self._buckets.popitem(last=False)
        return is_allowed
