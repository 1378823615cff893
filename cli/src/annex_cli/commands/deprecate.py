"""`annex deprecate`: advise against a version; everything it does goes on."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.version_status import say_of_version, wish_of


@click.command("deprecate")
@click.argument("target", metavar="EXT@VERSION")
@click.option("--message", metavar="TEXT", help="Why, and what to use instead; everybody reads it.")
@click.option("--undo", is_flag=True, help="Take back what was said of the version.")
@global_flags
@click.pass_context
def command(context: click.Context, target: str, message: str | None, undo: bool) -> None:
    """Advise against a version. It can still be installed and runs on.

    \b
    annex deprecate acme/notes@1.4.0 --message "Use 1.5, it is faster."
    annex deprecate acme/notes@1.4.0 --undo

    Exit codes: 0 recorded or recorded before, 4 not allowed, 5 no such version, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    say_of_version(session, wish_of(target, "deprecated", message, flag="--message", is_undone=undo))
