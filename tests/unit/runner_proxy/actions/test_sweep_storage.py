from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from annex_runner_proxy.actions.sweep_storage import purge_uninstalled, sweep_expired
from annex_runner_proxy.domain.errors import RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.storage import StorageOwner, Usage, Write
from annex_shared.ids import InstallId
from support.memory_storage import MemoryStorage
from unit.runner_proxy.fakes import INSTALL, TENANT, MemoryRecords, an_install

GRACE = timedelta(days=30)
OWNER = StorageOwner(TENANT, INSTALL)


@dataclass(slots=True)
class SetClock:
    time: datetime = datetime(2026, 11, 21, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@dataclass(slots=True)
class Attic:
    """What one install stored, and the registry that knows of the install or does not."""

    clock: SetClock = field(default_factory=SetClock)
    installs: InstallTable = field(default_factory=InstallTable)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    storage: MemoryStorage = field(init=False)

    def __post_init__(self) -> None:
        self.storage = MemoryStorage(self.clock)
        self.installs.is_filled = True

    async def keep(
        self, owner: StorageOwner = OWNER, *, ttl_seconds: int | None = None, count: int = 1
    ) -> None:
        for number in range(count):
            write = Write(f"key-{number}", b"v", ttl_seconds=ttl_seconds)
            await self.storage.put(owner, "notes", [write], before_writing=lambda: None, seconds=1)

    async def purge(self, *, after: timedelta = timedelta(0)) -> int:
        self.clock.time += after
        return await purge_uninstalled(
            sweeps=self.storage,
            installs=self.installs,
            records=self.records,
            clock=self.clock,
            grace=GRACE,
        )

    async def kept(self, owner: StorageOwner = OWNER) -> int:
        usage: Usage = await self.storage.usage(owner, seconds=1)
        return usage.keys


async def test_the_expired_of_every_install_are_swept() -> None:
    attic = Attic()
    other = StorageOwner(TENANT, InstallId(uuid4()))
    await attic.keep(ttl_seconds=60, count=600)
    await attic.keep(other, ttl_seconds=60)
    await attic.keep(other, count=3)
    attic.clock.time += timedelta(seconds=60)

    assert await sweep_expired(sweeps=attic.storage, clock=attic.clock) == 600
    assert [await attic.kept(), await attic.kept(other)] == [0, 3]


async def test_an_installed_extension_keeps_what_it_stored_and_nobody_is_asked() -> None:
    attic = Attic()
    attic.installs.apply(an_install())
    await attic.keep()

    rounds = [await attic.purge(), await attic.purge(after=2 * GRACE)]

    assert (rounds, attic.records.asked, await attic.kept()) == ([0, 0], 0, 1)


async def test_what_an_uninstalled_extension_stored_goes_after_the_grace() -> None:
    attic = Attic()
    await attic.keep(count=600)

    begun = await attic.purge()
    before = await attic.purge(after=GRACE - timedelta(seconds=1)), await attic.kept()
    ended = await attic.purge(after=timedelta(seconds=1))

    assert (begun, before, ended) == (0, (0, 600), 1)
    assert await attic.kept() == 0
    # Once to begin and once to end, and not in between.
    assert attic.records.asked == 2


async def test_the_registrys_word_counts_more_than_a_projection_that_misses_an_install() -> None:
    attic = Attic(records=MemoryRecords.of(an_install()))
    await attic.keep()

    rounds = [await attic.purge(), await attic.purge(after=2 * GRACE)]

    assert (rounds, await attic.kept()) == ([0, 0], 1)


async def test_an_install_that_is_there_again_begins_a_new_grace_when_it_goes() -> None:
    attic = Attic()
    await attic.keep()
    await attic.purge()
    attic.records = MemoryRecords.of(an_install())
    again = await attic.purge(after=GRACE)
    attic.records = MemoryRecords()

    assert [again, await attic.purge(), await attic.purge(after=GRACE / 2)] == [0, 0, 0]
    assert await attic.kept() == 1
    assert await attic.purge(after=GRACE / 2) == 1


@pytest.mark.parametrize("is_noted", [False, True], ids=["before the grace", "after it"])
async def test_nothing_is_purged_while_the_registry_is_away(*, is_noted: bool) -> None:
    attic = Attic()
    await attic.keep()
    if is_noted:
        await attic.purge()
    attic.records.is_away = True

    with pytest.raises(RegistryUnavailable):
        await attic.purge(after=2 * GRACE)
    attic.records.is_away = False
    noted = await attic.purge()

    assert noted == (1 if is_noted else 0)
    assert await attic.kept() == (0 if is_noted else 1)


async def test_nothing_is_purged_before_the_installs_are_known() -> None:
    attic = Attic()
    attic.installs.is_filled = False
    await attic.keep()

    await attic.purge()
    await attic.purge(after=2 * GRACE)

    assert (await attic.kept(), attic.records.asked) == (1, 0)
