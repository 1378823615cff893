"""The registry's database: transactions with its repositories, and the listings for other services."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
from asyncpg import Connection, Pool, Record

from annex_registry.adapters.postgres.attempts import PostgresIdempotency, PostgresUploads
from annex_registry.adapters.postgres.bundle_indexes import PostgresBundleIndexes
from annex_registry.adapters.postgres.extensions import PostgresExtensions
from annex_registry.adapters.postgres.imports import PostgresImports
from annex_registry.adapters.postgres.installs import PostgresInstalls, to_record
from annex_registry.adapters.postgres.log import PostgresLog
from annex_registry.adapters.postgres.outbox import PostgresOutbox
from annex_registry.adapters.postgres.publishers import PostgresPublishers
from annex_registry.adapters.postgres.statements import APP_DOMAINS, INSTALLS, VERSION_STATUSES
from annex_registry.adapters.postgres.token_buckets import PostgresTokenBuckets
from annex_registry.adapters.postgres.trusted_publishing import PostgresTrustedPublishing
from annex_registry.adapters.postgres.version_statuses import PostgresVersionStatuses
from annex_registry.adapters.postgres.versions import PostgresVersions
from annex_registry.domain.app_domain import HostName
from annex_registry.domain.errors import RegistryBusy
from annex_registry.domain.ports import InstallRecordPage
from annex_registry.domain.secrets import OverduePolicy, RotationPolicy, SecretStatus
from annex_shared.clock import Clock, SystemClock
from annex_shared.contracts.events import INSTALLS_FEED
from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import InstallId, TenantId, VersionId

_ACQUIRE_SECONDS = 5
# What says that PostgreSQL is away or busy, as opposed to a statement being wrong.
_UNAVAILABLE = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.exceptions.InterfaceError,
    # What asyncpg says of a connection that the server ended while it was being used for the next statement.
    asyncpg.exceptions.InternalClientError,
    OSError,
    TimeoutError,
)


@dataclass(frozen=True, slots=True)
class PostgresWork:
    """Meets ``Work``: the repositories over one connection in one transaction."""

    connection: Connection
    tenant_id: TenantId | None = None

    @property
    def publishers(self) -> PostgresPublishers:
        return PostgresPublishers(self.connection)

    @property
    def extensions(self) -> PostgresExtensions:
        return PostgresExtensions(self.connection, self.tenant_id)

    @property
    def versions(self) -> PostgresVersions:
        return PostgresVersions(self.connection)

    @property
    def bundle_indexes(self) -> PostgresBundleIndexes:
        return PostgresBundleIndexes(self.connection)

    @property
    def version_statuses(self) -> PostgresVersionStatuses:
        return PostgresVersionStatuses(self.connection)

    @property
    def installs(self) -> PostgresInstalls:
        return PostgresInstalls(self.connection, self.tenant_id)

    @property
    def uploads(self) -> PostgresUploads:
        return PostgresUploads(self.connection)

    @property
    def idempotency(self) -> PostgresIdempotency:
        return PostgresIdempotency(self.connection)

    @property
    def token_buckets(self) -> PostgresTokenBuckets:
        return PostgresTokenBuckets(self.connection)

    @property
    def trusted_publishing(self) -> PostgresTrustedPublishing:
        return PostgresTrustedPublishing(self.connection)

    @property
    def outbox(self) -> PostgresOutbox:
        return PostgresOutbox(self.connection)

    @property
    def log(self) -> PostgresLog:
        return PostgresLog(self.connection)

    @property
    def imports(self) -> PostgresImports:
        return PostgresImports(self.connection)


@dataclass(frozen=True, slots=True)
class PostgresRecords:
    """Meets ``Records`` over a pool; ``rotation`` is the operator's limit for secrets."""

    pool: Pool
    rotation: RotationPolicy = field(default_factory=RotationPolicy)
    clock: Clock = field(default_factory=SystemClock)

    @asynccontextmanager
    async def work(
        self, *, tenant_id: TenantId | None = None, is_one_state: bool = False
    ) -> AsyncIterator[PostgresWork]:
        with unavailable_is_busy():
            async with (
                self.pool.acquire(timeout=_ACQUIRE_SECONDS) as connection,
                connection.transaction(
                    isolation="repeatable_read" if is_one_state else None, readonly=is_one_state
                ),
            ):
                if tenant_id is not None:
                    await connection.execute(INSTALLS["act_for_tenant"], str(tenant_id))
                yield PostgresWork(connection, tenant_id)

    @asynccontextmanager
    async def whole_outbox(self) -> AsyncIterator[PostgresOutbox]:
        async with self._whole_platform() as connection:
            yield PostgresOutbox(connection)

    async def install_of_host(self, host: HostName) -> tuple[TenantId, InstallId] | None:
        async with self._whole_platform() as connection:
            row = await connection.fetchrow(APP_DOMAINS["install_of_host"], host.text)
            return None if row is None else (TenantId(row["tenant_id"]), InstallId(row["install_id"]))

    async def installs_of_all_tenants(
        self, *, after: InstallId | None, limit: int, unless_as_of: int | None
    ) -> InstallRecordPage | None:
        async with self._whole_platform() as connection:
            as_of = await PostgresOutbox(connection).serial(INSTALLS_FEED)
            if as_of == unless_as_of:
                return None
            rows = await connection.fetch(INSTALLS["records_of_installs"], after, limit, None)
            return InstallRecordPage([self._record(row) for row in rows], as_of)

    async def install_record(self, install_id: InstallId) -> InstallRecord | None:
        async with self._whole_platform() as connection:
            row = await connection.fetchrow(INSTALLS["records_of_installs"], None, 1, install_id)
            return None if row is None else self._record(row)

    def _record(self, row: Record) -> InstallRecord:
        return to_record(row, operator=self.rotation, now=self.clock.now())

    async def installs_with_secrets(
        self, *, after: InstallId | None, limit: int
    ) -> list[tuple[TenantId, InstallId]]:
        async with self._whole_platform() as connection:
            rows = await connection.fetch(INSTALLS["installs_with_secrets"], after, limit)
            return [(TenantId(row["tenant_id"]), InstallId(row["id"])) for row in rows]

    async def secret_counts(self, now: datetime) -> Mapping[SecretStatus, int]:
        withholds = self.rotation.overdue is OverduePolicy.REFUSE
        async with self._whole_platform() as connection:
            rows = await connection.fetch(
                INSTALLS["secret_counts"], now, self.rotation.max_age_days, withholds
            )
        counted = {SecretStatus(row["status"]): int(row["secrets"]) for row in rows}
        return {status: counted.get(status, 0) for status in SecretStatus}

    async def tenants_running(self, version_id: VersionId) -> int:
        async with self._whole_platform() as connection:
            tenants: int = await connection.fetchval(VERSION_STATUSES["tenants_running"], version_id)
            return tenants

    async def ping(self) -> str:
        async with self.pool.acquire(timeout=_ACQUIRE_SECONDS) as connection:
            await connection.fetchval("SELECT 1")
        return "ok"

    @asynccontextmanager
    async def _whole_platform(self) -> AsyncIterator[Connection]:
        """Read as the role whose row policy shows every tenant, as one state."""
        with unavailable_is_busy():
            async with (
                self.pool.acquire(timeout=_ACQUIRE_SECONDS) as connection,
                reading_whole_platform(connection),
            ):
                yield connection


@asynccontextmanager
async def reading_whole_platform(connection: Connection) -> AsyncIterator[None]:
    """Be the reader of every tenant for one transaction."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(INSTALLS["become_reader"])
        await connection.execute(INSTALLS["read_whole_platform"])
        yield


@contextmanager
def unavailable_is_busy() -> Iterator[None]:
    """Say RegistryBusy for a database that is away, busy or restarting."""
    try:
        yield
    except _UNAVAILABLE as error:
        if isinstance(error, ValueError):
            # asyncpg's name for an argument that does not fit its parameter: our mistake, not a bad moment.
            raise
        # The connection may have been lost after COMMIT was sent, so nothing is said about what was changed.
        raise RegistryBusy(
            "The registry's database did not answer in time. Send the same request again; it is done at most "
            "once.",
            retry_after_seconds=1,
        ) from error
