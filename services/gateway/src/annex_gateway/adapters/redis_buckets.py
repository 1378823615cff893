"""Buckets in Redis, shared by all gateways: one script call for all buckets of a request."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.rate_limits import Filling, Unspent, Want

_CONNECTIONS = 64
_WAIT_SECONDS = 0.5
_FACTS_OF_A_BUCKET = 5
_DRAW = (files("annex_gateway.adapters") / "rate_limit.lua").read_text()
_GIVE_BACK = (files("annex_gateway.adapters") / "rate_give_back.lua").read_text()


class RedisBuckets:
    """Answers within half a second or raises. ``sharers`` bounds how much of a bucket one draw may take."""

    def __init__(self, redis: Redis, *, sharers: int) -> None:
        self._redis = redis
        self._sharers = sharers
        self._draw = redis.register_script(_DRAW)
        self._give_back = redis.register_script(_GIVE_BACK)

    async def draw(self, wants: Sequence[Want]) -> list[Filling]:
        arguments = [self._sharers]
        for want in wants:
            limit = want.bucket.limit
            arguments += (limit.emission_us, limit.burst, want.calls, want.least)
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                facts = await self._draw(keys=[want.bucket.key for want in wants], args=arguments)
        except (RedisError, OSError) as error:
            raise unavailable() from error
        return [
            Filling(*facts[first : first + _FACTS_OF_A_BUCKET])
            for first in range(0, len(facts), _FACTS_OF_A_BUCKET)
        ]

    async def give_back(self, unspent: Sequence[Unspent]) -> None:
        try:
            async with asyncio.timeout(_WAIT_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                for rest in unspent:
                    arguments = [rest.bucket.limit.emission_us, rest.calls, rest.full_at_us]
                    await self._give_back(keys=[rest.bucket.key], args=arguments, client=pipeline)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            raise unavailable() from error

    async def ping(self) -> None:
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError) as error:
            raise unavailable() from error


def unavailable() -> RateLimitUnavailable:
    return RateLimitUnavailable(
        "Calls cannot be counted right now, so this one was not let through; the fault is ours. "
        "Nothing was run. Try again soon.",
        retry_after_seconds=1,
    )


@asynccontextmanager
async def redis_buckets(url: str, *, sharers: int = 1) -> AsyncIterator[RedisBuckets]:
    """Open a bounded pool of connections; a lost one is not retried within a request."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=_WAIT_SECONDS,
        socket_timeout=_WAIT_SECONDS,
        socket_connect_timeout=_WAIT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    redis = Redis(connection_pool=pool)
    try:
        yield RedisBuckets(redis, sharers=sharers)
    finally:
        await redis.aclose()
        await pool.disconnect()
