"""Set what one install may use: the operator's word, for an install of the tenant the operator acts for."""

from dataclasses import replace

from annex_registry.actions.change_install import find_install, save_change
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.install import Install
from annex_registry.domain.install_limits import InstallLimits
from annex_registry.domain.ports import Records
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def limit_install(
    install_id: InstallId, limits: InstallLimits, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    """Replace the install's limits whole; every change is a revision and an event."""
    require(caller, Permission.PLATFORM_ADMIN)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        if install.limits == limits:
            return install
        after = replace(install, limits=limits)
        return await save_change(
            install, after, InstallChange.CONFIGURED, by=caller.principal, work=work, at=clock.now()
        )
