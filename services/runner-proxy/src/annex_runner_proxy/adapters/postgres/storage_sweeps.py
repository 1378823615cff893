"""Removing what has expired and what belonged to installs that are gone, a bounded piece at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Pool, Record

from annex_runner_proxy.adapters.postgres.statements import STORAGE
from annex_runner_proxy.adapters.postgres.transactions import for_tenant, for_whole_platform
from annex_runner_proxy.domain.storage import StorageOwner, StoredInstall
from annex_shared.ids import InstallId, TenantId

_SECONDS: Final = 10.0
_BEFORE_ALL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PostgresStorageSweeps:
    """Meets ``StorageSweeps``: sees all tenants to find work, and does it as one tenant at a time."""

    pool: Pool

    async def with_expired(self, *, now: datetime, limit: int) -> list[StorageOwner]:
        async with for_whole_platform(self.pool, seconds=_SECONDS) as connection:
            rows = await connection.fetch(STORAGE["installs_with_expired"], now, limit)
        return [_to_owner(row) for row in rows]

    async def remove_expired(self, owner: StorageOwner, *, now: datetime, limit: int) -> int:
        install = (owner.tenant_id, owner.install_id)
        async with for_tenant(self.pool, owner.tenant_id, seconds=_SECONDS) as connection:
            if await connection.fetchrow(STORAGE["claim_usage"], *install) is None:
                return 0
            row = await connection.fetchrow(STORAGE["remove_expired"], *install, now, limit)
            await connection.execute(STORAGE["drop_empty_namespaces"], *install)
        removed: int = row["removed"]
        return removed

    async def stored(self, *, after: StorageOwner | None, limit: int) -> list[StoredInstall]:
        place = (_BEFORE_ALL, _BEFORE_ALL) if after is None else (after.tenant_id, after.install_id)
        async with for_whole_platform(self.pool, seconds=_SECONDS) as connection:
            rows = await connection.fetch(STORAGE["page_of_usages"], *place, limit)
        return [StoredInstall(_to_owner(row), row["gone_since"]) for row in rows]

    async def note_gone(self, owner: StorageOwner, *, since: datetime | None) -> None:
        async with for_tenant(self.pool, owner.tenant_id, seconds=_SECONDS) as connection:
            await connection.execute(STORAGE["note_gone"], owner.tenant_id, owner.install_id, since)

    async def purge(self, owner: StorageOwner, *, gone_before: datetime, limit: int) -> bool:
        install = (owner.tenant_id, owner.install_id)
        async with for_tenant(self.pool, owner.tenant_id, seconds=_SECONDS) as connection:
            claimed = await connection.fetchrow(STORAGE["claim_usage"], *install)
            if claimed is None or claimed["gone_since"] is None or claimed["gone_since"] > gone_before:
                return False
            if await connection.fetchval(STORAGE["purge_records"], *install, limit) == limit:
                return False
            await connection.execute(STORAGE["drop_namespaces"], *install)
            await connection.execute(STORAGE["drop_usage"], *install)
        return True


def _to_owner(row: Record) -> StorageOwner:
    return StorageOwner(TenantId(row["tenant_id"]), InstallId(row["install_id"]))
