"""`annex disable`: stop an install without losing anything of it."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.switching import switch


@click.command("disable")
@click.argument("extension", metavar="EXT")
@global_flags
@click.pass_context
def command(context: click.Context, extension: str) -> None:
    """Stop an install: calls, events and schedules of it are refused until it is enabled again.

    Nothing of it is lost. Schedules do not make up for the times that pass.

    \b
    annex disable acme/notes

    Exit codes: 0 done or so before, 4 not allowed, 5 not installed, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    switch(begin(context), extension, is_enabled=False)
