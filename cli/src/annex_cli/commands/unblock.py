"""`annex unblock`: lift a block; the version can be installed and runs again."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.version_status import say_of_version, wish_of


@click.command("unblock")
@click.argument("target", metavar="EXT@VERSION")
@click.option("--reason", metavar="TEXT", help='Why; everybody reads it.  ["Taken back."]')
@global_flags
@click.pass_context
def command(context: click.Context, target: str, reason: str | None) -> None:
    """Lift a block. The version can be installed, and runs again where it is installed.

    For administrators of the platform. It takes back whatever was said of the version, also a yank.

    \b
    annex unblock acme/notes@1.4.0 --reason "It was another extension."

    Exit codes: 0 recorded or recorded before, 4 not allowed, 5 no such version,
    9 the platform cannot record it now, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    say_of_version(session, wish_of(target, "blocked", reason, flag="--reason", is_undone=True))
