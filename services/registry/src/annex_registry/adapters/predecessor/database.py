"""The predecessor's database in PostgreSQL: one read-only transaction, in pages."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from uuid import UUID

import asyncpg
from asyncpg import Connection, Record

from annex_registry.domain.predecessor import (
    NotThePredecessor,
    Place,
    PredecessorUnavailable,
    SourceBundle,
    SourceExtension,
    SourceInstall,
    SourceSecrets,
    SourceVersion,
)
from annex_shared.postgres.queries import load_queries

STATEMENTS = load_queries(files("annex_registry") / "adapters" / "predecessor" / "queries.sql")
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 60
# More than any document that is accepted here, and little enough to hold a page of.
_MOST_CHARACTERS = 512 * 1024


@dataclass(frozen=True, slots=True)
class PostgresPredecessor:
    """Meets ``Predecessor`` within the transaction that ``open_predecessor`` holds."""

    connection: Connection

    async def extension_count(self) -> int:
        with unavailable():
            count: int = await self.connection.fetchval(STATEMENTS["extension_count"])
        return count

    async def extensions(self, *, after: Place | None, limit: int) -> list[SourceExtension]:
        with unavailable():
            rows = await self.connection.fetch(STATEMENTS["page_of_extensions"], *_parts(after), limit)
        return [SourceExtension(row["id"], row["publisher"], row["name"], row["created_at"]) for row in rows]

    async def versions(self, extension_id: UUID, *, after: Place | None, limit: int) -> list[SourceVersion]:
        with unavailable():
            rows = await self.connection.fetch(
                STATEMENTS["page_of_versions"], extension_id, *_parts(after), limit
            )
        return [
            SourceVersion(row["id"], row["version"], _names(row["capabilities"]), row["created_at"])
            for row in rows
        ]

    async def bundles(self, version_id: UUID, *, limit: int) -> list[SourceBundle]:
        with unavailable():
            rows = await self.connection.fetch(STATEMENTS["bundles_of_version"], version_id, limit)
        return [
            SourceBundle(row["content_hash"], row["storage_url"], row["has_signature"], row["created_at"])
            for row in rows
        ]

    async def installs(self, extension_id: UUID, *, after: UUID | None, limit: int) -> list[SourceInstall]:
        with unavailable():
            rows = await self.connection.fetch(
                STATEMENTS["page_of_installs"], extension_id, after, limit, _MOST_CHARACTERS
            )
        return [_to_install(row) for row in rows]

    async def tenants(self, extension_id: UUID, *, limit: int) -> list[str]:
        with unavailable():
            rows = await self.connection.fetch(STATEMENTS["tenants_of_extension"], extension_id, limit)
        return [row["tenant_id"] for row in rows if row["tenant_id"]]


def _parts(after: Place | None) -> tuple[object, object]:
    return (None, None) if after is None else (after.created_at, after.id)


def _names(document: str | None) -> tuple[str, ...]:
    try:
        names = json.loads(document or "[]")
    except (ValueError, RecursionError):
        return ()
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _to_install(row: Record) -> SourceInstall:
    has_secrets = row["ciphertext"] is not None and row["ciphertext"] != ""
    return SourceInstall(
        id=row["id"],
        tenant_id=row["tenant_id"],
        version_id=row["version_id"],
        is_enabled=row["is_enabled"],
        status=row["status"],
        granted=row["granted"],
        providers=row["providers"],
        config=row["config"],
        secrets=SourceSecrets(row["algorithm"] or "", row["ciphertext"], row["expires_at"])
        if has_secrets
        else None,
        is_oversized=bool(row["is_oversized"]),
        created_at=row["created_at"],
    )


@asynccontextmanager
async def open_predecessor(url: str) -> AsyncIterator[PostgresPredecessor]:
    """Read the database as it is at this moment, for as long as the block takes."""
    with unavailable():
        connection = await asyncpg.connect(
            url,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings={
                "application_name": "annex-registry-import",
                "default_transaction_read_only": "on",
                "timezone": "UTC",
                "lock_timeout": "5s",
                "statement_timeout": f"{_STATEMENT_SECONDS}s",
                # Between two pages whole bundles are copied.
                "idle_in_transaction_session_timeout": "0",
                "tcp_keepalives_idle": "60",
            },
        )
    try:
        with unavailable():
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
        yield PostgresPredecessor(connection)
    finally:
        # Nothing was written, so there is nothing to commit: the transaction ends with its connection.
        connection.terminate()


@contextmanager
def unavailable() -> Iterator[None]:
    """Say PredecessorUnavailable for a database that is away, in words that name no host and no value."""
    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise NotThePredecessor(
            f"The database to import from is not an Alga v2 database: {error.args[0]}."
        ) from None
    except asyncpg.exceptions.PostgresError as error:
        raise PredecessorUnavailable(
            f"The database to import from refused to answer (SQLSTATE {getattr(error, 'sqlstate', None)})."
        ) from error
    except (
        OSError,
        TimeoutError,
        asyncpg.exceptions.InterfaceError,
        asyncpg.exceptions.InternalClientError,
    ) as error:
        raise PredecessorUnavailable("The database to import from did not answer.") from error
