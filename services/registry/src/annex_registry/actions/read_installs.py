"""Read the installs of the caller's tenant."""

from collections.abc import Sequence

from annex_registry.actions.change_install import find_install
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.install import Install, InstallState
from annex_registry.domain.ports import Records
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# More than a tenant can sensibly have; the listing has no pages.
_MOST_INSTALLS = 1000


async def read_installs(
    *, known_tag: str | None, caller: Caller, records: Records
) -> tuple[str, Sequence[Install] | None]:
    """Return the tag of the list, and the list unless the caller's copy is still right."""
    require(caller, Permission.EXTENSION_READ)
    tenant_id = tenant_of(caller)
    async with records.work(tenant_id=tenant_id, is_one_state=True) as work:
        tag = f'"i{await work.installs.revisions()}-{tenant_id}"'
        if tag == known_tag:
            return tag, None
        return tag, await work.installs.listing(after=None, limit=_MOST_INSTALLS)


async def read_install(install_id: InstallId, *, caller: Caller, records: Records) -> Install:
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        return await find_install(install_id, work=work)


async def read_history(
    install_id: InstallId, *, before: int | None, limit: int, caller: Caller, records: Records
) -> tuple[Sequence[InstallState], int | None]:
    """Read the states of an install, newest first, and the revision to go on before."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(tenant_id=tenant_of(caller), is_one_state=True) as work:
        install = await find_install(install_id, work=work)
        earlier = await work.installs.states(install_id, before=before, limit=limit + 1)
    states = [*([InstallState.of(install)] if before is None else []), *earlier]
    page = states[:limit]
    return page, page[-1].revision if len(states) > limit else None
