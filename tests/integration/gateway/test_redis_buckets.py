"""Buckets in a Redis that keeps, goes, or says nothing."""

import asyncio

import pytest
from redis.asyncio import Redis

from annex_gateway.adapters.redis_buckets import redis_buckets
from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.rate_limits import Bucket, RateLimit, Unspent, Want

WANT = Want(Bucket("tenant", "annex:rate:{t}:all", RateLimit(per_second=0.001, burst=3)))


async def test_a_bucket_leaves_redis_once_it_is_full(redis_url: str) -> None:
    async with redis_buckets(redis_url) as buckets, Redis.from_url(redis_url) as redis:
        await buckets.draw([WANT])
        left_ms = await redis.pttl(WANT.bucket.key)

    assert 0 < left_ms <= 1_000_001


async def test_a_bucket_that_is_given_back_whole_leaves_redis(redis_url: str) -> None:
    async with redis_buckets(redis_url) as buckets, Redis.from_url(redis_url) as redis:
        [filling] = await buckets.draw([WANT])
        await buckets.give_back([Unspent(WANT.bucket, 1, filling.full_at_us)])
        kept = await redis.exists(WANT.bucket.key)

    assert kept == 0


async def test_scripts_that_redis_forgot_are_sent_again(redis_url: str) -> None:
    async with redis_buckets(redis_url) as buckets, Redis.from_url(redis_url) as redis:
        [filling] = await buckets.draw([WANT])
        await redis.script_flush()
        [again] = await buckets.draw([WANT])
        await redis.script_flush()
        await buckets.give_back([Unspent(WANT.bucket, 1, filling.full_at_us)])

    assert again.left == 1


async def test_without_redis_there_is_no_answer() -> None:
    async with redis_buckets("redis://127.0.0.1:9/0") as buckets:
        with pytest.raises(RateLimitUnavailable):
            await buckets.draw([WANT])
        with pytest.raises(RateLimitUnavailable):
            await buckets.give_back([Unspent(WANT.bucket, 1, 1)])
        with pytest.raises(RateLimitUnavailable):
            await buckets.ping()


async def test_a_redis_that_does_not_answer_is_not_waited_for() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, redis_buckets(f"redis://127.0.0.1:{port}/0") as buckets:
        async with asyncio.timeout(10):
            with pytest.raises(RateLimitUnavailable):
                await buckets.draw([WANT])
