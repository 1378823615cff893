"""The buckets of all gateways and those of one process behind one fixture."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from annex_gateway.adapters.memory_buckets import MemoryBuckets
from annex_gateway.adapters.redis_buckets import redis_buckets
from annex_gateway.domain.ports import CallBuckets

OpenBuckets = Callable[[int], AbstractAsyncContextManager[CallBuckets]]


@pytest.fixture(params=["memory", "redis"])
def open_buckets(request: pytest.FixtureRequest) -> OpenBuckets:
    """Open the same buckets with a number of sharers, as often as wanted."""
    url: str | None = request.getfixturevalue("redis_url") if request.param == "redis" else None
    known: dict[int, MemoryBuckets] = {}

    @asynccontextmanager
    async def opened(sharers: int) -> AsyncIterator[CallBuckets]:
        if url is None:
            yield known.setdefault(sharers, MemoryBuckets(time.monotonic, sharers=sharers))
        else:
            async with redis_buckets(url, sharers=sharers) as buckets:
                yield buckets

    return opened


@pytest.fixture
async def buckets(open_buckets: OpenBuckets) -> AsyncIterator[CallBuckets]:
    async with open_buckets(1) as buckets:
        yield buckets
