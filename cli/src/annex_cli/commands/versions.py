"""`annex versions`: list what is published, newest first, and what runs here."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.claims import Claim, broken, documents, failure_of, told
from annex_cli.commands import verify
from annex_cli.credentials import Purpose
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.version_listing import read_rows
from annex_cli.version_table import version_table
from annex_shared.contracts.versions import VersionRow
from annex_shared.names import ExtensionRef


@click.command("versions")
@click.argument("extension")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="Show at most this many.  [20]")
@click.option("--all", "is_all", is_flag=True, help="Show every version.")
@click.option(
    "--installed", "only_installed", is_flag=True, help="Show the version this tenant has installed."
)
@click.option("--verify", "is_verified", is_flag=True, help="Compare the whole list with the log.")
@click.option(
    "--log-vkey", metavar="KEY", envvar="ANNEX_LOG_VKEY", help="The log's public key.  [ANNEX_LOG_VKEY]"
)
@click.option(
    "--log-policy",
    metavar="FILE",
    envvar="ANNEX_LOG_POLICY",
    help="The log and the witnesses that must have cosigned it.  [ANNEX_LOG_POLICY]",
)
@global_flags
@click.pass_context
def command(
    context: click.Context,
    extension: str,
    limit: int,
    is_all: bool,
    only_installed: bool,
    is_verified: bool,
    log_vkey: str | None,
    log_policy: str | None,
) -> None:
    """List an extension's versions, newest first, and which one is installed here.

    \b
    annex versions acme/notes               the newest 20
    annex versions acme/notes --all --json  every version, for a program
    annex versions acme/notes --installed   the one this tenant uses
    annex versions acme/notes --verify      and that the log holds these and no other

    Exit codes: 0 listed, 4 not allowed, 5 no such extension, 7 the list is not what the log holds.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)

    trust = verify.log_trust(session, log_vkey, log_policy) if is_verified else None
    claims: list[Claim] = []

    async def read() -> tuple[list[VersionRow], str | None]:
        async with session.platform(Purpose.USE) as client:
            if trust is not None:
                name = ExtensionRef.parse(extension)
                claims.extend(await verify.verify_history(client, name, trust, subject=str(name)))
            if only_installed:
                rows, cursor = await read_rows(client, extension, limit=None)
                return [row for row in rows if row.installed], cursor
            return await read_rows(client, extension, limit=None if is_all else limit)

    rows, next_cursor = asyncio.run(read())
    data: dict[str, JsonValue] = {
        "items": [row.model_dump(mode="json") for row in rows],
        "next_cursor": next_cursor,
    }
    text = version_table(rows, width=session.terminal.width) if rows else _empty(extension, only_installed)
    if claims:
        data["claims"] = documents(claims)
        text = f"{text}\n\n{told(claims)}"
    if broken(claims):
        session.show_broken(failure_of(claims), data, text)
    session.show(data, text)
    if next_cursor is not None:
        session.terminal.say(f"The newest {len(rows)}. `annex versions {extension} --all` shows the rest.")


def _empty(extension: str, only_installed: bool) -> str:
    return f"{extension} is not installed in this tenant." if only_installed else "No versions."
