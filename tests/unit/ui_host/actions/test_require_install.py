import asyncio

import pytest

from annex_shared.ids import TenantId
from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.actions.require_install import require_install
from annex_ui_host.domain.errors import AssetNotFound, RegistryUnavailable
from annex_ui_host.domain.installs import Install
from unit.ui_host.fakes import OTHER_TENANT, TENANT, MemoryRegistry, Time, a_publication, a_shelf, an_install


async def require(shelf: Shelf, tenant_id: TenantId = TENANT) -> None:
    await require_install(
        tenant_id,
        a_publication(),
        installs=shelf.installs,
        refreshes=shelf.refreshes,
        registry=shelf.registry,
    )


async def test_installed_extension_passes_without_asking() -> None:
    registry = MemoryRegistry(is_away=True)
    shelf = a_shelf(registry)
    shelf.installs.apply(an_install())

    await require(shelf)

    assert registry.asked == {}


async def test_extension_installed_just_now_passes() -> None:
    registry = MemoryRegistry(listed=[an_install()])
    shelf = a_shelf(registry)

    await require(shelf)

    assert registry.asked == {"installs": 1}


@pytest.mark.parametrize(
    ("listed", "tenant_id"),
    [([], TENANT), ([an_install(is_enabled=False)], TENANT), ([an_install()], OTHER_TENANT)],
    ids=["not installed", "disabled", "another tenant's"],
)
async def test_tenant_without_an_enabled_install_sees_nothing(
    listed: list[Install], tenant_id: TenantId
) -> None:
    shelf = a_shelf(MemoryRegistry(listed=listed))

    with pytest.raises(AssetNotFound):
        await require(shelf, tenant_id)


async def test_many_guesses_ask_the_owner_once_a_second() -> None:
    time, registry = Time(), MemoryRegistry()
    shelf = a_shelf(registry, time=time)

    for second in (0.0, 0.5, 0.9, 1.0):
        time.seconds = second
        results = await asyncio.gather(*(require(shelf) for _ in range(5)), return_exceptions=True)
        assert all(isinstance(result, AssetNotFound) for result in results)

    assert registry.asked == {"installs": 2}


async def test_last_known_state_holds_while_the_owner_is_away() -> None:
    registry = MemoryRegistry()
    shelf = a_shelf(registry)
    shelf.installs.take_listing([], as_of=1, known_before={})
    registry.is_away = True

    with pytest.raises(AssetNotFound):
        await require(shelf)


async def test_nothing_known_and_nobody_to_ask_is_no_answer() -> None:
    shelf = a_shelf(MemoryRegistry(is_away=True))

    with pytest.raises(RegistryUnavailable):
        await require(shelf)
