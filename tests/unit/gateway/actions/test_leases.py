from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.actions.leases import IDLE_SECONDS, LEASE_SECONDS, LONGEST_SECONDS, Leases
from annex_gateway.adapters.memory_buckets import MemoryBuckets
from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.rate_limits import Bucket, CountedBy, RateLimit, RateVerdict, Want
from unit.gateway.fakes import StoppedMonotonic, WatchedBuckets

FAST = RateLimit(per_second=200, burst=1000)


def a_bucket(key: str = "busy", limit: RateLimit = FAST) -> Bucket:
    return Bucket("tenant", key, limit)


@dataclass
class World:
    now: StoppedMonotonic = field(default_factory=StoppedMonotonic)
    sharers: int = 2

    def __post_init__(self) -> None:
        self.shared = WatchedBuckets(MemoryBuckets(self.now, sharers=self.sharers))
        self.leases = Leases(self.shared, self.now)

    async def take(self, *buckets: Bucket) -> RateVerdict:
        return self.leases.spend(buckets) or await self.leases.draw(buckets)

    async def take_many(self, count: int, *buckets: Bucket) -> list[RateVerdict]:
        return [await self.take(*buckets) for _ in range(count)]


@pytest.fixture
def world() -> World:
    return World()


async def test_the_first_call_on_a_bucket_takes_no_other_ahead(world: World) -> None:
    verdict = await world.take(a_bucket())

    assert world.shared.draws == [[1]]
    assert (verdict.is_allowed, verdict.remaining, verdict.counted_by) == (True, 999, CountedBy.SHARED)
    assert world.leases.held == 0


async def test_a_busy_bucket_is_drawn_from_in_growing_steps_up_to_50_ms_of_its_rate(world: World) -> None:
    await world.take_many(40, a_bucket())

    assert world.shared.draws == [[1], [2], [4], [8], [9], [9], [9]]
    assert world.leases.held == 2


async def test_a_bucket_that_gets_less_busy_is_drawn_from_in_smaller_steps(world: World) -> None:
    await world.take_many(22, a_bucket())
    world.now.seconds += LEASE_SECONDS * 2
    await world.take_many(8, a_bucket())
    world.now.seconds += LEASE_SECONDS * 4.5

    await world.take_many(2, a_bucket())

    assert world.shared.draws[4:] == [[9], [9], [4]]


async def test_a_busy_lease_is_filled_up_by_one_call_before_it_is_empty(world: World) -> None:
    await world.take_many(22, a_bucket())
    world.shared.is_away = True
    with pytest.raises(RateLimitUnavailable):
        await world.take(a_bucket())

    held = world.leases.spend([a_bucket()], tops_up=False)

    assert held is not None
    assert held.is_allowed


async def test_buckets_that_are_busy_together_are_drawn_from_together(world: World) -> None:
    one, other = a_bucket("one"), a_bucket("other")
    await world.take_many(45, one)
    await world.take_many(200, one, other)

    assert world.shared.draws[-3:] == [[9, 9]] * 3


async def test_a_bucket_that_is_asked_along_refuses_no_call(world: World) -> None:
    little = a_bucket("little", RateLimit(per_second=40, burst=8))
    await world.take_many(2, little)
    while (await world.shared.kept.draw([Want(little)]))[0].granted:
        pass
    held = world.leases.held
    verdict = await world.take(little, a_bucket())

    assert held == 1
    assert world.shared.draws[-1] == [2, 1]
    assert verdict.is_allowed


@pytest.mark.parametrize("per_second", [0.1, 1, 39.9])
async def test_every_call_on_a_slow_bucket_asks_the_shared_one(world: World, per_second: float) -> None:
    slow = a_bucket(limit=RateLimit(per_second, burst=100))

    await world.take_many(20, slow)

    assert world.shared.draws == [[1]] * 20
    assert world.leases.held == 0


async def test_calls_from_a_lease_say_what_is_left(world: World) -> None:
    verdicts = await world.take_many(8, a_bucket())

    assert [verdict.remaining for verdict in verdicts] == [999, 997, 997, 993, 995, 994, 993, 985]


async def test_a_call_needs_one_from_every_bucket(world: World) -> None:
    busy, slow = a_bucket(), a_bucket("slow", RateLimit(1, 100))
    await world.take_many(4, busy)

    verdicts = await world.take_many(3, busy, slow)

    assert all(verdict.is_allowed for verdict in verdicts)
    assert world.shared.draws[3:] == [[2, 1], [1], [2, 1]]
    assert world.leases.held == 4


