"""Several gateways over one Redis: how much they let through together, and how often they ask."""

import asyncio
import time
from contextlib import AsyncExitStack

from annex_gateway.actions.leases import Leases
from annex_gateway.adapters.redis_buckets import redis_buckets
from annex_gateway.domain.rate_limits import Bucket, RateLimit, Want
from unit.gateway.fakes import WatchedBuckets

GATEWAYS = 3
CLIENTS_EACH = 4


async def test_gateways_together_let_through_what_one_would(redis_url: str) -> None:
    """Every call took place between its two moments, so any two calls bound a window from outside."""
    bucket = Bucket("tenant", "annex:rate:{t}:all", RateLimit(per_second=400, burst=60))
    allowed: list[tuple[float, float, int]] = []
    over = time.monotonic() + 0.6

    async def client(leases: Leases, everyone: list[Leases]) -> None:
        while (begin := time.monotonic()) < over:
            held = sum(each.held for each in everyone)
            verdict = leases.spend([bucket]) or await leases.draw([bucket])
            if verdict.is_allowed:
                allowed.append((begin, time.monotonic(), held))
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        kept = [
            await stack.enter_async_context(redis_buckets(redis_url, sharers=2 * GATEWAYS))
            for _ in range(GATEWAYS)
        ]
        gateways = [Leases(buckets, time.monotonic) for buckets in kept]
        async with asyncio.TaskGroup() as clients:
            for leases in gateways:
                for _ in range(CLIENTS_EACH):
                    clients.create_task(client(leases, gateways))

    allowed.sort()
    limit = bucket.limit
    # What is on its way from Redis is held by nobody yet: at most a whole lease of each gateway.
    under_way = GATEWAYS * limit.per_second * 0.05
    assert len(allowed) > limit.burst
    for first, (begin, _, held) in enumerate(allowed[::10]):
        ends = sorted(end for _, end, _ in allowed[first * 10 :])
        for count, end in enumerate(ends, start=1):
            assert count <= limit.burst + (end - begin) * limit.per_second + held + under_way
    begun, ended = allowed[0][0], max(end for _, end, _ in allowed)
    assert len(allowed) <= limit.burst + (ended - begun) * limit.per_second + 1


async def test_most_calls_on_a_busy_bucket_ask_nobody(redis_url: str) -> None:
    bucket = Bucket("tenant", "annex:rate:{t}:all", RateLimit(per_second=20_000, burst=20_000))
    async with redis_buckets(redis_url, sharers=2) as kept:
        watched = WatchedBuckets(kept)
        leases = Leases(watched, time.monotonic)
        verdicts = [leases.spend([bucket]) or await leases.draw([bucket]) for _ in range(2_000)]
        held = leases.held
        await watched.give_back(leases.all())
        [after] = await kept.draw([Want(bucket)])

    assert all(verdict.is_allowed for verdict in verdicts)
    assert len(watched.draws) <= 200
    assert watched.given_back == held
    assert after.left >= 20_000 - 2_001
