"""The history of controls in PostgreSQL, and the line replicas hear of changes on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

import asyncpg
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError

from annex_gateway.domain.control_changes import Author, ControlChange, WantedChange
from annex_gateway.domain.errors import ControlsChangedMeanwhile, ControlsUnavailable
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.postgres.pool import open_connection
from annex_shared.postgres.queries import load_queries

CHANNEL = "annex_gateway_controls"
_WORK_SECONDS = 10
_READ_SECONDS = 5
_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "controls.sql")


class PostgresControls:
    """Records changes and reads them back."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def record(self, wanted: WantedChange) -> ControlChange:
        async with (
            _database(_WORK_SECONDS),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            await connection.execute(_STATEMENTS["lock_controls"])
            newest = await _latest(connection, [wanted.target])
            known = newest.get(wanted.target)
            before = None if known is None else known.document
            if known is not None and before == wanted.document:
                # Whoever repeats a change because no answer came has what was wanted.
                return known
            _require_expected(wanted, known)
            row = await connection.fetchrow(
                _STATEMENTS["record_change"],
                wanted.target,
                0 if known is None else known.revision,
                wanted.tenant_id,
                wanted.document,
                before,
                wanted.author.reason,
                wanted.author.principal_id,
                wanted.author.key_id,
                wanted.author.request_id,
            )
            await connection.execute(_STATEMENTS["announce_change"])
            return _change(row)

    async def latest(self, targets: Sequence[str]) -> dict[str, ControlChange]:
        async with _database(_READ_SECONDS):
            return await _latest(self._pool, targets)

    async def latest_below(self, prefix: str) -> list[ControlChange]:
        async with _database(_READ_SECONDS):
            rows = await self._pool.fetch(_STATEMENTS["latest_below"], prefix)
        return [_change(row) for row in rows]

    async def history(self, target: str, *, before: int | None, limit: int) -> list[ControlChange]:
        statement = "history_below" if target.endswith("/") else "history"
        async with _database(_READ_SECONDS):
            rows = await self._pool.fetch(_STATEMENTS[statement], target, before, limit)
        return [_change(row) for row in rows]


class PostgresControlsReader:
    """Reads on a connection of its own, which the database also tells changes to."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._is_told = asyncio.Event()

    async def listen(self) -> None:
        await self._connection.add_listener(CHANNEL, self._note)
        # A wait ends at once when the connection does; the next question says why.
        self._connection.add_termination_listener(lambda _: self._is_told.set())

    async def everything(self) -> list[ControlChange]:
        async with _database(_READ_SECONDS):
            return [_change(row) for row in await self._connection.fetch(_STATEMENTS["everything"])]

    async def after(self, revision: int, *, limit: int) -> list[ControlChange]:
        async with _database(_READ_SECONDS):
            rows = await self._connection.fetch(_STATEMENTS["after"], revision, limit)
        return [_change(row) for row in rows]

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._is_told.wait()
        except TimeoutError:
            pass
        self._is_told.clear()

    def _note(self, *_told: Any) -> None:
        self._is_told.set()


class PostgresControlsFeed:
    """Opens lines to one database."""

    def __init__(self, url: str, *, application: str, schema: str) -> None:
        self._url, self._application, self._schema = url, application, schema

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[PostgresControlsReader]:
        async with _database(_READ_SECONDS):
            connection = await open_connection(self._url, application=self._application, schema=self._schema)
        try:
            reader = PostgresControlsReader(connection)
            async with _database(_READ_SECONDS):
                await reader.listen()
            yield reader
        finally:
            connection.terminate()


async def _latest(
    asked: asyncpg.Pool | asyncpg.Connection, targets: Sequence[str]
) -> dict[str, ControlChange]:
    rows = await asked.fetch(_STATEMENTS["latest"], [*targets])
    return {row["target"]: _change(row) for row in rows}


def _require_expected(wanted: WantedChange, known: ControlChange | None) -> None:
    revision = 0 if known is None else known.revision
    if wanted.expected is not None and wanted.expected != revision:
        raise ControlsChangedMeanwhile(
            f"These controls are at revision {revision} by now, not at {wanted.expected}. Read them again "
            "and repeat the change if it still makes sense.",
            details={"revision": revision},
        )


def _change(row: asyncpg.Record) -> ControlChange:
    return ControlChange(
        revision=row["revision"],
        previous=row["previous"],
        target=row["target"],
        tenant_id=None if row["tenant_id"] is None else TenantId(row["tenant_id"]),
        document=row["document"],
        before=row["before"],
        author=Author(PrincipalId(row["principal_id"]), row["key_id"], row["request_id"], row["reason"]),
        changed_at=row["changed_at"],
    )


@asynccontextmanager
async def _database(limit_seconds: float) -> AsyncIterator[None]:
    """Bound every wait for the database and say what its failure means here."""
    try:
        async with asyncio.timeout(limit_seconds):
            yield
    except (OSError, PostgresError, InterfaceError, InternalClientError) as error:
        raise ControlsUnavailable(
            "Controls cannot be read or written right now; the fault is ours. If you were changing them, "
            "read them before you try again.",
            retry_after_seconds=1,
        ) from error
