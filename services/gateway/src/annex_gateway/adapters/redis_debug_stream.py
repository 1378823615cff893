"""Read debug streams from Redis: each reader holds a connection only while it waits for a line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from annex_gateway.domain.debug import StreamEntry, Watched
from annex_gateway.domain.ports import DebugStreamAway
from annex_shared.contracts.debug_lines import DebugEvent, DebugLine, InvalidDebugLine, stream_key

_WAIT_SECONDS: Final = 2.0
_PAGE: Final = 100
# What a whole stream holds, about; a filter looks at all of it for the last lines that fit.
_ALL: Final = 2_500


class RedisDebugStream:
    """Every call raises DebugStreamAway."""

    def __init__(self, redis: Redis, *, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def tail(self, watched: Watched, *, count: int) -> list[StreamEntry]:
        wanted = watched.wanted
        is_filtered = wanted.install is not None or wanted.request is not None
        async with _answering(_WAIT_SECONDS):
            found = await self._redis.xrevrange(self._key(watched), count=_ALL if is_filtered else count)
        entries = [_entry(row, watched) for row in found or ()]
        if not entries:
            return []
        shown = [entry for entry in entries if entry.event is not None][:count]
        last = entries[0]
        shown.reverse()
        return shown if shown and shown[-1] is last else [*shown, last]

    async def after(self, watched: Watched, entry: str, *, wait_seconds: float) -> list[StreamEntry]:
        # Redis reads a wait of 0 as "for ever", and no wait at all as "now".
        block = max(1, int(wait_seconds * 1000)) if wait_seconds > 0 else None
        async with _answering(wait_seconds + _WAIT_SECONDS):
            found = await self._redis.xread({self._key(watched): entry}, count=_PAGE, block=block)
        return [_entry(row, watched) for row in _rows(found)]

    async def first(self, watched: Watched) -> str | None:
        async with _answering(_WAIT_SECONDS):
            rows = await self._redis.xrange(self._key(watched), count=1)
        return str(rows[0][0]) if rows else None

    def _key(self, watched: Watched) -> str:
        return stream_key(self._prefix, str(watched.tenant_id), str(watched.extension_id))


def _rows(found: Any) -> list[Any]:
    """Take the one stream's rows out of an answer, which is a list or a map by the protocol's version."""
    streams = found.values() if isinstance(found, dict) else [rows for _, rows in found or ()]
    for rows in streams:
        return rows[0] if rows and isinstance(rows[0], list) else list(rows)
    return []


def _entry(row: Any, watched: Watched) -> StreamEntry:
    entry, fields = row
    try:
        line = DebugLine.of_fields(fields)
    except InvalidDebugLine:
        return StreamEntry(str(entry), None)
    return StreamEntry(str(entry), DebugEvent.of(line) if watched.wanted.fits(line) else None)


@asynccontextmanager
async def _answering(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except (RedisError, OSError, UnicodeDecodeError) as error:
        # A TimeoutError is an OSError.
        raise DebugStreamAway from error


@asynccontextmanager
async def redis_debug_stream(
    url: str, *, prefix: str, connections: int, wait_seconds: float
) -> AsyncIterator[RedisDebugStream]:
    """Open a pool with a connection for every session there may be, apart from those of the rate limits."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=_WAIT_SECONDS,
        socket_timeout=wait_seconds + _WAIT_SECONDS,
        socket_connect_timeout=_WAIT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    redis = Redis(connection_pool=pool)
    try:
        yield RedisDebugStream(redis, prefix=prefix)
    finally:
        await redis.aclose()
        await pool.disconnect()
