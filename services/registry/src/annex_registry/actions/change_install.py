"""Change an install: version, switch, grants and configuration; every change is a revision and an event."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.errors import ExtensionNotInstalled, InstallNotFound
from annex_registry.domain.install import (
    Config,
    Install,
    InstallEdit,
    VersionNeeds,
    edited,
    refuse_stale,
)
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.secrets import OverduePolicy
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
    denied: Sequence[str] | None = None
    config: Config | None = None
    is_pinned: bool | None = None
    max_secret_age_days: int | None = None
    overdue_secrets: OverduePolicy | None = None
    egress: Sequence[str] | None = None
    if_revision: int | None = None


async def change_install(
    install_id: InstallId, wish: InstallChangeWish, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        return await _changed(install, wish, by=caller.principal, work=work, clock=clock)


async def update_installed(
    extension: str, version: str, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    """Move the tenant's install of an extension to another version."""
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_installed(extension, work=work)
        wish = InstallChangeWish(version=version)
        return await _changed(install, wish, by=caller.principal, work=work, clock=clock)


async def _changed(
    install: Install, wish: InstallChangeWish, *, by: str, work: Work, clock: Clock
) -> Install:
    refuse_stale(install, wish.if_revision)
    version = None if wish.version is None else await find_version(install.extension, wish.version, work=work)
    if version is not None and version.id != install.version.id:
        refuse_new_use(version)
    edit = InstallEdit(
        version=version,
        is_enabled=wish.is_enabled,
        grants=wish.grants,
        denied=wish.denied,
        config=wish.config,
        is_pinned=wish.is_pinned,
        max_secret_age_days=wish.max_secret_age_days,
        overdue_secrets=wish.overdue_secrets,
        egress=wish.egress,
        needs=VersionNeeds.of(await work.versions.contents((version or install.version).id)),
    )
    change = edited(install, edit)
    return (
        install if change is None else await save_change(install, *change, by=by, work=work, at=clock.now())
    )


async def save_change(
    before: Install, after: Install, change: InstallChange, *, by: str, work: Work, at: datetime
) -> Install:
    """Keep the state that ends, store the next under its own revision, and announce it."""
    revision = await work.installs.next_revision(after.tenant_id, after.extension.id)
    saved = replace(after, revision=revision, updated_at=at, last_change=change.value, changed_by=by)
    await work.installs.add_state(before, ended_at=at)
    await work.installs.save(saved)
    await work.outbox.append(saved.event(change), at=at)
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
