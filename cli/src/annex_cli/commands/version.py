"""`annex version`: show or raise the version number of the project's manifest."""

import click
from pydantic import JsonValue

from annex_cli.manifest_version import ManifestText
from annex_cli.options import global_flags
from annex_cli.program import begin


@click.command("version")
@click.argument("number", metavar="[patch|minor|major|X.Y.Z]", required=False)
@click.option("--dry-run", is_flag=True, help="Show the new number; change nothing.")
@global_flags
@click.pass_context
def command(context: click.Context, number: str | None, dry_run: bool) -> None:
    """Show the version number of the project in this folder, or change it. The rest stays as it is.

    \b
    annex version            1.4.0
    annex version patch      1.4.0 becomes 1.4.1
    annex version 2.0.0-rc.1

    Exit codes: 0 done, 2 that is no version number, 3 there is no manifest that can be changed.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    manifest = ManifestText.read(session.settings.folder)
    if number is None:
        data: dict[str, JsonValue] = {
            "version": manifest.version,
            "before": manifest.version,
            "changed": False,
        }
        session.show(data, manifest.version)
        return
    raised = manifest.raised(number)
    is_changed = str(raised) != manifest.version
    if is_changed and not dry_run:
        manifest.written(raised)
    data = {
        "version": str(raised),
        "before": manifest.version,
        "changed": is_changed and not dry_run,
    }
    not_done = "   nothing was changed: --dry-run" if dry_run else ""
    session.show(data, session.ok(f"{manifest.version} → {raised}{not_done}"))
