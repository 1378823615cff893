"""Commands that the console copies are commands of this CLI."""

import json
import shlex
from pathlib import Path

import click
import pytest

from annex_cli.program import annex

GOLDEN = Path(__file__).resolve().parents[3] / "web/console/test/commands/running-commands.json"
LINES: dict[str, str] = json.loads(GOLDEN.read_text(encoding="utf-8"))


def understood(words: list[str]) -> click.Context:
    """Parse words down to the last command, and run nothing. Raises click.UsageError."""
    command: click.Command = annex
    context = command.make_context("annex", words)
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]  # noqa: SLF001 - what a group passes on
        name, command_found, rest = context.command.resolve_command(context, rest)
        assert command_found is not None
        context = command_found.make_context(name, rest, parent=context)
    return context


@pytest.mark.parametrize("name", LINES)
def test_a_copied_command_is_understood(name: str) -> None:
    program, *words = shlex.split(LINES[name])

    context = understood(words)

    assert program == "annex"
    assert context.command.name == words[0] or context.parent is not None


def test_a_command_that_does_not_exist_would_not_be() -> None:
    with pytest.raises(click.UsageError):
        understood(["call", "acme/notes", "GET", "/notes", "--no-such-flag"])
