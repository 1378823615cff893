"""Count calls with what all gateways share, and alone where that is away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from annex_gateway.actions.leases import Leases
from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.ports import CallBuckets, RateMetrics
from annex_gateway.domain.rate_limits import Bucket, CountedBy, RateVerdict, Want

# A number from 0 to 1, 1 excluded; ``random.random`` outside tests.
Chance = Callable[[], float]

log = structlog.get_logger()


@dataclass(slots=True)
class CallCounter:
    """The rate limiter. ``alone`` is None where nothing may pass uncounted by the shared buckets.

    The first draw that fails makes the shared buckets count as away: nobody else waits for them, until
    ``tend`` finds them back. What is held in leases was paid for and is spent meanwhile.
    """

    shared: CallBuckets
    leases: Leases
    alone: CallBuckets | None
    replicas: int
    metrics: RateMetrics
    chance: Chance
    is_away: bool = False

    async def take(self, buckets: Sequence[Bucket]) -> RateVerdict:
        verdict = self.leases.spend(buckets, tops_up=not self.is_away) or await self._draw(buckets)
        self.metrics.counted(verdict.counted_by)
        return verdict if verdict.is_allowed else verdict.retried_later(self.chance())

    async def tend(self) -> None:
        """Give back what idles, or look whether the shared buckets are back; to be called again and again."""
        try:
            if self.is_away:
                await self.shared.ping()
                self._found()
            elif unspent := self.leases.idle():
                await self.shared.give_back(unspent)
        except RateLimitUnavailable:
            self._lost()

    async def close(self) -> None:
        """Give back everything that is held, if that is possible at all."""
        unspent = self.leases.all()
        try:
            if unspent and not self.is_away:
                await self.shared.give_back(unspent)
        except RateLimitUnavailable:
            self._lost()

    async def ping(self) -> str:
        """Say how calls are counted. Raises RateLimitUnavailable where they cannot be."""
        try:
            await self.shared.ping()
        except RateLimitUnavailable:
            if self.alone is None:
                raise
            return "away, calls are counted here alone"
        return "reachable"

    async def _draw(self, buckets: Sequence[Bucket]) -> RateVerdict:
        if not self.is_away:
            try:
                return await self.leases.draw(buckets)
            except RateLimitUnavailable:
                self._lost()
                if held := self.leases.spend(buckets, tops_up=False):
                    return held
        return await self._draw_alone(buckets)

    async def _draw_alone(self, buckets: Sequence[Bucket]) -> RateVerdict:
        if self.alone is None:
            raise RateLimitUnavailable(
                "Calls cannot be counted right now, so this one was not let through; the fault is ours. "
                "Nothing was run. Try again soon.",
                retry_after_seconds=1 + round(self.chance()),
            )
        wants = [Want(bucket.part_of(self.replicas)) for bucket in buckets]
        return RateVerdict.of(wants, await self.alone.draw(wants), CountedBy.ALONE)

    def _lost(self) -> None:
        if not self.is_away:
            log.warning("rate_limit_redis_lost", counts_alone=self.alone is not None)
        self.is_away = True
        self.metrics.alone(is_alone=True)

    def _found(self) -> None:
        log.info("rate_limit_redis_found")
        self.is_away = False
        self.metrics.alone(is_alone=False)
