"""Bring one install up to its owner's state after a hint that it changed."""

from annex_shared.ids import InstallId
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.ports import Registry


async def apply_install_change(
    install_id: InstallId, revision: int, *, installs: Installs, registry: Registry
) -> None:
    """Read the install and keep it if it is newer; one the owner no longer has is dropped.

    Raises RegistryUnavailable.
    """
    install = await registry.install(install_id)
    if install is None:
        installs.drop(install_id, revision=revision)
    else:
        installs.apply(install)
