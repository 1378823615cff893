"""Count calls in Redis: one script call for all buckets of a request."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from annex_gateway.domain.errors import RateLimitUnavailable
from annex_gateway.domain.rate_limits import Bucket, RateVerdict
from annex_shared.errors import AnnexError

_CONNECTIONS = 64
_WAIT_SECONDS = 1.0
_SCRIPT = (files("annex_gateway.adapters") / "rate_limit.lua").read_text()


class RedisRateLimiter:
    """Answers within a second or refuses: a call that cannot be counted is not let through."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._script = redis.register_script(_SCRIPT)

    async def take(self, buckets: Sequence[Bucket]) -> RateVerdict:
        arguments = [
            number for bucket in buckets for number in (bucket.limit.emission_us, bucket.limit.burst)
        ]
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                answer = await self._script(keys=[bucket.key for bucket in buckets], args=arguments)
        except (RedisError, OSError) as error:
            raise self._unavailable() from error
        is_allowed, index, remaining, retry_after_us, reset_us = (int(number) for number in answer)
        return RateVerdict(bool(is_allowed), buckets[index - 1], remaining, retry_after_us, reset_us)

    async def ping(self) -> str:
        async with asyncio.timeout(_WAIT_SECONDS):
            await self._redis.ping()
        return "reachable"

    def _unavailable(self) -> AnnexError:
        return RateLimitUnavailable(
            "Calls cannot be counted right now, so this one was not let through; the fault is ours. "
            "Nothing was run. Try again soon.",
            retry_after_seconds=1,
        )


@asynccontextmanager
async def redis_rate_limiter(url: str) -> AsyncIterator[RedisRateLimiter]:
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
        yield RedisRateLimiter(redis)
    finally:
        await redis.aclose()
        await pool.disconnect()
