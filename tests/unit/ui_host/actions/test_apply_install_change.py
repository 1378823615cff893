from annex_ui_host.actions.apply_install_change import apply_install_change
from annex_ui_host.domain.installs import Installs
from unit.ui_host.fakes import EXTENSION, HASH, INSTALL, TENANT, MemoryRegistry, an_install


async def test_state_comes_from_the_owner_and_not_from_the_hint() -> None:
    installs, registry = Installs(), MemoryRegistry(listed=[an_install(revision=5)])

    await apply_install_change(INSTALL, 2, installs=installs, registry=registry)

    assert installs.revisions() == {INSTALL: 5}
    assert installs.is_shown(TENANT, EXTENSION, HASH)


async def test_install_the_owner_no_longer_has_is_dropped_for_good() -> None:
    installs = Installs()
    installs.apply(an_install(revision=1))

    await apply_install_change(INSTALL, 2, installs=installs, registry=MemoryRegistry())
    installs.apply(an_install(revision=2))

    assert not installs.is_shown(TENANT, EXTENSION, HASH)
