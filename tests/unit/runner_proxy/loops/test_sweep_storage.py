import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.storage import StorageOwner, Write
from annex_runner_proxy.loops.sweep_storage import purge_storage_for_ever, sweep_storage_for_ever
from support.memory_storage import MemoryStorage
from unit.runner_proxy.fakes import INSTALL, TENANT, MemoryRecords

OWNER = StorageOwner(TENANT, INSTALL)


@dataclass(slots=True)
class Naps:
    """Notes how long was slept, lets something happen meanwhile, and ends the loop after some turns."""

    clock: "MovedClock"
    storage: MemoryStorage
    turns: int = 2
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.time += timedelta(seconds=seconds)
        self.storage.is_away = False
        if len(self.slept) == self.turns:
            raise asyncio.CancelledError


@dataclass(slots=True)
class MovedClock:
    time: datetime = datetime(2026, 11, 21, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def storage(clock: MovedClock) -> MemoryStorage:
    storage = MemoryStorage(clock)
    write = Write("a", b"v", ttl_seconds=60)
    await storage.put(OWNER, "notes", [write], before_writing=lambda: None, seconds=1)
    storage.is_away = True
    return storage


async def test_a_sweep_that_failed_is_tried_again_at_the_next_turn(
    clock: MovedClock, storage: MemoryStorage
) -> None:
    naps = Naps(clock, storage)
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await sweep_storage_for_ever(sweeps=storage, clock=clock, every_seconds=60, sleep=naps.sleep)

    assert [line["event"] for line in lines] == ["storage_not_swept", "expired_storage_removed"]
    assert naps.slept == [60, 60]
    assert (await storage.usage(OWNER, seconds=1)).keys == 0


async def test_a_purge_that_failed_is_tried_again_at_the_next_turn(
    clock: MovedClock, storage: MemoryStorage
) -> None:
    naps = Naps(clock, storage, turns=3)
    installs = InstallTable()
    installs.is_filled = True
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await purge_storage_for_ever(
            sweeps=storage,
            installs=installs,
            records=MemoryRecords(),
            clock=clock,
            grace=timedelta(seconds=600),
            every_seconds=600,
            sleep=naps.sleep,
        )

    assert [line["event"] for line in lines] == ["storage_not_purged", "storage_purged"]
    assert (await storage.usage(OWNER, seconds=1)).keys == 0
