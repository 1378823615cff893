from annex_ui_host.actions.refresh_installs import refresh_installs
from annex_ui_host.domain.installs import Installs
from unit.ui_host.fakes import EXTENSION, HASH, TENANT, MemoryRegistry, an_install


async def test_projection_follows_its_owner_both_ways() -> None:
    installs, registry = Installs(), MemoryRegistry(listed=[an_install()])
    await refresh_installs(installs=installs, registry=registry)
    was_shown = installs.is_shown(TENANT, EXTENSION, HASH)
    registry.listed.clear()
    registry.as_of = 2

    await refresh_installs(installs=installs, registry=registry)

    assert was_shown
    assert not installs.is_shown(TENANT, EXTENSION, HASH)


async def test_unchanged_listing_leaves_everything_as_it_is() -> None:
    installs, registry = Installs(), MemoryRegistry(listed=[an_install()])
    await refresh_installs(installs=installs, registry=registry)
    registry.listed.clear()

    await refresh_installs(installs=installs, registry=registry)

    assert installs.is_shown(TENANT, EXTENSION, HASH)
