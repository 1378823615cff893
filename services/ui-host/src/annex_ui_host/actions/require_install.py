"""The one door for tenants: an extension is shown to a tenant that has it installed and enabled."""

from dataclasses import dataclass

from annex_shared.ids import TenantId
from annex_ui_host.actions.refresh_installs import refresh_installs
from annex_ui_host.domain.errors import AssetNotFound, RegistryUnavailable
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.ports import Registry
from annex_ui_host.domain.publications import Publication
from annex_ui_host.domain.recently_asked import RecentlyAsked
from annex_ui_host.domain.single_flight import SingleFlight

_LISTING = "installs"


@dataclass(frozen=True, slots=True)
class InstallRefreshes:
    """How often a tenant that seems to lack an install makes us ask the owner; the key is always one."""

    flight: SingleFlight[str, None]
    recent: RecentlyAsked


async def require_install(
    tenant_id: TenantId,
    publication: Publication,
    *,
    installs: Installs,
    refreshes: InstallRefreshes,
    registry: Registry,
) -> None:
    """Pass, or raise AssetNotFound. An owner that is away is an error only while nothing is known yet."""

    def is_shown() -> bool:
        return installs.is_shown(tenant_id, publication.extension_id, publication.content_hash)

    async def refresh() -> None:
        await refresh_installs(installs=installs, registry=registry)
        refreshes.recent.add(_LISTING)

    if is_shown():
        return
    if _LISTING not in refreshes.recent:
        try:
            await refreshes.flight.run(_LISTING, refresh)
        except RegistryUnavailable:
            if installs.as_of is None:
                raise
    if not is_shown():
        raise AssetNotFound
