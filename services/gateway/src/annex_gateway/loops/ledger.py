"""What the record needs on a timer: room for new days, an end to old ones, and what other gateways used."""

import asyncio

import structlog

from annex_gateway.actions.keep_quotas import QuotaKeeper
from annex_gateway.domain.executions import ExecutionLogAway
from annex_gateway.domain.usage import Ledger

_TIDY_SECONDS = 3_600.0
_RETRY_SECONDS = 30.0

log = structlog.get_logger()


async def keep_tidying(ledger: Ledger, *, keep_days: int) -> None:
    """Tidy up for ever; a database that is away, or busy with the record, is asked again soon."""
    while True:
        try:
            dropped = await ledger.tidy(keep_days=keep_days)
        except ExecutionLogAway as error:
            log.warning("execution_log_not_tidied", reason=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        if dropped:
            log.info("execution_log_tidied", days_dropped=dropped)
        await asyncio.sleep(_TIDY_SECONDS)


async def keep_refreshing(quotas: QuotaKeeper, *, interval_seconds: float) -> None:
    """Refresh for ever; while the database is away the last known use holds, and nothing can be recorded."""
    while True:
        await asyncio.sleep(interval_seconds)
        try:
            await quotas.refresh()
        except ExecutionLogAway:
            log.warning("quota_refresh_failed")
