"""What the CLI knows offline is what the platform says, and every command keeps the same promises."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from annex_cli.documents.table import DOCUMENTS, STREAMS
from annex_cli.exit_codes import EXIT_CODES
from annex_cli.flag_variables import variable_of
from annex_cli.options import is_global
from annex_cli.problem_pages import advised_codes, problem_pages
from annex_cli.program import COMMANDS, command_named
from annex_cli.setting_rows import ROWS


def _commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        command = command_named(name)
        assert command is not None
        yield from _below(name, command)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for below, one in command.commands.items():
        yield from _below(f"{name} {below}", one)


def test_every_code_has_a_page_that_says_what_it_means_and_what_to_do() -> None:
    pages = problem_pages()

    assert set(pages) == set(EXIT_CODES)
    assert [page.code for page in pages.values() if not page.meaning or not page.advice] == []
    assert advised_codes() - set(pages) == set()


def test_every_command_has_a_schema_of_what_it_prints() -> None:
    """A new command gets a row in annex_cli/documents/table.py: a model of its data, or of its lines."""
    names = {name for name, _ in _commands()}

    assert names - set(DOCUMENTS) - set(STREAMS) == set()
    assert (set(DOCUMENTS) | set(STREAMS)) - names == {"--version"}


def test_every_flag_has_a_variable_of_its_own_that_help_names() -> None:
    given: dict[str, str] = {row.variable: name for name, row in ROWS.items()}
    for name, command in _commands():
        for option in command.params:
            if not isinstance(option, click.Option) or is_global(option):
                continue
            assert option.envvar is not None, f"{name} {option.opts}"
            assert f"[{option.envvar}" in (option.help or "")
            if option.envvar == variable_of(option, name):
                assert given.setdefault(str(option.envvar), name) == name

    assert len(given) > 50


def test_the_page_lists_commands_in_the_order_of_the_help() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    rows = [line.partition(" | ")[0] for line in page.splitlines() if line.startswith("| `annex ")]
    named = [name for row in rows for name in re.findall(r"`annex ([a-z-]+)", row)]

    assert list(dict.fromkeys(named)) == list(COMMANDS)


@pytest.mark.parametrize("name", [name for name, _ in _commands()])
def test_every_command_says_how_it_is_used_and_how_it_can_end(name: str) -> None:
    command = dict(_commands())[name]

    assert command.help
    if " " not in name:
        assert "Exit codes:" in command.help
