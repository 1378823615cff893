"""The record of debug sessions in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.resources import files

import asyncpg
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError

from annex_gateway.domain.debug import DebugSession, EndReason
from annex_gateway.domain.errors import AuditUnavailable
from annex_shared.postgres.queries import load_queries

_SECONDS = 2
_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "debug_sessions.sql")


class PostgresDebugAudit:
    """Writes the row of a session at its begin and completes it at its end. Raises AuditUnavailable."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def began(self, session: DebugSession) -> None:
        async with _writing():
            await self._pool.execute(
                _STATEMENTS["add_debug_session"],
                session.tenant_id,
                session.session_id,
                session.principal_id,
                session.key_id,
                session.extension_id,
                session.wanted.install,
                session.wanted.request,
                session.kind,
                session.started_at,
            )

    async def ended(self, session: DebugSession, *, at: datetime, reason: EndReason, lines: int) -> None:
        async with _writing():
            await self._pool.execute(
                _STATEMENTS["end_debug_session"], session.tenant_id, session.session_id, at, reason, lines
            )


@asynccontextmanager
async def _writing() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_SECONDS):
            yield
    except (OSError, PostgresError, InterfaceError, InternalClientError) as error:
        raise AuditUnavailable(
            "Who watches live lines is recorded, and the record cannot be written right now; the fault is "
            "ours. Try again.",
            retry_after_seconds=1,
        ) from error
