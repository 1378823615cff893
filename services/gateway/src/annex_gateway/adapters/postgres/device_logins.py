"""Logins of devices in PostgreSQL, within one transaction."""

from datetime import datetime, timedelta
from importlib.resources import files

import asyncpg

from annex_gateway.adapters.postgres.rows import to_permissions
from annex_gateway.domain.device_logins import (
    GUESS_WINDOW,
    DeviceGrant,
    DeviceLogin,
    DeviceLoginStatus,
    DeviceWish,
)
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.postgres.queries import load_queries

_KEPT_AFTER = timedelta(days=1)
_DEVICES = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "device_logins.sql")


class PostgresDeviceBook:
    """Meets ``DeviceBook``."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def add(self, login: DeviceLogin, user_hash: bytes, *, at_most: int) -> bool:
        await self._connection.execute(_DEVICES["forget"], login.created_at - _KEPT_AFTER)
        row = await self._connection.fetchrow(
            _DEVICES["add"],
            login.device_hash,
            user_hash,
            login.wish.name,
            sorted(login.wish.permissions),
            login.wish.tenant_id,
            login.created_at,
            login.expires_at,
            login.interval_seconds,
            at_most,
        )
        return row is not None

    async def of_device(self, device_hash: bytes) -> DeviceLogin | None:
        row = await self._connection.fetchrow(_DEVICES["find_by_device"], device_hash)
        return None if row is None else _login(row)

    async def of_user_code(self, user_hash: bytes) -> DeviceLogin | None:
        row = await self._connection.fetchrow(_DEVICES["find_by_user_code"], user_hash)
        return None if row is None else _login(row)

    async def note_poll(self, login: DeviceLogin) -> None:
        await self._connection.execute(
            _DEVICES["note_poll"], login.device_hash, login.polled_at, login.interval_seconds
        )

    async def decide(
        self, device_hash: bytes, by: tuple[TenantId, PrincipalId], grant: DeviceGrant | None
    ) -> None:
        status = DeviceLoginStatus.DENIED if grant is None else DeviceLoginStatus.APPROVED
        permissions = None if grant is None else sorted(grant.permissions)
        end = None if grant is None else grant.key_expires_at
        await self._connection.execute(_DEVICES["decide"], device_hash, status, *by, permissions, end)

    async def note_key(self, device_hash: bytes, key_id: str) -> None:
        await self._connection.execute(_DEVICES["note_key"], device_hash, key_id)

    async def count_guess(
        self, tenant_id: TenantId, principal_id: PrincipalId, *, at: datetime
    ) -> tuple[datetime, int]:
        row = await self._connection.fetchrow(
            _DEVICES["guess"], tenant_id, principal_id, at, at - GUESS_WINDOW
        )
        return row["since"], row["misses"]

    async def forgive_guess(self, tenant_id: TenantId, principal_id: PrincipalId) -> None:
        await self._connection.execute(_DEVICES["forgive"], tenant_id, principal_id)


def _login(row: asyncpg.Record) -> DeviceLogin:
    decided_by = grant = None
    if row["principal_id"] is not None:
        decided_by = TenantId(row["tenant_id"]), PrincipalId(row["principal_id"])
        if row["permissions"] is not None:
            grant = DeviceGrant(*decided_by, to_permissions(row["permissions"]), row["key_expires_at"])
    wanted_tenant = row["wanted_tenant_id"]
    return DeviceLogin(
        device_hash=row["device_hash"],
        wish=DeviceWish(
            row["name"],
            to_permissions(row["wanted_permissions"]),
            None if wanted_tenant is None else TenantId(wanted_tenant),
        ),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        interval_seconds=row["interval_seconds"],
        status=DeviceLoginStatus(row["status"]),
        polled_at=row["polled_at"],
        decided_by=decided_by,
        grant=grant,
        key_id=row["key_id"],
    )
