from dataclasses import dataclass, field

import pytest

from annex_gateway.actions.count_calls import CallCounter
from annex_gateway.actions.leases import IDLE_SECONDS, Leases
from annex_gateway.adapters.memory_buckets import MemoryBuckets
from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.rate_limits import Bucket, CountedBy, RateLimit
from unit.gateway.fakes import CountedCounts, StoppedMonotonic, WatchedBuckets

BUCKET = Bucket("tenant", "key", RateLimit(per_second=0.01, burst=8))
BUSY = Bucket("tenant", "busy", RateLimit(per_second=200, burst=1000))


@dataclass
class World:
    now: StoppedMonotonic = field(default_factory=StoppedMonotonic)
    metrics: CountedCounts = field(default_factory=CountedCounts)

    def __post_init__(self) -> None:
        self.shared = WatchedBuckets(MemoryBuckets(self.now))

    def counter(self, *, counts_alone: bool = True, replicas: int = 4) -> CallCounter:
        return CallCounter(
            shared=self.shared,
            leases=Leases(self.shared, self.now),
            alone=MemoryBuckets(self.now) if counts_alone else None,
            replicas=replicas,
            metrics=self.metrics,
            chance=lambda: 0.5,
        )


@pytest.fixture
def world() -> World:
    return World()


async def test_calls_are_counted_by_the_shared_buckets_while_they_are_there(world: World) -> None:
    counter = world.counter()

    verdicts = [await counter.take([BUCKET]) for _ in range(9)]

    assert [verdict.is_allowed for verdict in verdicts] == [True] * 8 + [False]
    assert world.metrics.by[:8] == [CountedBy.SHARED] * 8
    assert not world.metrics.is_alone


async def test_a_refused_caller_is_told_to_come_back_a_little_later_than_possible(world: World) -> None:
    counter = world.counter()
    for _ in range(8):
        await counter.take([BUCKET])

    verdict = await counter.take([BUCKET])

    assert verdict.retry_after_us == 105_000_000


async def test_without_the_shared_buckets_each_gateway_counts_its_part(world: World) -> None:
    counter = world.counter(replicas=4)
    world.shared.is_away = True

    verdicts = [await counter.take([BUCKET]) for _ in range(3)]

    assert [verdict.is_allowed for verdict in verdicts] == [True, True, False]
    assert {verdict.counted_by for verdict in verdicts} == {CountedBy.ALONE}
    assert verdicts[0].bucket.limit == BUCKET.limit.part_of(4)
    assert world.metrics.is_alone


async def test_only_one_call_waits_for_buckets_that_are_away(world: World) -> None:
    counter = world.counter()
    world.shared.is_away = True

    for _ in range(5):
        await counter.take([BUCKET])

    assert len(world.shared.draws) == 1


async def test_what_was_drawn_ahead_is_spent_while_the_shared_buckets_are_away(world: World) -> None:
    counter = world.counter()
    for _ in range(4):
        await counter.take([BUSY])
    world.shared.is_away = True

    verdicts = [await counter.take([BUSY]) for _ in range(4)]

    assert [verdict.counted_by for verdict in verdicts] == [CountedBy.LEASE] * 3 + [CountedBy.ALONE]


async def test_the_shared_buckets_count_again_once_they_are_back(world: World) -> None:
    counter = world.counter()
    world.shared.is_away = True
    await counter.take([BUCKET])
    await counter.tend()
    still_away = counter.is_away
    world.shared.is_away = False

    await counter.tend()
    verdict = await counter.take([BUCKET])

    assert still_away
    assert verdict.counted_by is CountedBy.SHARED
    assert not world.metrics.is_alone


async def test_buckets_that_come_and_go_let_no_second_burst_through(world: World) -> None:
    counter = world.counter(replicas=1)
    allowed = 0
    for _ in range(5):
        world.shared.is_away = True
        for _ in range(10):
            allowed += (await counter.take([BUCKET])).is_allowed
        world.shared.is_away = False
        await counter.tend()

    assert allowed == BUCKET.limit.burst


async def test_where_calls_must_be_counted_together_none_passes_without(world: World) -> None:
    counter = world.counter(counts_alone=False)
    world.shared.is_away = True

    with pytest.raises(RateLimitUnavailable):
        await counter.take([BUCKET])
    with pytest.raises(RateLimitUnavailable) as refused:
        await counter.take([BUCKET])
    with pytest.raises(RateLimitUnavailable):
        await counter.ping()

    assert refused.value.retry_after_seconds in {1, 2}
    assert len(world.shared.draws) == 1


async def test_readiness_depends_on_the_shared_buckets_only_where_calls_do(world: World) -> None:
    counter = world.counter()
    here = await counter.ping()
    world.shared.is_away = True

    assert here == "reachable"
    assert await counter.ping() == "away, calls are counted here alone"


async def test_what_idles_goes_back_when_it_is_tended(world: World) -> None:
    counter = world.counter()
    for _ in range(4):
        await counter.take([BUSY])
    world.now.seconds += IDLE_SECONDS

    await counter.tend()

    assert world.shared.given_back == 3


async def test_giving_back_to_buckets_that_are_away_is_how_they_are_missed(world: World) -> None:
    counter = world.counter()
    for _ in range(4):
        await counter.take([BUSY])
    world.now.seconds += IDLE_SECONDS
    world.shared.is_away = True

    await counter.tend()

    assert counter.is_away


async def test_at_the_end_everything_goes_back_if_that_is_possible(world: World) -> None:
    counter, cut_off = world.counter(), world.counter()
    for each in (counter, cut_off):
        for _ in range(4):
            await each.take([BUSY])
    await counter.close()
    world.shared.is_away = True

    await cut_off.close()

    assert world.shared.given_back == 3
    assert cut_off.leases.held == 0
