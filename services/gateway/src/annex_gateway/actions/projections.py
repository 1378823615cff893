"""Keep the copies of installs and versions: by hints, by asking, and by reading everything again."""

import asyncio
from dataclasses import dataclass, field

import structlog

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.domain.endpoints import EndpointTree
from annex_gateway.domain.errors import (
    ExtensionNotInstalled,
    InstallNotReady,
    RegistryUnavailable,
    VersionBlocked,
)
from annex_gateway.domain.freshness import Freshness
from annex_gateway.domain.installs import Install, InstallProjection
from annex_gateway.domain.ports import RegistryState
from annex_gateway.domain.versions import VersionProjection
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.ids import InstallId, TenantId, VersionId

_PAGE = 500
# A tenant's list names at most this many installs worth reading one by one; more come with the repair.
_MAX_READ_ON_MISS = 50
# A change has been made and its answer waits for this.
_LEARN_SECONDS = 2.0

log = structlog.get_logger()


@dataclass(slots=True)
class Projections:
    """What the registry owns and the gateway answers from; last known good while the registry is away."""

    registry: RegistryState
    misses: AskOnce
    installs: InstallProjection = field(default_factory=InstallProjection)
    versions: VersionProjection = field(default_factory=VersionProjection)
    blocked: BlockedVersions = field(default_factory=BlockedVersions)
    freshness: Freshness = field(default_factory=Freshness)
    _repairing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_filled(self) -> bool:
        return self.installs.as_of is not None

    async def resolve_install(self, tenant_id: TenantId, extension: str) -> Install:
        """Return the caller's install: the only door to one. Raises ExtensionNotInstalled and others."""
        install = self.installs.find(tenant_id, extension)
        if install is None:
            await self.misses.ask(tenant_id, lambda: self._read_installs_of(tenant_id))
            install = self.installs.find(tenant_id, extension)
        if install is None:
            raise ExtensionNotInstalled(
                "This extension is not installed in your tenant, or does not exist. "
                "Install it, or check the spelling publisher.name."
            )
        return install

    async def endpoints(self, version_id: VersionId) -> EndpointTree:
        """Return a version's endpoints. Raises InstallNotReady when the registry has not told them."""
        tree = self.versions.endpoints(version_id)
        if tree is None:
            await self.misses.ask("versions", self.read_versions)
            tree = self.versions.endpoints(version_id)
        if tree is None:
            raise InstallNotReady(
                "The gateway has not learnt of this install's version yet. Try again in a second.",
                retry_after_seconds=1,
            )
        return tree

    def require_unblocked(self, install: Install) -> None:
        """Raise VersionBlocked when the platform blocked the version an install has."""
        reason = self.blocked.reason(str(install.version_id))
        if reason is not None:
            raise VersionBlocked(
                f"The installed version of {install.publisher}/{install.name} was blocked on this platform: "
                f"{reason} Nothing of it is run. Install another version.",
                details={"version_id": str(install.version_id), "reason": reason},
            )

    def expect_change(self, tenant_id: TenantId) -> None:
        """Ask again at the next miss: this tenant changed its installs just now."""
        self.misses.forget(tenant_id)

    async def learn_changes(self, tenant_id: TenantId) -> None:
        """Read what a tenant changed through this gateway, so that its next call here finds it so.

        Other replicas hear of it by the event. So does this one when the registry does not answer now: the
        change stands, and its caller is told so.
        """
        self.expect_change(tenant_id)
        try:
            async with asyncio.timeout(_LEARN_SECONDS):
                await self._read_installs_of(tenant_id)
        except (RegistryUnavailable, TimeoutError) as error:
            log.warning("install_change_not_read", error_type=type(error).__name__)

    async def note_install_changed(self, install_id: InstallId, *, revision: int) -> None:
        """Read an install that is said to have changed, unless that state is known."""
        if revision > self.installs.revision(install_id):
            await self._read_install(install_id, revision=revision)

    async def note_uninstalled(self, install_id: InstallId, *, revision: int) -> None:
        self.installs.remove(install_id, revision=revision)

    async def read_versions(self) -> None:
        """Read what was published since the last time."""
        while True:
            page = await self.registry.versions(after=self.versions.serial, limit=_PAGE)
            self.versions.add_page(page)
            if len(page) < _PAGE:
                return

    async def read_version_statuses(self) -> None:
        """Read what was said of versions since the last time."""
        await self.blocked.catch_up(self.registry.version_statuses)

    async def repair(self) -> None:
        """Become equal to the registry, whatever was missed."""
        async with self._repairing:
            began = self.freshness.monotonic()
            await self.read_versions()
            await self.read_version_statuses()
            mark = self.installs.mark()
            listing = await self.registry.installs(unless_as_of=self.installs.as_of)
            self.freshness.note_equal(began)
            if listing is not None:
                self.installs.replace(listing, mark=mark)
                log.info(
                    "projection_repaired",
                    installs=len(self.installs),
                    versions=len(self.versions),
                    as_of=listing.as_of,
                )

    async def _read_installs_of(self, tenant_id: TenantId) -> None:
        hints = await self.registry.installs_of(tenant_id)
        unknown = [hint for hint in hints if hint.revision > self.installs.revision(hint.install_id)]
        for hint in unknown[:_MAX_READ_ON_MISS]:
            await self._read_install(hint.install_id, revision=hint.revision)

    async def _read_install(self, install_id: InstallId, *, revision: int) -> None:
        install = await self.registry.install(install_id)
        if install is None:
            self.installs.remove(install_id, revision=revision)
        else:
            self.installs.apply(install)
