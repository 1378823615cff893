"""What every keeper of buckets does."""

import asyncio
from dataclasses import replace

from annex_gateway.domain.ports import CallBuckets
from annex_gateway.domain.rate_limits import Bucket, Filling, RateLimit, RateVerdict, Unspent, Want
from contracts.call_buckets.conftest import OpenBuckets

SLOW = RateLimit(per_second=0.001, burst=3)


def a_bucket(key: str = "annex:rate:{t}:all", limit: RateLimit = SLOW) -> Bucket:
    return Bucket("tenant", key, limit)


def a_want(calls: int = 1, *, burst: int = 3, key: str = "annex:rate:{t}:all") -> Want:
    return Want(a_bucket(key, replace(SLOW, burst=burst)), calls)


async def drawn(buckets: CallBuckets, *wants: Want) -> RateVerdict:
    return RateVerdict.of(wants, await buckets.draw(wants))


async def test_a_burst_passes_and_the_next_call_does_not(buckets: CallBuckets) -> None:
    verdicts = [await drawn(buckets, a_want()) for _ in range(4)]

    assert [verdict.is_allowed for verdict in verdicts] == [True, True, True, False]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert 0 < verdicts[3].retry_after_us <= 1_000_000_000
    assert verdicts[3].reset_us > verdicts[3].retry_after_us


async def test_a_refused_call_costs_nothing_in_any_bucket(buckets: CallBuckets) -> None:
    wide, narrow = a_want(key="wide"), a_want(key="narrow", burst=1)
    await drawn(buckets, wide, narrow)
    refused = [await drawn(buckets, wide, narrow) for _ in range(5)]
    left = await drawn(buckets, wide)

    assert [verdict.is_allowed for verdict in refused] == [False] * 5
    assert {verdict.bucket for verdict in refused} == {narrow.bucket}
    assert left.remaining == 1


async def test_the_scarcest_bucket_is_the_one_reported(buckets: CallBuckets) -> None:
    wide, narrow = a_want(key="wide", burst=100), a_want(key="narrow")

    verdict = await drawn(buckets, wide, narrow)

    assert verdict.bucket == narrow.bucket
    assert verdict.remaining == 2


async def test_calls_come_back_with_time(buckets: CallBuckets) -> None:
    quick = Want(a_bucket(limit=RateLimit(per_second=20, burst=1)))
    await drawn(buckets, quick)
    refused = await drawn(buckets, quick)
    async with asyncio.timeout(10):
        while not (await drawn(buckets, quick)).is_allowed:  # noqa: ASYNC110 - the bucket fills with time
            await asyncio.sleep(0.01)

    assert not refused.is_allowed


async def test_callers_at_the_same_moment_share_the_burst(open_buckets: OpenBuckets) -> None:
    async with open_buckets(1) as one, open_buckets(1) as other:
        verdicts = await asyncio.gather(*(drawn(keeper, a_want(burst=10)) for keeper in (one, other) * 25))

    assert sum(verdict.is_allowed for verdict in verdicts) == 10


async def test_a_wider_limit_counts_at_once(buckets: CallBuckets) -> None:
    for _ in range(4):
        await drawn(buckets, a_want())

    verdict = await drawn(buckets, Want(a_bucket(limit=RateLimit(per_second=1000, burst=3))))

    assert verdict.retry_after_us <= 1000


async def test_calls_are_drawn_ahead_from_what_is_left(buckets: CallBuckets) -> None:
    [first] = await buckets.draw([a_want(40, burst=100)])
    [rest] = await buckets.draw([a_want(100, burst=100)])
    [none] = await buckets.draw([a_want(5, burst=100)])

    assert (first.granted, first.left) == (40, 60)
    assert (rest.granted, rest.left) == (60, 0)
    assert (none.granted, none.left) == (0, 0)
    assert none.wait_us > 0


async def test_nobody_draws_more_ahead_than_a_part_but_always_the_call_itself(
    open_buckets: OpenBuckets,
) -> None:
    async with open_buckets(4) as buckets:
        granted = [(await buckets.draw([a_want(100, burst=16)]))[0].granted for _ in range(9)]

    assert granted == [4, 3, 2, 1, 1, 1, 1, 1, 1]


async def test_each_bucket_grants_what_was_asked_of_it(buckets: CallBuckets) -> None:
    fillings = await buckets.draw([a_want(5, burst=10, key="one"), a_want(1, burst=10, key="other")])

    assert [(filling.granted, filling.left) for filling in fillings] == [(5, 5), (1, 9)]


async def test_a_bucket_that_is_only_asked_along_refuses_nothing_and_grants_what_it_can(
    buckets: CallBuckets,
) -> None:
    needed = a_want(1, burst=10, key="needed")
    along = replace(a_want(3, burst=4, key="along"), least=0)
    granted = [[filling.granted for filling in await buckets.draw([needed, along])] for _ in range(3)]
    verdict = await drawn(buckets, needed, along)

    assert granted == [[1, 3], [1, 1], [1, 0]]
    assert (verdict.is_allowed, verdict.bucket, verdict.remaining) == (True, needed.bucket, 6)


async def test_what_is_given_back_can_be_drawn_again(buckets: CallBuckets) -> None:
    want = a_want(8, burst=10)
    [filling] = await buckets.draw([want])
    await buckets.give_back([Unspent(want.bucket, 7, filling.full_at_us)])

    [then] = await buckets.draw([a_want(1, burst=10)])

    assert (filling.left, then.left) == (2, 8)


async def test_what_comes_back_too_late_is_worth_nothing(buckets: CallBuckets) -> None:
    """Without it the bucket had been full since, so that calls given back would be calls made of nothing."""
    want = a_want(8, burst=10)
    [filling] = await buckets.draw([want])
    await buckets.give_back([Unspent(want.bucket, 7, filling.full_at_us - filling.reset_us)])

    [then] = await buckets.draw([a_want(1, burst=10)])

    assert then.left == 1


async def test_giving_back_never_fills_a_bucket_beyond_its_burst(buckets: CallBuckets) -> None:
    want = a_want(2, burst=10)
    [filling] = await buckets.draw([want])
    await buckets.give_back([Unspent(want.bucket, 1_000, filling.full_at_us)])

    [then] = await buckets.draw([a_want(1, burst=10)])

    assert then.left == 9


async def test_giving_back_to_a_bucket_that_is_full_changes_nothing(buckets: CallBuckets) -> None:
    await buckets.give_back([Unspent(a_bucket(), 3, 1)])

    [filling] = await buckets.draw([a_want()])

    assert (filling.granted, filling.left) == (1, 2)


async def test_a_bucket_that_is_asked_for_nothing_more_answers_whole_numbers(buckets: CallBuckets) -> None:
    third = Want(a_bucket(limit=RateLimit(per_second=3, burst=7)))

    fillings = [filling for _ in range(9) for filling in await buckets.draw([third])]

    assert all(isinstance(number, int) for filling in fillings for number in _numbers(filling))


def _numbers(filling: Filling) -> tuple[object, ...]:
    return (filling.granted, filling.left, filling.wait_us, filling.reset_us, filling.full_at_us)
