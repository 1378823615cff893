"""Debug lines in Redis streams, under the predecessor's name and fields."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from annex_shared.contracts.debug_lines import DebugLine, stream_key

_WAIT_SECONDS = 2.0


class DebugStreamAway(Exception):
    """Redis did not take the lines; some of them may be there all the same."""


@dataclass(frozen=True, slots=True)
class StreamPolicy:
    """``max_lines`` is about what a stream keeps; it is gone ``kept_seconds`` after its last line."""

    prefix: str = "ext-debug:"
    max_lines: int = 2_000
    kept_seconds: int = 86_400


class RedisDebugStream:
    """Appends lines in batches: one round trip, however many extensions they are of."""

    def __init__(self, redis: Redis, policy: StreamPolicy) -> None:
        self._redis = redis
        self._policy = policy

    async def append(self, lines: Sequence[DebugLine]) -> None:
        """Append in order. Raises DebugStreamAway."""
        policy = self._policy
        pipeline = self._redis.pipeline(transaction=False)
        keys: dict[str, None] = {}
        for line in lines:
            key = stream_key(policy.prefix, line.tenant, line.extension)
            keys[key] = None
            fields = cast("dict[Any, Any]", line.to_fields())
            pipeline.xadd(key, fields, maxlen=policy.max_lines, approximate=True)
        for key in keys:
            pipeline.expire(key, policy.kept_seconds)
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            raise DebugStreamAway(type(error).__name__) from error


@asynccontextmanager
async def redis_debug_stream(url: str, policy: StreamPolicy) -> AsyncIterator[RedisDebugStream]:
    """Open a small pool; it connects when the first line is written."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=2,
        timeout=_WAIT_SECONDS,
        socket_timeout=_WAIT_SECONDS,
        socket_connect_timeout=_WAIT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    redis = Redis(connection_pool=pool)
    try:
        yield RedisDebugStream(redis, policy)
    finally:
        await redis.aclose()
        await pool.disconnect()
