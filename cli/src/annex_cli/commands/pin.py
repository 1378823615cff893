"""`annex pin`: hold an install at its version until it is unpinned."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.installing import answer_of, require_install
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.contracts.installs import ChangeInstall
from annex_shared.names import ExtensionRef


@click.command("pin")
@click.argument("extension", metavar="EXT")
@click.option("--undo", is_flag=True, help="Let the install be moved to other versions again.")
@global_flags
@click.pass_context
def command(context: click.Context, extension: str, undo: bool) -> None:
    """Hold an install at the version it has; upgrades and rollbacks are refused until --undo.

    \b
    annex pin acme/notes
    annex pin acme/notes --undo

    Exit codes: 0 done or so before, 4 not allowed, 5 not installed, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    asyncio.run(_pin(session, ExtensionRef.parse(extension), is_pinned=not undo))


async def _pin(session: Session, extension: ExtensionRef, *, is_pinned: bool) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        before = await require_install(client, extension)
        change = ChangeInstall.model_validate({"is_pinned": is_pinned})
        after = await answer_of(client.change_install(before.install_id, change), f"The pin of {extension}")
    data: dict[str, JsonValue] = {
        **after.model_dump(mode="json"),
        "result": "unchanged" if after.revision == before.revision else "changed",
    }
    words = f"is pinned to {after.version}" if after.is_pinned else "is not pinned"
    session.show(data, session.ok(f"{extension} {words}"))
