"""`annex versions`: list what is published, newest first, and what runs here."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.version_table import version_table
from annex_shared.contracts.versions import VersionRow

_PAGE = 100


@click.command("versions")
@click.argument("extension")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="Show at most this many.  [20]")
@click.option("--all", "is_all", is_flag=True, help="Show every version.")
@click.option(
    "--installed", "only_installed", is_flag=True, help="Show the version this tenant has installed."
)
@global_flags
@click.pass_context
def command(context: click.Context, extension: str, limit: int, is_all: bool, only_installed: bool) -> None:
    """List an extension's versions, newest first, and which one is installed here.

    \b
    annex versions acme/notes               the newest 20
    annex versions acme/notes --all --json  every version, for a program
    annex versions acme/notes --installed   the one this tenant uses

    Exit codes: 0 listed, 4 not allowed, 5 no such extension.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)

    async def read() -> tuple[list[VersionRow], str | None]:
        async with session.platform(Purpose.USE) as client:
            if only_installed:
                rows, cursor = await _read(client, extension, limit=None)
                return [row for row in rows if row.installed], cursor
            return await _read(client, extension, limit=None if is_all else limit)

    rows, next_cursor = asyncio.run(read())
    data: dict[str, JsonValue] = {
        "items": [row.model_dump(mode="json") for row in rows],
        "next_cursor": next_cursor,
    }
    if not rows:
        session.show(
            data, f"{extension} is not installed in this tenant." if only_installed else "No versions."
        )
        return
    session.show(data, version_table(rows, width=session.terminal.width))
    if next_cursor is not None:
        session.terminal.say(f"The newest {len(rows)}. `annex versions {extension} --all` shows the rest.")


async def _read(
    client: PlatformClient, extension: str, *, limit: int | None
) -> tuple[list[VersionRow], str | None]:
    """Read page after page until ``limit`` rows, or all of them, are there."""
    rows: list[VersionRow] = []
    cursor = None
    while True:
        wanted = _PAGE if limit is None else min(_PAGE, limit - len(rows))
        page = await client.versions(extension, limit=wanted, cursor=cursor)
        rows += page.items
        is_last = page.next_cursor in (None, cursor) or not page.items
        if is_last or (limit is not None and len(rows) >= limit):
            return rows, None if is_last else page.next_cursor
        cursor = page.next_cursor
