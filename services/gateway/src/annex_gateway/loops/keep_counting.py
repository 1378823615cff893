"""Tend the rate limiter: idle leases go back, and Redis is looked for while it is away."""

import asyncio

from annex_gateway.actions.count_calls import CallCounter


async def keep_counting(counter: CallCounter, *, interval_seconds: float) -> None:
    while True:
        await asyncio.sleep(interval_seconds)
        await counter.tend()
