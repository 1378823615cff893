import asyncio

import pytest

from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.loops.repair_installs import repair_installs
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.content_hash import ContentHash
from support.version_statuses import a_status
from unit.runner_proxy.fakes import HASH, MemoryRecords, an_install


class EnoughSleep(Exception):
    """Ends a loop that would go on for ever."""


class Sleeps:
    """Notes how long the loop would sleep; ``on_sleep`` changes the world meanwhile."""

    def __init__(self, records: MemoryRecords, *, back_after: int, end_after: int) -> None:
        self.seconds: list[float] = []
        self._records = records
        self._back_after = back_after
        self._end_after = end_after

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == self._back_after:
            self._records.is_away = False
        if len(self.seconds) == self._end_after:
            raise EnoughSleep
        await asyncio.sleep(0)


async def _repair(
    records: MemoryRecords, sleeps: Sleeps, wishes: list[ContentHash], blocked: BlockedVersions | None = None
) -> InstallTable:
    table = InstallTable()
    with pytest.raises(EnoughSleep):
        await repair_installs(
            installs=table,
            records=records,
            every_seconds=60,
            wish=wishes.append,
            blocked=blocked or BlockedVersions(),
            sleep=sleeps,
        )
    return table


async def test_projection_is_filled_at_start_and_its_versions_wished_for() -> None:
    records = MemoryRecords.of(an_install())
    wishes: list[ContentHash] = []

    table = await _repair(records, Sleeps(records, back_after=0, end_after=1), wishes)

    assert table.is_filled
    assert wishes == [HASH]


async def test_absent_registry_is_asked_again_sooner_and_ever_later() -> None:
    records = MemoryRecords.of(an_install())
    records.is_away = True
    sleeps = Sleeps(records, back_after=4, end_after=5)

    table = await _repair(records, sleeps, [])

    assert sleeps.seconds == [1, 2, 4, 8, 60]
    assert table.is_filled


async def test_a_block_no_event_told_of_is_learnt() -> None:
    records = MemoryRecords.of(an_install())
    records.said.append(a_status("blocked", serial=3, version_id=an_install().version_id))
    blocked = BlockedVersions()

    await _repair(records, Sleeps(records, back_after=0, end_after=1), [], blocked)

    assert blocked.reason(an_install().version_id) == "It loses notes."
