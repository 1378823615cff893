"""Install: a tenant begins to use a version, with the grants and configuration it chose."""

from collections.abc import Sequence
from dataclasses import dataclass

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require, tenant_of
from annex_registry.domain.consent import Consent
from annex_registry.domain.egress import HTTP_FETCH, EgressDecision, Hosts
from annex_registry.domain.errors import ExtensionAlreadyInstalled
from annex_registry.domain.install import Config, Install, VersionNeeds
from annex_registry.domain.install_config import effective_config
from annex_registry.domain.ports import Records, Work
from annex_registry.domain.version import Extension, PublishedVersion
from annex_registry.domain.version_status import refuse_new_use
from annex_shared.clock import Clock, NewId
from annex_shared.contracts.events import InstallChange
from annex_shared.ids import InstallId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class InstallWish:
    """``version`` None is the newest; ``grants`` None is everything the manifest asks for.

    ``denied`` None is all the rest. ``egress`` None is every host the manifest declares, where http.fetch is
    granted.
    """

    extension: str
    version: str | None
    grants: Sequence[str] | None
    config: Config
    denied: Sequence[str] | None = None
    egress: Sequence[str] | None = None


async def install_extension(
    wish: InstallWish, *, caller: Caller, records: Records, clock: Clock, new_id: NewId
) -> Install:
    require(caller, Permission.EXTENSION_WRITE)
    tenant_id = tenant_of(caller)
    async with records.work(tenant_id=tenant_id) as work:
        extension = await find_extension(wish.extension, extensions=work.extensions)
        version = await _version_to_install(extension, wish.version, work=work)
        wanted = version.capabilities if wish.grants is None else wish.grants
        consent = Consent().decided(version, grants=wanted, denied=wish.denied)
        needs = VersionNeeds.of(await work.versions.contents(version.id))
        now = clock.now()
        install = Install(
            id=InstallId(new_id()),
            tenant_id=tenant_id,
            version=version,
            is_enabled=True,
            grants=consent.granted,
            denied=consent.denied,
            egress=_egress(wish, consent, version, needs),
            declared_egress=needs.egress,
            config=dict(wish.config),
            effective_config=effective_config(wish.config, needs.config_schema),
            config_version=1,
            sealed_secrets=None,
            secrets_version=0,
            revision=await work.installs.next_revision(tenant_id, extension.id),
            created_at=now,
            updated_at=now,
            declared_max_secret_age_days=needs.max_secret_age_days,
            last_change=InstallChange.INSTALLED.value,
            changed_by=caller.principal,
        )
        if not await work.installs.add(install):
            raise ExtensionAlreadyInstalled(
                f"{extension.ref} is installed in this tenant already. Update the install to change its "
                "version.",
                details={"extension": str(extension.ref)},
            )
        await work.outbox.append(install.event(InstallChange.INSTALLED), at=now)
    return install


def _egress(wish: InstallWish, consent: Consent, version: PublishedVersion, needs: VersionNeeds) -> Hosts:
    is_granted = HTTP_FETCH in consent.granted
    return EgressDecision(wish.egress, (), is_granted, is_granted).made_for(version, needs.egress)


async def _version_to_install(extension: Extension, number: str | None, *, work: Work) -> PublishedVersion:
    """Return the named version, or the newest that takes installs. Raises VersionYanked, VersionBlocked."""
    version = await work.versions.newest_installable(extension.id) if number is None else None
    version = version or await find_version(extension, number, work=work)
    refuse_new_use(version)
    return version
