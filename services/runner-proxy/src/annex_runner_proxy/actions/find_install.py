"""The door to an install for what is not an execution: people's requests, the planner, subscriptions."""

from annex_runner_proxy.domain.errors import InstallNotFound
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.ids import InstallId, TenantId


async def find_install(
    install_id: InstallId, tenant_id: TenantId, *, installs: InstallTable, records: InstallRecords
) -> Install:
    """Return a tenant's install. Raises InstallNotFound, also for another tenant's."""
    install = installs.get(install_id)
    if install is None:
        install = await records.install(install_id)
        if install is not None:
            installs.apply(install)
    if install is None or install.tenant_id != tenant_id:
        raise InstallNotFound(
            f"The tenant has no install {install_id}.", details={"install_id": str(install_id)}
        )
    return install
