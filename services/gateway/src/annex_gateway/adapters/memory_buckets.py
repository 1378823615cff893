"""Buckets in this process alone, by the same rules as those in Redis: for the time Redis is away."""

from collections.abc import Sequence

from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.rate_limits import Filling, Unspent, Want

_MICROSECONDS = 1_000_000
_MOST_BUCKETS = 50_000


class MemoryBuckets:
    """Holds for each bucket that is not full the moment at which it is; full ones are forgotten."""

    def __init__(self, monotonic: Monotonic, *, sharers: int = 1, most: int = _MOST_BUCKETS) -> None:
        self._monotonic = monotonic
        self._sharers = sharers
        self._most = most
        self._full_at: dict[str, int] = {}

    async def draw(self, wants: Sequence[Want]) -> list[Filling]:
        now = self._now()
        before = [self._filling(want, now) for want in wants]
        if any(filling.wait_us and want.least for want, filling in zip(wants, before, strict=True)):
            return before
        self._make_room(now)
        return [self._taken(want, filling, now) for want, filling in zip(wants, before, strict=True)]

    async def give_back(self, unspent: Sequence[Unspent]) -> None:
        now = self._now()
        for rest in unspent:
            stored = self._full_at.get(rest.bucket.key, now)
            if stored > now and now < rest.full_at_us:
                self._full_at[rest.bucket.key] = stored - rest.bucket.limit.emission_us * rest.calls

    async def ping(self) -> None:
        """Be there."""

    def _filling(self, want: Want, now: int) -> Filling:
        cost, burst = want.bucket.limit.emission_us, want.bucket.limit.burst
        stored = min(max(self._full_at.get(want.bucket.key, now), now), now + cost * burst)
        left = (cost * burst - (stored - now)) // cost
        return Filling(0, left, max(0, stored + cost - cost * burst - now), stored - now, stored)

    def _taken(self, want: Want, before: Filling, now: int) -> Filling:
        granted = max(want.least, min(want.calls, before.left // self._sharers))
        full_at = before.full_at_us + granted * want.bucket.limit.emission_us
        if granted:
            self._full_at[want.bucket.key] = full_at
        return Filling(granted, before.left - granted, before.wait_us, full_at - now, full_at)

    def _make_room(self, now: int) -> None:
        """Forget the full, and if that is not enough the half that is nearest to it."""
        if len(self._full_at) < self._most:
            return
        kept = sorted((full_at, key) for key, full_at in self._full_at.items() if full_at > now)
        self._full_at = {key: full_at for full_at, key in kept[-(self._most // 2) :]}

    def _now(self) -> int:
        return int(self._monotonic() * _MICROSECONDS)
