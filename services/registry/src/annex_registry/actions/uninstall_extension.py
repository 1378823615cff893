"""Uninstall: configuration and secrets go with the install, its count of revisions stays."""

from dataclasses import replace

from annex_registry.actions.change_install import find_install, find_installed
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.install import Install
from annex_registry.domain.ports import Records, Work
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def uninstall(install_id: InstallId, *, caller: Caller, records: Records, clock: Clock) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        return await _remove(install, work=work, clock=clock)


async def uninstall_extension(extension: str, *, caller: Caller, records: Records, clock: Clock) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_installed(extension, work=work)
        return await _remove(install, work=work, clock=clock)


async def _remove(install: Install, *, work: Work, clock: Clock) -> Install:
    revision = await work.installs.next_revision(install.tenant_id, install.extension.id)
    removed = replace(install, revision=revision, is_enabled=False, updated_at=clock.now())
    await work.installs.remove(install.id)
    await work.outbox.append(removed.event(InstallChange.UNINSTALLED), at=removed.updated_at)
    return removed
