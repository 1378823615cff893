"""Read the installs of the caller's tenant."""

from collections.abc import Sequence

from annex_registry.actions.change_install import find_install
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.install import Install
from annex_registry.domain.ports import Records
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# More than a tenant can sensibly have; the listing has no pages.
_MOST_INSTALLS = 1000


async def read_installs(*, caller: Caller, records: Records) -> Sequence[Install]:
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        return await work.installs.listing(after=None, limit=_MOST_INSTALLS)


async def read_install(install_id: InstallId, *, caller: Caller, records: Records) -> Install:
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        return await find_install(install_id, work=work)
