"""The directory with principals, roles, sessions and key rotation, in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.resources import files

import asyncpg

from annex_gateway.adapters.postgres.device_logins import PostgresDeviceBook
from annex_gateway.adapters.postgres.directory import (
    PostgresDirectory,
    database,
    lock_directory,
    to_key,
)
from annex_gateway.adapters.postgres.people import PostgresPeople, PostgresRoles
from annex_gateway.adapters.postgres.sessions import PostgresSessionBook
from annex_gateway.domain.api_keys import ApiKey
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.postgres.queries import load_queries

_WORK_SECONDS = 10
_KEYS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "api_keys.sql")


class PostgresKeyRing:
    """Keys, as rotation reads and changes them."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def find(self, tenant_id: TenantId | None, key_id: str) -> ApiKey | None:
        row = await self._connection.fetchrow(_KEYS["find_key_to_change"], key_id, tenant_id)
        return None if row is None else to_key(row)

    async def of_principal(
        self, tenant_id: TenantId, principal_id: PrincipalId, *, limit: int
    ) -> list[ApiKey]:
        rows = await self._connection.fetch(_KEYS["keys_of_principal"], tenant_id, principal_id, limit)
        return [to_key(row) for row in rows]

    async def rotate(
        self,
        key: ApiKey,
        secret_hash: bytes,
        *,
        at: datetime,
        overlap_until: datetime,
        expires_at: datetime | None,
    ) -> None:
        await self._connection.execute(
            _KEYS["rotate_key"], key.key_id, key.tenant_id, secret_hash, overlap_until, at, expires_at
        )


class PostgresIdentityDirectory(PostgresDirectory):
    """Meets ``IdentityDirectory``."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        super().__init__(connection)
        self.people = PostgresPeople(connection)
        self.roles = PostgresRoles(connection)
        self.sessions = PostgresSessionBook(connection)
        self.key_ring = PostgresKeyRing(connection)
        self.devices = PostgresDeviceBook(connection)


class PostgresIdentityWork:
    """Hands out the directory, for reading or for one change at a time."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PostgresIdentityDirectory]:
        async with database(_WORK_SECONDS), self._pool.acquire() as connection:
            yield PostgresIdentityDirectory(connection)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[PostgresIdentityDirectory]:
        async with database(_WORK_SECONDS), self._pool.acquire() as connection, connection.transaction():
            await lock_directory(connection)
            yield PostgresIdentityDirectory(connection)

    @asynccontextmanager
    async def beside_others(self) -> AsyncIterator[PostgresIdentityDirectory]:
        async with database(_WORK_SECONDS), self._pool.acquire() as connection, connection.transaction():
            yield PostgresIdentityDirectory(connection)
