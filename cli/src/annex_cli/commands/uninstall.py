"""`annex uninstall`: remove an install with its configuration and secrets."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.asking import require_yes
from annex_cli.credentials import Purpose
from annex_cli.extension_requests import uninstall
from annex_cli.installing import answer_of, require_install
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.capability_words import sentence
from annex_shared.names import ExtensionRef


@click.command("uninstall")
@click.argument("extension", metavar="EXT")
@click.option("--dry-run", is_flag=True, help="Show what would be removed; change nothing.")
@global_flags
@click.pass_context
def command(context: click.Context, extension: str, dry_run: bool) -> None:
    """Remove an install from a tenant. Shows what goes with it, and asks first.

    Its configuration, secrets, schedules and deliveries are deleted at once. What it stored is kept for the
    platform's grace time; an install made within it finds it again. To pause it, use annex disable.

    \b
    annex uninstall acme/notes
    annex uninstall acme/notes --yes        without a question, for scripts

    Exit codes: 0 removed, 4 not allowed, 5 not installed, 8 not agreed to, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    asyncio.run(_uninstall(begin(context), ExtensionRef.parse(extension), is_rehearsal=dry_run))


async def _uninstall(session: Session, extension: ExtensionRef, *, is_rehearsal: bool) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        install = await require_install(client, extension)
        lost = sentence(
            "lost_with_uninstall", settings=len(install.config), secrets=len(install.secret_names)
        )
        session.terminal.say(f"{extension}@{install.version}: {lost}")
        if not is_rehearsal:
            question = f"Uninstall {extension}?"
            require_yes(session, question, hint=f"annex uninstall {extension} --yes")
            session.if_stopped = (
                "Stopped. The removal was sent and may be done; run the same command again: it says so."
            )
            await answer_of(uninstall(client, install.install_id), f"The removal of {extension}")
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "install_id": install.install_id,
        "version": install.version,
        "settings": len(install.config),
        "secrets": [*install.secret_names],
        "result": "would_uninstall" if is_rehearsal else "uninstalled",
    }
    ended = "can be uninstalled" if is_rehearsal else "is uninstalled"
    note = "\n           nothing was changed: --dry-run" if is_rehearsal else ""
    session.show(data, f"{session.ok(f'{extension}@{install.version} {ended}')}{note}")
