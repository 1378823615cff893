"""`annex block`: stop a version everywhere on the platform, also where it runs."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.version_status import say_of_version, wish_of


@click.command("block")
@click.argument("target", metavar="EXT@VERSION")
@click.option("--reason", metavar="TEXT", help="Why; everybody who runs or wants the version reads it.")
@global_flags
@click.pass_context
def command(context: click.Context, target: str, reason: str | None) -> None:
    """Stop a version everywhere, also where it runs. Shows how many tenants run it, and asks.

    For administrators of the platform. It is neither delivered, installed nor run until `annex unblock`.

    \b
    annex block acme/notes@1.4.0 --reason "It leaks notes."
    annex block acme/notes@1.4.0 --reason "It leaks notes." --yes    without a question, for scripts

    Exit codes: 0 recorded or recorded before, 4 not allowed, 5 no such version, 8 not agreed to,
    9 the platform cannot record it now, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    say_of_version(session, wish_of(target, "blocked", reason, flag="--reason", is_undone=False))
