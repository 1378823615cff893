"""Tenants' installs, and the records of them that other services read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from annex_registry.domain.app_domain import HostName
from annex_registry.domain.install import Install, InstallState
from annex_registry.domain.secrets import StoredSecret
from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.version_number import VersionNumber


class Installs(Protocol):
    """One tenant's installs; rows of other tenants do not exist here."""

    async def add(self, install: Install) -> bool:
        """Return False when the tenant has the extension already."""
        ...

    async def next_revision(self, tenant_id: TenantId, extension_id: ExtensionId) -> int:
        """Count one change; the number survives the install."""
        ...

    async def revision_of(self, tenant_id: TenantId, extension_id: ExtensionId) -> int: ...

    async def revisions(self) -> int:
        """Count all changes of the tenant's installs, also of those that are gone."""
        ...

    async def find(self, install_id: InstallId, *, for_change: bool = False) -> Install | None: ...

    async def of_extension(
        self, extension_id: ExtensionId, *, for_change: bool = False
    ) -> Install | None: ...

    async def listing(self, *, after: InstallId | None, limit: int) -> list[Install]: ...

    async def save(self, install: Install) -> None:
        """Store everything but the secrets with envelopes of their own."""
        ...

    async def add_state(self, install: Install, *, ended_at: datetime) -> None:
        """Keep the state that ends now; it is never changed."""
        ...

    async def states(self, install_id: InstallId, *, before: int | None, limit: int) -> list[InstallState]:
        """Return states that ended, newest first."""
        ...

    async def last_state_of_other_version(
        self, install: Install, wanted: VersionNumber | None
    ) -> InstallState | None:
        """Return the newest state with another version than the present, or with the wanted one of them."""
        ...

    async def put_secret(self, install: Install, secret: StoredSecret) -> None: ...

    async def remove_secret(self, install: Install, name: str) -> None: ...

    async def claim_host(self, install: Install, host: HostName, *, at: datetime) -> bool:
        """Return False when another install has the host; the install has none when this is asked."""
        ...

    async def give_up_host(self, install: Install) -> None: ...

    async def remove(self, install_id: InstallId) -> None:
        """Remove an install with everything of its own, also its claim on a host."""
        ...


@dataclass(frozen=True, slots=True)
class InstallRecordPage:
    """Installs of every tenant, and the serial of the installs feed they equal."""

    items: Sequence[InstallRecord]
    as_of: int
