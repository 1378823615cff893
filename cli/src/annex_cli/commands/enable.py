"""`annex enable`: let an install answer calls again."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.switching import switch


@click.command("enable")
@click.argument("extension", metavar="EXT")
@global_flags
@click.pass_context
def command(context: click.Context, extension: str) -> None:
    """Let an install answer calls, events and schedules again, with the version, grants and data it has.

    \b
    annex enable acme/notes

    Exit codes: 0 done or so before, 4 not allowed, 5 not installed, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    switch(begin(context), extension, is_enabled=True)
