"""Gives every flag of a command a variable of its own: `annex publish --dry-run` is ANNEX_PUBLISH_DRY_RUN."""

import os
from typing import Any, Final

import click

from annex_cli.options import is_global
from annex_cli.setting_rows import VARIABLE_PREFIX

_MARK: Final = f"[{VARIABLE_PREFIX}"


class _Lines(click.types.StringParamType):
    """A text of which a variable holds several, one a line: a header has spaces of its own."""

    envvar_list_splitter = os.linesep


def give_variables(command: click.Command, name: str) -> None:
    """Name the variable of each flag of a command and of those below it; said twice, it changes nothing."""
    if isinstance(command, click.Group):
        for below, one in command.commands.items():
            give_variables(one, f"{name} {below}")
    for option in command.params:
        if isinstance(option, click.Option) and not is_global(option) and not option.hidden:
            _give_variable(option, name)


def _give_variable(option: click.Option, name: str) -> None:
    if option.envvar is None:
        option.envvar = variable_of(option, name)
    if option.multiple and isinstance(option.type, click.types.StringParamType):
        option.type = _Lines()
    if _MARK not in (option.help or ""):
        option.help = f"{option.help or ''}  [{option.envvar}]".strip()


def variable_of(option: click.Option, name: str) -> str:
    """Write the variable as people type the flag."""
    longest: Any = max(option.opts, key=len)
    words = f"{name} {longest.lstrip('-')}"
    return VARIABLE_PREFIX + words.replace(" ", "_").replace("-", "_").upper()