async def test_what_was_held_is_kept_when_another_bucket_refuses(world: World) -> None:
    busy, narrow = a_bucket(), a_bucket("narrow", RateLimit(0.001, 1))
    await world.take(narrow)
    await world.take_many(4, busy)
    held = world.leases.held

    verdict = await world.take(busy, narrow)

    assert not verdict.is_allowed
    assert verdict.bucket == narrow
    assert world.leases.held == held > 0


async def test_what_was_held_is_kept_when_the_shared_buckets_fail(world: World) -> None:
    busy = a_bucket()
    await world.take_many(4, busy)
    held = world.leases.held
    world.shared.is_away = True

    with pytest.raises(RateLimitUnavailable):
        await world.take(busy, a_bucket("other"))

    assert world.leases.held == held > 0


async def test_a_refusal_is_repeated_without_asking_until_a_call_may_be_there(world: World) -> None:
    narrow = a_bucket(limit=RateLimit(per_second=2, burst=1))
    refused = (await world.take_many(5, narrow))[1:]
    asked = len(world.shared.draws)
    world.now.seconds += 0.51
    later = await world.take(narrow)

    assert [verdict.is_allowed for verdict in refused] == [False] * 4
    assert {verdict.remaining for verdict in refused} == {0}
    assert asked == 2
    assert later.is_allowed


async def test_a_refusal_under_another_limit_does_not_count(world: World) -> None:
    refused = (await world.take_many(2, a_bucket(limit=RateLimit(per_second=0.001, burst=1))))[-1]

    verdict = await world.take(a_bucket(limit=RateLimit(per_second=0.001, burst=50)))

    assert not refused.is_allowed
    assert verdict.is_allowed


async def test_a_lease_is_not_spent_under_another_limit(world: World) -> None:
    await world.take_many(4, a_bucket())
    narrow = a_bucket(limit=RateLimit(per_second=200, burst=1))

    verdicts = await world.take_many(2, narrow)

    assert [verdict.is_allowed for verdict in verdicts] == [False, False]
    assert world.leases.held == 3


async def test_what_idles_is_given_back(world: World) -> None:
    await world.take_many(4, a_bucket())
    fresh = world.leases.idle()
    world.now.seconds += IDLE_SECONDS

    [rest] = world.leases.idle()

    assert fresh == []
    assert (rest.bucket, rest.calls) == (a_bucket(), 3)
    assert world.leases.held == 0


async def test_what_is_spent_too_slowly_is_given_back(world: World) -> None:
    await world.take_many(16, a_bucket())
    for _ in range(6):
        world.now.seconds += LONGEST_SECONDS / 5
        await world.take(a_bucket())

    [rest] = world.leases.idle()

    assert rest.calls == 2


async def test_at_the_end_everything_is_given_back(world: World) -> None:
    await world.take_many(4, a_bucket("one"))
    await world.take_many(4, a_bucket("other"))

    assert sum(rest.calls for rest in world.leases.all()) == 6
    assert world.leases.held == 0


async def test_no_more_buckets_are_remembered_than_fit() -> None:
    now = StoppedMonotonic()
    shared = WatchedBuckets(MemoryBuckets(now))
    leases = Leases(shared, now, most=2)
    for number in range(5):
        bucket = a_bucket(str(number))
        for _ in range(3):
            assert leases.spend([bucket]) is None or number < 2
            await leases.draw([bucket])

    assert len(leases.all()) == 2


EMISSION_US = 1_000_000 // 100
steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 2)),
        st.tuples(st.just("tend"), st.integers(0, 2)),
        st.tuples(st.just("wait"), st.sampled_from([0.001, 0.01, 0.04, 0.26, 1.1])),
    ),
    max_size=150,
)


@given(steps=steps, burst=st.integers(1, 40))
async def test_no_window_ever_sees_more_calls_than_it_may(steps: list[tuple[str, float]], burst: int) -> None:
    """The bound: burst and rate, and what was held ahead when the window began."""
    now = StoppedMonotonic()
    shared = WatchedBuckets(MemoryBuckets(now, sharers=2))
    gateways = [Leases(shared, now) for _ in range(3)]
    limit = RateLimit(per_second=100, burst=burst)
    spent: list[tuple[float, int]] = []
    for step, value in steps:
        if step == "wait":
            now.seconds += value
            continue
        gateway = gateways[int(value)]
        if step == "tend":
            await shared.give_back(gateway.idle())
            continue
        held = sum(each.held for each in gateways)
        verdict = gateway.spend([a_bucket(limit=limit)]) or await gateway.draw([a_bucket(limit=limit)])
        if verdict.is_allowed:
            spent.append((now.seconds, held))

    for first, (begin, held) in enumerate(spent):
        for last, (end, _) in enumerate(spent[first:], start=first):
            assert last - first + 1 <= burst + (end - begin) * limit.per_second + held + 1e-6
