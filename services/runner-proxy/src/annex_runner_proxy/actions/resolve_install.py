"""The one door to an install: only through here does an execution learn what it may do and know."""

from annex_runner_proxy.domain.errors import (
    InstallDisabled,
    InstallNotFound,
    InstallRequired,
    InstallVersionMismatch,
    VersionBlocked,
)
from annex_runner_proxy.domain.execution import Execution
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.ids import ExtensionId, InstallId, TenantId


async def resolve_install(
    execution: Execution, *, installs: InstallTable, records: InstallRecords, blocked: BlockedVersions
) -> Install:
    """Return the install, asking the registry when our copy is missing or older than the caller's.

    Raises InstallRequired, InstallNotFound, InstallDisabled, InstallVersionMismatch, VersionBlocked,
    RegistryUnavailable.
    """
    if execution.install_id is None:
        raise InstallRequired("The request names no install; context.install_id is required.")
    install = installs.get(execution.install_id)
    if install is None or _is_behind(install, execution):
        install = await _refreshed(execution.install_id, installs=installs, records=records)
    if install is None:
        raise _not_found(execution.install_id)
    _check_belongs(install, execution)
    if not install.is_enabled:
        raise InstallDisabled(f"{install.extension} is installed and switched off.")
    if install.content_hash != execution.content_hash:
        raise InstallVersionMismatch(
            f"{install.extension} is installed as {install.version}, which is another bundle than the one "
            "asked for. Read the install again and repeat the request.",
            details={"installed": str(install.content_hash), "requested": str(execution.content_hash)},
        )
    _refuse_blocked(install, blocked)
    return install


async def resolve_known_install(
    install_id: InstallId,
    *,
    tenant_id: TenantId,
    extension_id: ExtensionId,
    installs: InstallTable,
    records: InstallRecords,
    blocked: BlockedVersions,
) -> Install:
    """Return a tenant's install, enabled or not.

    Raises InstallNotFound, VersionBlocked, RegistryUnavailable.
    """
    install = installs.get(install_id)
    if install is None:
        install = await _refreshed(install_id, installs=installs, records=records)
    if install is None or (install.tenant_id, install.extension_id) != (tenant_id, extension_id):
        raise _not_found(install_id)
    _refuse_blocked(install, blocked)
    return install


def _refuse_blocked(install: Install, blocked: BlockedVersions) -> None:
    """Whoever called has checked this too; a compiled module outlives what is said of its version."""
    reason = blocked.reason(install.version_id)
    if reason is not None:
        raise VersionBlocked(
            f"{install.extension} {install.version} was blocked on this platform: {reason} "
            "Nothing of it is run.",
            details={"version_id": install.version_id, "reason": reason},
        )


def _is_behind(install: Install, execution: Execution) -> bool:
    """Say whether the caller may know something newer; then our copy must not be used unasked."""
    return (
        install.config_version < execution.config_version
        or install.secrets_version < execution.secrets_version
        or install.content_hash != execution.content_hash
        or not install.is_enabled
    )


async def _refreshed(
    install_id: InstallId, *, installs: InstallTable, records: InstallRecords
) -> Install | None:
    install = await records.install(install_id)
    if install is None:
        installs.forget(install_id, revision=installs.known_revision(install_id))
    else:
        installs.apply(install)
    # An event may have brought something newer while we asked.
    return installs.get(install_id)


def _check_belongs(install: Install, execution: Execution) -> None:
    """Another tenant's install does not exist for this caller."""
    if install.tenant_id != execution.tenant_id:
        raise _not_found(execution.install_id)
    if install.extension_id != execution.extension_id:
        raise _not_found(execution.install_id)


def _not_found(install_id: InstallId | None) -> InstallNotFound:
    return InstallNotFound(
        f"The tenant has no install {install_id} of this extension.",
        details={"install_id": str(install_id)},
    )
