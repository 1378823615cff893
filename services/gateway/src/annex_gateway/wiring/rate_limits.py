"""The rate limiter put together: shared buckets, leases of them, and the buckets of this process."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from annex_gateway.actions.count_calls import CallCounter
from annex_gateway.actions.leases import Leases
from annex_gateway.adapters.memory_buckets import MemoryBuckets
from annex_gateway.adapters.redis_buckets import redis_buckets
from annex_gateway.domain.ports import RateMetrics
from annex_gateway.loops.keep_counting import keep_counting
from annex_shared.cancellation import end_tasks

_TEND_SECONDS = 0.1
# A lease takes at most half of the part of what is left that would be this gateway's.
_LEASES_OF_A_PART = 2


@asynccontextmanager
async def counted_calls(
    url: str, *, replicas: int, counts_alone: bool, metrics: RateMetrics
) -> AsyncIterator[CallCounter]:
    """Count calls inside the block; ``counts_alone`` says whether that goes on without Redis."""
    async with redis_buckets(url, sharers=_LEASES_OF_A_PART * replicas) as shared:
        counter = CallCounter(
            shared=shared,
            leases=Leases(shared, time.monotonic),
            alone=MemoryBuckets(time.monotonic) if counts_alone else None,
            replicas=replicas,
            metrics=metrics,
            chance=random.random,
        )
        async with asyncio.TaskGroup() as loops:
            tending = loops.create_task(keep_counting(counter, interval_seconds=_TEND_SECONDS))
            try:
                yield counter
            finally:
                await end_tasks(tending)
                await counter.close()
