"""`annex rollback`: move an install back to a version it ran before."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.config_edits import ConfigDifference
from annex_cli.credentials import Purpose
from annex_cli.installing import answer_of, granted_lines, require_install
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.capability_words import sentence
from annex_shared.contracts.installs import RollBackInstall
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber


@click.command("rollback")
@click.argument("extension", metavar="EXT")
@click.option("--to", "version", metavar="VERSION", help="This version; without it the one that ran before.")
@click.option("--keep-config", is_flag=True, help="Keep the configuration as it is now.")
@global_flags
@click.pass_context
def command(context: click.Context, extension: str, version: str | None, keep_config: bool) -> None:
    """Move an install back to a version it ran, with its grants and configuration of that time.

    What was denied since stays denied. It can be taken back in the same way.

    \b
    annex rollback acme/notes
    annex rollback acme/notes --to 1.3.2 --keep-config

    Exit codes: 0 rolled back, 4 not allowed, 5 not installed or never ran it, 8 pinned or withdrawn,
    10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    number = VersionNumber.parse(version).text if version else None
    asyncio.run(_roll_back(session, ExtensionRef.parse(extension), number, keeps_config=keep_config))


async def _roll_back(
    session: Session, extension: ExtensionRef, version: str | None, *, keeps_config: bool
) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        before = await require_install(client, extension)
        # Decided on this revision: a second run after a lost answer does not roll back once more.
        wish = RollBackInstall(version=version, keep_config=keeps_config, if_revision=before.revision)
        session.if_stopped = "Stopped. The rollback was sent and may be done; see annex versions --installed."
        after = await answer_of(
            client.roll_back_install(before.install_id, wish), f"The rollback of {extension}"
        )
    is_same = after.revision == before.revision
    data: dict[str, JsonValue] = {
        **after.model_dump(mode="json"),
        "version_before": before.version,
        "result": "unchanged" if is_same else "rolled_back",
    }
    difference = ConfigDifference.between(before.config, after.config)
    added, removed = ({*after.grants} - {*before.grants}, {*before.grants} - {*after.grants})
    data["grants_added"], data["grants_removed"] = [*sorted(added)], [*sorted(removed)]
    data["config_changes"] = difference.to_document(before.config, after.config)
    lines = [
        *(f"+ {name.removeprefix('cap:')}   {sentence('granted_again')}" for name in sorted(added)),
        *(f"- {name.removeprefix('cap:')}   {sentence('not_granted_then')}" for name in sorted(removed)),
        *difference.lines(before.config, after.config),
    ]
    said = sentence("upgraded", extension=str(extension), version=after.version, before=before.version)
    body = "".join(f"\n           {line}" for line in lines)
    session.show(data, f"{session.ok(said)}\n{granted_lines(after)}{body}")
