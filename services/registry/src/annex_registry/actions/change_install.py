"""Change an install: version, switch, grants and configuration; every change is a revision and an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.errors import ExtensionNotInstalled, InstallNotFound
from annex_registry.domain.install import Install, InstallEdit, edited, refuse_stale
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.version_status import refuse_new_use
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class InstallChangeWish:
    """Only what is named changes; ``if_revision`` refuses a change decided on an older state."""

    version: str | None = None
    is_enabled: bool | None = None
    grants: Sequence[str] | None = None
    config: Mapping[str, str] | None = None
    if_revision: int | None = None


async def change_install(
    install_id: InstallId, wish: InstallChangeWish, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        return await _changed(install, wish, work=work, clock=clock)


async def update_installed(
    extension: str, version: str, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    """Move the tenant's install of an extension to another version."""
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_installed(extension, work=work)
        return await _changed(install, InstallChangeWish(version=version), work=work, clock=clock)


async def _changed(install: Install, wish: InstallChangeWish, *, work: Work, clock: Clock) -> Install:
    refuse_stale(install, wish.if_revision)
    version = None if wish.version is None else await find_version(install.extension, wish.version, work=work)
    if version is not None and version.id != install.version.id:
        refuse_new_use(version)
    edit = InstallEdit(version, wish.is_enabled, wish.grants, wish.config)
    change = edited(install, edit)
    return install if change is None else await save_change(*change, work=work, clock=clock)


async def save_change(install: Install, change: InstallChange, *, work: Work, clock: Clock) -> Install:
    """Store a changed install under its next revision and announce it."""
    revision = await work.installs.next_revision(install.tenant_id, install.extension.id)
    now = clock.now()
    saved = replace(install, revision=revision, updated_at=now)
    await work.installs.save(saved)
    await work.outbox.append(saved.event(change), at=now)
    return saved


async def find_install(install_id: InstallId, *, work: Work, for_change: bool = False) -> Install:
    """Return one of the tenant's installs; another tenant's does not exist. Raises InstallNotFound."""
    install = await work.installs.find(install_id, for_change=for_change)
    if install is None:
        raise InstallNotFound(
            "This tenant has no install with that id.", details={"install_id": str(install_id)}
        )
    return install


async def find_installed(extension: str, *, work: Work) -> Install:
    """Return the tenant's install of an extension, for a change. Raises ExtensionNotInstalled."""
    found = await find_extension(extension, extensions=work.extensions)
    install = await work.installs.of_extension(found.id, for_change=True)
    if install is None:
        raise ExtensionNotInstalled(
            f"{found.ref} is not installed in this tenant.", details={"extension": str(found.ref)}
        )
    return install
