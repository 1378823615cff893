"""`annex yank`: stop new installs of a version; the installs that run it keep it."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.version_status import say_of_version, wish_of


@click.command("yank")
@click.argument("target", metavar="EXT@VERSION")
@click.option("--reason", metavar="TEXT", help="Why; everybody who wants the version reads it.")
@click.option("--undo", is_flag=True, help="Take back what was said of the version.")
@global_flags
@click.pass_context
def command(context: click.Context, target: str, reason: str | None, undo: bool) -> None:
    """Stop new installs of a version. Shows how many tenants run it, and asks.

    What runs it keeps running. The number stays spent: nothing can be published under it again.

    \b
    annex yank acme/notes@1.4.0 --reason "It loses notes."
    annex yank acme/notes@1.4.0 --reason "It loses notes." --yes    without a question, for scripts
    annex yank acme/notes@1.4.0 --undo

    Exit codes: 0 recorded or recorded before, 4 not allowed, 5 no such version, 8 not agreed to,
    10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    say_of_version(session, wish_of(target, "yanked", reason, flag="--reason", is_undone=undo))
