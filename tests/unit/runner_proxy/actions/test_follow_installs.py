import pytest

from annex_runner_proxy.actions.follow_installs import follow_install, rebuild_installs
from annex_runner_proxy.domain.errors import RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from unit.runner_proxy.fakes import INSTALL, OTHER_INSTALL, MemoryRecords, an_install


async def test_change_we_know_is_not_asked_for_again() -> None:
    table, records = InstallTable(), MemoryRecords.of(an_install(revision=2))
    table.apply(an_install(revision=2))

    install = await follow_install(INSTALL, revision=2, installs=table, records=records)

    assert install == an_install(revision=2)
    assert records.asked == 0


async def test_change_is_copied_from_the_registry() -> None:
    table, records = InstallTable(), MemoryRecords.of(an_install(revision=5))
    table.apply(an_install(revision=1))

    install = await follow_install(INSTALL, revision=4, installs=table, records=records)

    assert install == table.get(INSTALL) == an_install(revision=5)


async def test_install_the_registry_has_no_more_is_forgotten() -> None:
    table = InstallTable()
    table.apply(an_install(revision=1))

    assert await follow_install(INSTALL, revision=2, installs=table, records=MemoryRecords()) is None
    assert table.get(INSTALL) is None


async def test_rebuild_reads_everything_and_drops_the_rest() -> None:
    table = InstallTable()
    table.apply(an_install(install_id=OTHER_INSTALL))

    count = await rebuild_installs(installs=table, records=MemoryRecords.of(an_install()))

    assert count == 1
    assert table.get(OTHER_INSTALL) is None


async def test_rebuild_that_breaks_off_drops_nothing() -> None:
    table = InstallTable()
    table.apply(an_install(install_id=OTHER_INSTALL))
    records = MemoryRecords.of(an_install())
    records.is_away = True

    with pytest.raises(RegistryUnavailable):
        await rebuild_installs(installs=table, records=records)

    assert table.get(OTHER_INSTALL) is not None
    assert not table.is_filled
