"""Roll back: an install goes back to a version it ran, with its decisions and configuration of that time."""

from dataclasses import dataclass

from annex_registry.actions.change_install import find_install, save_change
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.errors import NoEarlierVersion
from annex_registry.domain.install import (
    Install,
    InstallEdit,
    InstallState,
    VersionNeeds,
    refuse_pinned,
    refuse_stale,
    return_to,
)
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.version_status import refuse_new_use
from annex_shared.clock import Clock
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class RollBackWish:
    """``version`` None is the one that ran before the present one."""

    version: str | None = None
    keeps_config: bool = False
    if_revision: int | None = None


async def roll_back_install(
    install_id: InstallId, wish: RollBackWish, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        refuse_stale(install, wish.if_revision)
        state = await _state_to_return_to(install, wish.version, work=work)
        refuse_pinned(install, InstallEdit(version=state.version))
        refuse_new_use(state.version)
        needs = VersionNeeds.of(await work.versions.contents(state.version.id))
        change = return_to(state, install, keeps_config=wish.keeps_config, needs=needs)
        if change is None:
            return install
        return await save_change(install, *change, by=caller.principal, work=work, at=clock.now())


async def _state_to_return_to(install: Install, number: str | None, *, work: Work) -> InstallState:
    """Find the last state with another version, or with the named one. Raises NoEarlierVersion."""
    wanted = None if number is None else VersionNumber.parse(number)
    state = await work.installs.last_state_of_other_version(install, wanted)
    if state is None:
        which = "another version" if wanted is None else f"version {wanted} before the present one"
        raise NoEarlierVersion(
            f"This install of {install.extension.ref} never ran {which}, so there is nothing to roll "
            "back to. Nothing was changed. Update the install to use a version it did not run.",
            details={"extension": str(install.extension.ref), "version": number},
        )
    return state
