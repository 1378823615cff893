"""Everything a transaction can reach, and transactions themselves."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from annex_registry.domain.app_domain import HostName
from annex_registry.domain.importation import Imports
from annex_registry.domain.ports.attempts import IdempotencyRecords, TokenBuckets, Uploads
from annex_registry.domain.ports.feeds import Outbox
from annex_registry.domain.ports.installs import InstallRecordPage, Installs
from annex_registry.domain.ports.log import TransparencyLog
from annex_registry.domain.ports.publishers import Publishers, TrustedPublishing
from annex_registry.domain.ports.versions import BundleIndexes, Extensions, Versions, VersionStatuses
from annex_registry.domain.secrets import SecretStatus
from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import InstallId, TenantId, VersionId


class Work(Protocol):
    """One transaction; committed when its block ends, rolled back when the block raises."""

    @property
    def publishers(self) -> Publishers: ...

    @property
    def extensions(self) -> Extensions: ...

    @property
    def versions(self) -> Versions: ...

    @property
    def bundle_indexes(self) -> BundleIndexes: ...

    @property
    def version_statuses(self) -> VersionStatuses: ...

    @property
    def installs(self) -> Installs: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def idempotency(self) -> IdempotencyRecords: ...

    @property
    def token_buckets(self) -> TokenBuckets: ...

    @property
    def trusted_publishing(self) -> TrustedPublishing: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def log(self) -> TransparencyLog: ...

    @property
    def imports(self) -> Imports: ...


class Records(Protocol):
    """The registry's database."""

    def work(
        self, *, tenant_id: TenantId | None = None, is_one_state: bool = False
    ) -> AbstractAsyncContextManager[Work]:
        """Open a transaction; rows of installs are visible for ``tenant_id`` alone.

        ``is_one_state`` reads only, and everything as it was at one moment.
        """
        ...

    def whole_outbox(self) -> AbstractAsyncContextManager[Outbox]:
        """Read the events of every tenant, as one state."""
        ...

    async def install_of_host(self, host: HostName) -> tuple[TenantId, InstallId] | None: ...

    async def installs_of_all_tenants(
        self, *, after: InstallId | None, limit: int, unless_as_of: int | None
    ) -> InstallRecordPage | None:
        """Read one page as one state; None when the feed still is at ``unless_as_of``."""
        ...

    async def install_record(self, install_id: InstallId) -> InstallRecord | None: ...

    async def installs_with_secrets(
        self, *, after: InstallId | None, limit: int
    ) -> list[tuple[TenantId, InstallId]]:
        """List installs of every tenant that have secrets, by id."""
        ...

    async def secret_counts(self, now: datetime) -> Mapping[SecretStatus, int]:
        """Count the secrets of every tenant by what they are now."""
        ...

    async def tenants_running(self, version_id: VersionId) -> int:
        """Count the tenants that have a version installed; who they are is not told."""
        ...
