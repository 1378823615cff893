"""Open a bounded asyncpg pool with the platform's time-outs and JSON codecs."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg


@asynccontextmanager
async def open_pool(
    url: str,
    *,
    application: str,
    schema: str,
    max_size: int = 10,
    statement_timeout_seconds: int = 30,
    idle_transaction_seconds: int = 60,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[asyncpg.Pool]:
    """Yield a pool whose sessions resolve names in ``schema`` and give up on locks after five seconds.

    ``settings`` are further ones that every session of this pool has from its begin.
    """
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=max_size,
        command_timeout=statement_timeout_seconds,
        timeout=5,
        init=_set_codecs,
        reset=_keep_session,
        server_settings={
            "application_name": application,
            "search_path": schema,
            "lock_timeout": "5s",
            "statement_timeout": f"{statement_timeout_seconds}s",
            "idle_in_transaction_session_timeout": f"{idle_transaction_seconds}s",
            **(settings or {}),
        },
    )
    try:
        yield pool
    finally:
        await pool.close()


async def open_connection(url: str, *, application: str, schema: str) -> asyncpg.Connection:
    """Open one connection outside any pool, for those who listen; its holder closes it."""
    connection: asyncpg.Connection = await asyncpg.connect(
        url,
        timeout=5,
        command_timeout=30,
        server_settings={"application_name": application, "search_path": schema, "lock_timeout": "5s"},
    )
    await _set_codecs(connection)
    return connection


async def _set_codecs(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, schema="pg_catalog", encoder=_dump, decoder=json.loads)


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Save the round trip that clears a session at each release: ours hold nothing beyond a transaction.

    An open transaction is rolled back before this. Settings, roles and locks are local to a transaction
    everywhere, which `tests/meta/test_statements.py` watches; listeners and leaders have connections of
    their own.
    """


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
