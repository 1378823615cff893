import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from annex_gateway.domain.controls import Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.executions import Draft, ExecutionLogAway
from annex_gateway.loops.ledger import keep_refreshing, keep_tidying
from unit.gateway.builders import an_install
from unit.gateway.memory_ledger import MemoryLedger
from unit.gateway.recording import Records

A_QUOTA = Quota(QuotaScope.TENANT, QuotaKind.INVOCATIONS, QuotaWindow.DAY, 10)


@dataclass
class TidiedLedger(MemoryLedger):
    kept_days: list[int] = field(default_factory=list)

    async def tidy(self, *, keep_days: int) -> int:
        self.kept_days.append(keep_days)
        if self.is_away:
            raise ExecutionLogAway("away")
        return 1


async def until(is_so: Callable[[], bool], task: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(5):
        while not is_so() and not task.done():  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.005)
    is_running = not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert is_running


async def test_room_is_made_at_once_and_old_days_are_dropped() -> None:
    ledger = TidiedLedger()

    await until(lambda: ledger.kept_days == [30], asyncio.create_task(keep_tidying(ledger, keep_days=30)))


async def test_tidying_survives_a_database_that_is_away() -> None:
    ledger = TidiedLedger(is_away=True)

    await until(lambda: bool(ledger.kept_days), asyncio.create_task(keep_tidying(ledger, keep_days=30)))


async def test_use_is_read_again_and_again_also_after_an_outage() -> None:
    records = Records()
    await records.quotas.admit(an_install(), [A_QUOTA], Draft())
    records.ledger.is_away = True

    await until(
        lambda: records.ledger.readings > 3,
        asyncio.create_task(keep_refreshing(records.quotas, interval_seconds=0.001)),
    )
