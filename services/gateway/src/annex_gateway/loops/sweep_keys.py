"""Remove idempotency keys whose time is over."""

import asyncio

import structlog

from annex_gateway.domain.errors import IdempotencyUnavailable
from annex_gateway.domain.idempotency import IdempotencyRecords

_BATCH = 500

log = structlog.get_logger()


async def keep_sweeping_keys(records: IdempotencyRecords, *, interval_seconds: float) -> None:
    """Sweep for ever, in small batches; every gateway does, and none waits for another."""
    while True:
        try:
            while await records.sweep(limit=_BATCH) == _BATCH:
                pass
        except IdempotencyUnavailable:
            log.warning("idempotency_sweep_failed")
        await asyncio.sleep(interval_seconds)
