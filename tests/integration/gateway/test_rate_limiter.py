"""Counting calls in a real Redis."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from annex_gateway.adapters.redis_rate_limiter import redis_rate_limiter
from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.rate_limits import Bucket, RateLimit

SLOW = RateLimit(per_second=0.001, burst=3)


def a_bucket(key: str = "annex:rate:{t}:all", limit: RateLimit = SLOW) -> Bucket:
    return Bucket("tenant", key, limit)


async def test_a_burst_passes_and_the_next_call_does_not(redis_url: str) -> None:
    async with redis_rate_limiter(redis_url) as limiter:
        verdicts = [await limiter.take([a_bucket()]) for _ in range(4)]

    assert [verdict.is_allowed for verdict in verdicts] == [True, True, True, False]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert 0 < verdicts[3].retry_after_us <= 1_000_000_000
    assert verdicts[3].reset_us > verdicts[3].retry_after_us


async def test_a_refused_call_costs_nothing_in_any_bucket(redis_url: str) -> None:
    wide, narrow = a_bucket("wide"), a_bucket("narrow", replace(SLOW, burst=1))
    async with redis_rate_limiter(redis_url) as limiter:
        await limiter.take([wide, narrow])
        refused = [await limiter.take([wide, narrow]) for _ in range(5)]
        left = await limiter.take([wide])

    assert [verdict.is_allowed for verdict in refused] == [False] * 5
    assert {verdict.bucket for verdict in refused} == {narrow}
    assert left.remaining == 1


async def test_the_scarcest_bucket_is_the_one_reported(redis_url: str) -> None:
    wide, narrow = a_bucket("wide", replace(SLOW, burst=100)), a_bucket("narrow")
    async with redis_rate_limiter(redis_url) as limiter:
        verdict = await limiter.take([wide, narrow])

    assert verdict.bucket == narrow
    assert verdict.remaining == 2


async def test_calls_come_back_with_time(redis_url: str) -> None:
    quick = a_bucket(limit=RateLimit(per_second=20, burst=1))
    async with redis_rate_limiter(redis_url) as limiter:
        await limiter.take([quick])
        refused = await limiter.take([quick])
        async with asyncio.timeout(10):
            while not (await limiter.take([quick])).is_allowed:  # noqa: ASYNC110 - the bucket fills with time
                await asyncio.sleep(0.01)

    assert not refused.is_allowed


async def test_callers_at_the_same_moment_share_the_burst(redis_url: str) -> None:
    bucket = a_bucket(limit=replace(SLOW, burst=10))
    async with redis_rate_limiter(redis_url) as one, redis_rate_limiter(redis_url) as other:
        verdicts = await asyncio.gather(*(limiter.take([bucket]) for limiter in (one, other) * 25))

    assert sum(verdict.is_allowed for verdict in verdicts) == 10


async def test_a_bucket_leaves_redis_once_it_is_full(redis_url: str) -> None:
    async with redis_rate_limiter(redis_url) as limiter, Redis.from_url(redis_url) as redis:
        await limiter.take([a_bucket()])
        left_ms = await redis.pttl("annex:rate:{t}:all")

    assert 0 < left_ms <= 1_000_001


async def test_a_wider_limit_counts_at_once(redis_url: str) -> None:
    async with redis_rate_limiter(redis_url) as limiter:
        for _ in range(4):
            await limiter.take([a_bucket()])
        verdict = await limiter.take([a_bucket(limit=RateLimit(per_second=1000, burst=3))])

    assert verdict.retry_after_us <= 1000


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0"])
async def test_without_redis_there_is_no_verdict(url: str) -> None:
    async with redis_rate_limiter(url) as limiter:
        with pytest.raises(RateLimitUnavailable):
            await limiter.take([a_bucket()])


async def test_a_redis_that_does_not_answer_is_not_waited_for() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, redis_rate_limiter(f"redis://127.0.0.1:{port}/0") as limiter:
        async with asyncio.timeout(10):
            with pytest.raises(RateLimitUnavailable):
                await limiter.take([a_bucket()])
