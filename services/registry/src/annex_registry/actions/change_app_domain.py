"""Give an install a host name, or take it away; either is a revision of the install and an event."""

from dataclasses import dataclass, replace

from annex_registry.actions.change_install import find_install, save_change
from annex_registry.domain.app_domain import HostName, own_host
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.errors import AppDomainNotYours, AppDomainTaken, InvalidAppDomain
from annex_registry.domain.install import Install, refuse_stale
from annex_registry.domain.ports import Records
from annex_shared.clock import Clock
from annex_shared.contracts.events import InstallChange
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class AppDomainWish:
    """``host`` None asks for the install's own name below the platform's root."""

    host: str | None = None
    if_revision: int | None = None


async def claim_app_domain(
    install_id: InstallId,
    wish: AppDomainWish,
    *,
    root: HostName | None,
    caller: Caller,
    records: Records,
    clock: Clock,
) -> Install:
    """Let a host lead to the install, instead of the one that did. Raises AppDomainTaken and others."""
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        refuse_stale(install, wish.if_revision)
        host = _wanted(install, wish, root=root, caller=caller)
        if host == install.app_domain:
            return install
        now = clock.now()
        await work.installs.give_up_host(install)
        if not await work.installs.claim_host(install, host, at=now):
            raise AppDomainTaken(
                f"The host {host} leads to another install. Nothing was changed.", details={"host": host.text}
            )
        after = replace(install, app_domain=host)
        return await save_change(
            install, after, InstallChange.CONFIGURED, by=caller.principal, work=work, at=now
        )


async def give_up_app_domain(
    install_id: InstallId, *, caller: Caller, records: Records, clock: Clock
) -> Install:
    """Let no host lead to the install; another one may claim the name from now on."""
    require(caller, Permission.EXTENSION_WRITE)
    async with records.work(tenant_id=tenant_of(caller)) as work:
        install = await find_install(install_id, work=work, for_change=True)
        if install.app_domain is None:
            return install
        await work.installs.give_up_host(install)
        after = replace(install, app_domain=None)
        return await save_change(
            install, after, InstallChange.CONFIGURED, by=caller.principal, work=work, at=clock.now()
        )


def _wanted(install: Install, wish: AppDomainWish, *, root: HostName | None, caller: Caller) -> HostName:
    own = None if root is None else own_host(root, install.tenant_id, install.extension)
    if wish.host is None:
        if own is None:
            raise InvalidAppDomain(
                "This platform has no root for app domains (APP_DOMAIN_ROOT). Name a host.",
                details={"field": "host"},
            )
        return own
    host = HostName.parse(wish.host)
    # Nobody has shown that the tenant holds another name, and a name under the root could pass for ours.
    if host != own and not caller.may(Permission.PLATFORM_ADMIN):
        raise AppDomainNotYours(
            f"Only a platform administrator may let {host} lead to an install. "
            + ("Leave the host away" if own is None else f"Yours is {own}: leave the host away")
            + " or ask one. Nothing was changed.",
            details={"host": host.text, "own_host": None if own is None else own.text},
        )
    return host
