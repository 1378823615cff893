"""Sessions and sign-in links in PostgreSQL."""

from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import asyncpg

from annex_gateway.adapters.postgres.directory import LOOKUP_SECONDS, database
from annex_gateway.adapters.postgres.rows import to_grounds, to_holder, to_permissions
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.sessions import Session
from annex_shared.postgres.queries import load_queries

_AT_ONCE = 20
_KEPT_AFTER = timedelta(days=1)
_STATEMENTS = files("annex_gateway.adapters.postgres") / "statements"
_SESSIONS = load_queries(_STATEMENTS / "sessions.sql")
_ROLES = load_queries(_STATEMENTS / "roles.sql")


class PostgresSessionLookup:
    """Looks sessions up for authentication."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find_session(self, session_hash: bytes) -> Session | None:
        async with database(LOOKUP_SECONDS), self._pool.acquire() as connection:
            row = await connection.fetchrow(_SESSIONS["find_session"], session_hash)
            if row is None:
                return None
            names = sorted({*row["roles"], *row["said_roles"]})
            own = await connection.fetch(_ROLES["own_of_names"], row["tenant_id"], names) if names else []
        return _session(row, own)

    async def note_seen(self, session_hash: bytes, *, at: datetime) -> None:
        async with database(LOOKUP_SECONDS):
            await self._pool.execute(_SESSIONS["note_seen"], session_hash, at)


class PostgresSessionBook:
    """Sessions and links, within one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def add(self, session_hash: bytes, grounds: Grounds, *, at: datetime, expires_at: datetime) -> None:
        whose = (grounds.tenant_id, grounds.principal_id)
        await self._connection.execute(_SESSIONS["end_surplus"], *whose, _AT_ONCE - 1, at)
        await self._connection.execute(_SESSIONS["forget_sessions"], *whose, at - _KEPT_AFTER)
        await self._connection.execute(
            _SESSIONS["add_session"], session_hash, *_columns(grounds), at, expires_at
        )

    async def end(self, session_hash: bytes, *, at: datetime) -> Grounds | None:
        row = await self._connection.fetchrow(_SESSIONS["end_session"], session_hash, at)
        return None if row is None else to_grounds(row)

    async def add_link(
        self, token_hash: bytes, grounds: Grounds, *, at: datetime, expires_at: datetime
    ) -> None:
        whose = (grounds.tenant_id, grounds.principal_id)
        await self._connection.execute(_SESSIONS["forget_links"], *whose, at - _KEPT_AFTER)
        await self._connection.execute(_SESSIONS["add_link"], token_hash, *_columns(grounds), at, expires_at)

    async def take_link(self, token_hash: bytes, *, at: datetime) -> Grounds | None:
        row = await self._connection.fetchrow(_SESSIONS["take_link"], token_hash, at)
        return None if row is None else to_grounds(row)


def _columns(grounds: Grounds) -> tuple[Any, ...]:
    return (
        grounds.tenant_id,
        grounds.principal_id,
        grounds.key_id,
        sorted(grounds.permissions),
        sorted(grounds.roles),
        grounds.client_id,
        grounds.client_name,
        dict(grounds.additional_fields),
    )


def _session(row: asyncpg.Record, own: list[asyncpg.Record]) -> Session:
    key_permissions = row["key_permissions"]
    return Session(
        session_hash=row["session_hash"],
        grounds=to_grounds(row),
        holder=to_holder(row, roles=frozenset(row["roles"]), client_id=row["own_client_id"]),
        own_roles={role["name"]: to_permissions(role["permissions"]) for role in own},
        created_at=row["created_at"],
        last_seen=row["last_seen"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        key_permissions=None if key_permissions is None else to_permissions(key_permissions),
        key_expires_at=row["key_expires_at"],
    )
