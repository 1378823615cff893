"""The record of changes of identity in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from uuid import UUID

import asyncpg

from annex_gateway.adapters.postgres.directory import database
from annex_gateway.domain.debug import DebugSession
from annex_gateway.domain.identity_changes import Actor, Change, ChangeFilter, IdentityChange, RecordedChange
from annex_gateway.domain.identity_ports import RecordedDebugSession
from annex_shared.contracts.debug_lines import LineFilter
from annex_shared.ids import ExtensionId, PrincipalId, TenantId
from annex_shared.postgres.queries import load_queries

_SECONDS = 10
_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "identity_changes.sql")


class PostgresIdentityRecord:
    """Reads the record, newest first."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def changes(self, wanted: ChangeFilter) -> Sequence[RecordedChange]:
        async with database(_SECONDS):
            rows = await self._pool.fetch(
                _STATEMENTS["changes"],
                wanted.tenant_id,
                wanted.before,
                wanted.limit,
                wanted.change,
                wanted.actor,
                wanted.subject,
                wanted.since,
                wanted.until,
                wanted.request_id,
            )
        return [_change(row) for row in rows]

    async def debug_sessions(
        self, tenant_id: TenantId, *, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[RecordedDebugSession]:
        started, session_id = before or (None, None)
        async with database(_SECONDS):
            rows = await self._pool.fetch(
                _STATEMENTS["debug_sessions"], tenant_id, started, session_id, limit
            )
        return [_debug_session(row) for row in rows]


def _change(row: asyncpg.Record) -> RecordedChange:
    actor_id, actor_tenant = row["actor_principal_id"], row["actor_tenant_id"]
    actor = Actor(
        None if actor_id is None else PrincipalId(actor_id),
        None if actor_tenant is None else TenantId(actor_tenant),
        row["actor_credential"],
        row["request_id"],
    )
    entry = IdentityChange(
        Change(row["change"]), TenantId(row["tenant_id"]), row["subject"], actor, row["at"], row["details"]
    )
    return RecordedChange(row["number"], entry)


def _debug_session(row: asyncpg.Record) -> RecordedDebugSession:
    session = DebugSession(
        session_id=row["id"],
        tenant_id=TenantId(row["tenant_id"]),
        principal_id=PrincipalId(row["principal_id"]),
        key_id=row["key_id"],
        extension_id=ExtensionId(row["extension_id"]),
        wanted=LineFilter(row["install_id"], row["request_id"]),
        kind=row["kind"],
        started_at=row["started_at"],
    )
    return RecordedDebugSession(session, row["ended_at"], row["end_reason"], row["lines"])
