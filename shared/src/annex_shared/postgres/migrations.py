"""Apply numbered SQL files once each, in order, under an advisory lock; an edited file is refused."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Literal

import asyncpg
import structlog

from annex_shared.errors import AnnexError

_FILE = re.compile(r"\d{4}_(pre|post)_[a-z0-9_]+\.sql")
_PARAMETER = re.compile(r":\{([a-z_]+)\}")

Phase = Literal["all", "pre"]

log = structlog.get_logger()


class MigrationRefused(AnnexError):
    """The database and the migration files disagree; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: applied in one transaction."""

    name: str
    sql: str

    @property
    def is_post(self) -> bool:
        """Say whether code before this version cannot live with it."""
        return self.name.split("_")[1] == "post"

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load_migrations(folder: Traversable) -> list[Migration]:
    """Read ``NNNN_pre_<what>.sql`` and ``NNNN_post_<what>.sql`` in order of number."""
    names = sorted(entry.name for entry in folder.iterdir() if _FILE.fullmatch(entry.name))
    return [Migration(name, (folder / name).read_text()) for name in names]


async def migrate(
    url: str,
    *,
    schema: str,
    migrations: list[Migration],
    identifiers: Mapping[str, str] | None = None,
    phase: Phase = "all",
) -> list[str]:
    """Bring ``schema`` up to date and return the names applied now.

    Phase ``pre`` applies what the code before this version can live with, and leaves the rest to a second
    run once none of that code is left. A schema that is empty has no such code: there both are the same.
    ``identifiers`` replace ``:{name}`` in a file, quoted as SQL identifiers (role names differ by
    deployment). Connects with a role that may create schemas and roles. Raises MigrationRefused.
    """
    connection = await asyncpg.connect(url, timeout=10)
    try:
        # One migrating process at a time, per schema; released with the connection.
        await connection.execute(
            "SELECT pg_advisory_lock(hashtextextended($1, 0))", f"annex-migrate-{schema}"
        )
        await connection.execute(
            f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)};"
            f"CREATE TABLE IF NOT EXISTS {_quoted(schema)}.schema_migration("
            "name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        return await _apply_missing(connection, schema, migrations, identifiers or {}, phase)
    finally:
        await connection.close(timeout=5)


async def _apply_missing(
    connection: asyncpg.Connection,
    schema: str,
    migrations: list[Migration],
    identifiers: Mapping[str, str],
    phase: Phase,
) -> list[str]:
    table = f"{_quoted(schema)}.schema_migration"
    rows = await connection.fetch(f"SELECT name, checksum FROM {table}")  # noqa: S608 - a quoted identifier
    applied = {row["name"]: row["checksum"] for row in rows}
    _refuse_edited(applied, migrations)
    done = []
    for migration in migrations:
        if migration.name in applied or (applied and phase == "pre" and migration.is_post):
            continue
        async with connection.transaction():
            await connection.execute(_with_identifiers(migration.sql, identifiers))
            await connection.execute(
                f"INSERT INTO {table}(name, checksum) VALUES ($1, $2)",  # noqa: S608 - a quoted identifier
                migration.name,
                migration.checksum,
            )
        log.info("migration_applied", schema=schema, migration=migration.name)
        done.append(migration.name)
    return done


def _refuse_edited(applied: Mapping[str, str], migrations: list[Migration]) -> None:
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationRefused(
                f"Migration {migration.name} was edited after it was applied. Restore it and add a new file."
            )


def _with_identifiers(sql: str, identifiers: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda match: _quoted(identifiers[match[1]]), sql)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
