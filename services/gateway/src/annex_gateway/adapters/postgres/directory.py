"""Tenants, principals and API keys in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from importlib.resources import files

import asyncpg
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError

from annex_gateway.adapters.postgres.rows import to_holder, to_permissions
from annex_gateway.domain.api_keys import ApiKey, KeyListing, Principal, PrincipalKind
from annex_gateway.domain.errors import AuthenticationUnavailable, TenantAlreadyExists
from annex_gateway.domain.identity_changes import IdentityChange
from annex_gateway.domain.tenants import Tenant, TenantSlug
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.postgres.queries import load_queries

LOOKUP_SECONDS = 2

_STATEMENTS = files("annex_gateway.adapters.postgres") / "statements"
_TENANTS = load_queries(_STATEMENTS / "tenants.sql")
_PRINCIPALS = load_queries(_STATEMENTS / "principals.sql")
_KEYS = load_queries(_STATEMENTS / "api_keys.sql")
_CHANGES = load_queries(_STATEMENTS / "identity_changes.sql")


class PostgresDirectory:
    """The directory within one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def add_tenant(self, tenant: Tenant) -> None:
        row = await self._connection.fetchrow(
            _TENANTS["add_tenant"], tenant.tenant_id, str(tenant.slug), tenant.name
        )
        if row is None:
            raise TenantAlreadyExists(
                f'A tenant with the slug "{tenant.slug}" or with this id exists already.',
                details={"slug": str(tenant.slug)},
            )

    async def find_tenant(self, tenant_id: TenantId) -> Tenant | None:
        return _tenant_or_none(await self._connection.fetchrow(_TENANTS["find_tenant"], tenant_id))

    async def find_tenant_by_slug(self, slug: TenantSlug) -> Tenant | None:
        return _tenant_or_none(await self._connection.fetchrow(_TENANTS["find_tenant_by_slug"], str(slug)))

    async def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        return [_tenant(row) for row in await self._connection.fetch(_TENANTS["tenants"], after, limit)]

    async def add_principal(self, principal: Principal) -> Principal:
        row = await self._connection.fetchrow(
            _PRINCIPALS["add_principal"],
            principal.principal_id,
            principal.tenant_id,
            principal.kind,
            principal.name,
        )
        row = row or await self._connection.fetchrow(
            _PRINCIPALS["find_principal_by_name"], principal.tenant_id, principal.name
        )
        return _principal(row)

    async def find_principal(self, principal_id: PrincipalId) -> Principal | None:
        row = await self._connection.fetchrow(_PRINCIPALS["find_principal"], principal_id)
        return None if row is None else _principal(row)

    async def add_key(self, key: ApiKey) -> None:
        await self._connection.execute(
            _KEYS["add_key"],
            key.key_id,
            key.principal_id,
            key.tenant_id,
            key.secret_hash,
            sorted(key.permissions),
            key.created_at,
            key.expires_at,
            key.label,
        )

    async def keys(self, tenant_id: TenantId, *, after: str, limit: int) -> list[KeyListing]:
        rows = await self._connection.fetch(_KEYS["keys"], tenant_id, after, limit)
        return [
            KeyListing(
                to_key(row),
                Principal(
                    PrincipalId(row["principal_id"]), tenant_id, PrincipalKind(row["kind"]), row["name"]
                ),
            )
            for row in rows
        ]

    async def revoke_key(self, key_id: str, *, at: datetime) -> bool:
        return await self._connection.fetchrow(_KEYS["revoke_key"], key_id, at) is not None

    async def valid_key_ids(self, principal_id: PrincipalId, *, at: datetime) -> list[str]:
        rows = await self._connection.fetch(_KEYS["valid_key_ids"], principal_id, at)
        return [row["key_id"] for row in rows]

    async def note(self, entry: IdentityChange) -> None:
        actor = entry.actor
        await self._connection.execute(
            _CHANGES["note"],
            entry.tenant_id,
            entry.change,
            entry.subject,
            actor.principal_id,
            actor.tenant_id,
            actor.credential,
            actor.request_id,
            entry.at,
            dict(entry.details),
        )


async def lock_directory(connection: asyncpg.Connection) -> None:
    """Let one change of the directory happen at a time, until the transaction's end."""
    await connection.execute(_KEYS["lock_directory"])


class PostgresApiKeys:
    """Looks keys up for authentication, where an unreachable database means nobody new gets in."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find_key(self, key_id: str) -> ApiKey | None:
        async with database(LOOKUP_SECONDS):
            row = await self._pool.fetchrow(_KEYS["find_key"], key_id)
        if row is None:
            return None
        holder = to_holder(row, roles=frozenset(), client_id=row["client_id"])
        return replace(to_key(row), holder=holder)

    async def note_use(self, key_id: str, *, at: datetime) -> None:
        async with database(LOOKUP_SECONDS):
            await self._pool.execute(_KEYS["note_use"], key_id, at)

    async def ping(self) -> str:
        async with database(LOOKUP_SECONDS):
            await self._pool.fetchval(_KEYS["ping"])
        return "reachable"


@asynccontextmanager
async def database(limit_seconds: float) -> AsyncIterator[None]:
    """Bound every wait for the database and say what its failure means here."""
    try:
        async with asyncio.timeout(limit_seconds):
            yield
    except (OSError, PostgresError, InterfaceError, InternalClientError) as error:
        # The last is what asyncpg says of a connection that the server ended while it was being used.
        raise AuthenticationUnavailable(
            "Credentials cannot be checked right now; the fault is ours and nothing was changed. Try again.",
            retry_after_seconds=1,
        ) from error


def _tenant(row: asyncpg.Record) -> Tenant:
    return Tenant(TenantId(row["id"]), TenantSlug.parse(row["slug"]), row["name"])


def _tenant_or_none(row: asyncpg.Record | None) -> Tenant | None:
    return None if row is None else _tenant(row)


def _principal(row: asyncpg.Record) -> Principal:
    return Principal(
        PrincipalId(row["id"]), TenantId(row["tenant_id"]), PrincipalKind(row["kind"]), row["name"]
    )


def to_key(row: asyncpg.Record) -> ApiKey:
    return ApiKey(
        key_id=row["key_id"],
        principal_id=PrincipalId(row["principal_id"]),
        tenant_id=TenantId(row["tenant_id"]),
        secret_hash=row["secret_hash"],
        permissions=to_permissions(row["permissions"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used=row["last_used"],
        previous_hash=row["previous_hash"],
        previous_until=row["previous_until"],
        rotated_at=row["rotated_at"],
        label=row["label"],
    )
