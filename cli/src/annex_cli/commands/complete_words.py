"""`annex complete-words`: what could stand at a place; the scripts of `annex completion` ask it."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.terminal import Terminal
from annex_cli.word_values import words_for
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError


@click.command("complete-words", hidden=True)
@click.argument("kind")
@click.argument("typed", default="")
@global_flags
@click.pass_context
def command(context: click.Context, kind: str, typed: str) -> None:
    """Print the words, one a line; nothing where none are known. Never fails.

    Exit codes: 0 always.
    """
    session = begin(context)
    terminal: Terminal = session.terminal
    session.has_shown = True
    try:
        words = words_for(session, kind, typed)
    except AnnexError:
        return
    for word in words:
        terminal.result(shown(word))
