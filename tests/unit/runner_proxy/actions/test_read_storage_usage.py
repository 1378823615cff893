from datetime import UTC, datetime

import pytest

from annex_runner_proxy.actions.read_storage_usage import read_storage_usage
from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.domain.errors import DatabaseUnavailable, InstallNotFound, RegistryUnavailable
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.storage import StorageOwner, Usage, Write
from annex_runner_proxy.domain.storage_rate import StorageRate, StorageRates
from annex_shared.ids import TenantId
from support.memory_storage import MemoryStorage
from unit.runner_proxy.fakes import INSTALL, OTHER_TENANT, TENANT, MemoryRecords, an_install


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
async def storage() -> MemoryStorage:
    storage = MemoryStorage(FixedClock())
    for tenant_id in (TENANT, OTHER_TENANT):
        owner = StorageOwner(tenant_id, INSTALL)
        await storage.put(owner, "notes", [Write("a", b"v")], before_writing=lambda: None, seconds=1)
    return storage


async def _read(
    storage: MemoryStorage | None,
    records: MemoryRecords,
    *,
    tenant_id: TenantId = TENANT,
    is_known: bool = False,
) -> Usage:
    installs = InstallTable()
    if is_known:
        installs.apply(an_install())
    # Who administers a tenant is not held to the rate of its extensions.
    rates = StorageRates(StorageRate(per_minute=0, burst=0.5), lambda: 0.0)
    return await read_storage_usage(
        INSTALL,
        tenant_id=tenant_id,
        installs=installs,
        records=records,
        desk=StorageDesk(storage, rates, rates),
    )


async def test_an_install_that_is_known_is_told_of_without_asking(storage: MemoryStorage) -> None:
    records = MemoryRecords(is_away=True)

    assert await _read(storage, records, is_known=True) == Usage(1, 1, 1)
    assert records.asked == 0


async def test_an_install_that_is_not_known_yet_is_asked_for(storage: MemoryStorage) -> None:
    assert await _read(storage, MemoryRecords.of(an_install())) == Usage(1, 1, 1)


@pytest.mark.parametrize("is_known", [False, True], ids=["asked for", "known"])
async def test_another_tenants_install_does_not_exist(storage: MemoryStorage, *, is_known: bool) -> None:
    records = MemoryRecords.of(an_install())

    with pytest.raises(InstallNotFound):
        await _read(storage, records, tenant_id=OTHER_TENANT, is_known=is_known)


async def test_an_install_that_there_is_not_stores_nothing(storage: MemoryStorage) -> None:
    with pytest.raises(InstallNotFound):
        await _read(storage, MemoryRecords())


async def test_what_cannot_be_asked_is_said(storage: MemoryStorage) -> None:
    with pytest.raises(RegistryUnavailable):
        await _read(storage, MemoryRecords(is_away=True))
    with pytest.raises(DatabaseUnavailable):
        await _read(None, MemoryRecords.of(an_install()))
