"""Say what an install stores, for whoever administers its tenant."""

from annex_runner_proxy.actions.storage_desk import StorageDesk
from annex_runner_proxy.domain.errors import InstallNotFound
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_runner_proxy.domain.storage import StorageOwner, Usage
from annex_shared.ids import InstallId, TenantId


async def read_storage_usage(
    install_id: InstallId,
    *,
    tenant_id: TenantId,
    installs: InstallTable,
    records: InstallRecords,
    desk: StorageDesk,
) -> Usage:
    """Return what the tenant's install uses.

    Raises InstallNotFound, RegistryUnavailable, DatabaseUnavailable.
    """
    install = installs.get(install_id) or await records.install(install_id)
    # Another tenant's install does not exist for this one.
    if install is None or install.tenant_id != tenant_id:
        raise InstallNotFound(
            f"The tenant has no install {install_id}.", details={"install_id": str(install_id)}
        )
    return await desk.usage_of(StorageOwner(tenant_id, install_id))
