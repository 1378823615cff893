"""What may stand where on a command line, read from the commands themselves: help and completion agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from annex_cli.document_schemas import document_names
from annex_cli.problem_pages import problem_pages
from annex_cli.program import COMMANDS, annex, command_named
from annex_cli.setting_rows import ROWS

# Asked for while somebody types: the values that only the platform, or this machine, knows.
EXTENSIONS: Final = "extensions"
PROFILES: Final = "profiles"
_EXTENSION_NAMES: Final = frozenset({"extension", "target", "subject"})
_FILE_NAMES: Final = frozenset({"file", "folder", "subject"})
_FILE_WORDS: Final = frozenset({"FILE", "DIR", "[DIR]", "CHAIN"})


@dataclass(frozen=True, slots=True)
class Value:
    """What may stand at one place: words known now, a list to be asked for, or a file."""

    words: tuple[str, ...] = ()
    asked: str | None = None
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """One command; ``path`` is what is typed after `annex`, "" is annex itself."""

    path: str
    meaning: str
    below: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, Value], ...]
    positional: Value


def nodes() -> Iterator[Node]:
    """List annex and every command, those below a group after it."""
    yield _node("", "", annex, tuple(COMMANDS.items()))
    for name, meaning in COMMANDS.items():
        command = command_named(name)
        assert command is not None  # noqa: S101 - it is in the table of commands
        below = command.commands if isinstance(command, click.Group) else {}
        yield _node(name, meaning, command, tuple((word, _short(one)) for word, one in below.items()))
        for word, one in below.items():
            yield _node(f"{name} {word}", _short(one), one, ())


def _node(path: str, meaning: str, command: click.Command, below: tuple[tuple[str, str], ...]) -> Node:
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    arguments = [argument for argument in command.params if isinstance(argument, click.Argument)]
    flags = [(name, _first_words(option)) for option in options for name in option.opts]
    values = [(name, _value(option)) for option in options if not _is_switch(option) for name in option.opts]
    positional = _positional(path, arguments[0]) if arguments else Value()
    return Node(
        path, meaning, below, (*flags, ("--help", "Show this message and exit.")), tuple(values), positional
    )


def _is_switch(option: click.Option) -> bool:
    return option.is_flag or option.count


def _value(option: click.Option) -> Value:
    if isinstance(option.type, click.Choice):
        return Value(tuple(map(str, option.type.choices)))
    if option.name == "profile":
        return Value(asked=PROFILES)
    return Value(is_file=option.metavar in _FILE_WORDS or option.name in {"cwd", "key_file"})


def _positional(path: str, argument: click.Argument) -> Value:
    if isinstance(argument.type, click.Choice):
        return Value(tuple(map(str, argument.type.choices)))
    match path.partition(" ")[0]:
        case "explain":
            return Value(tuple(problem_pages()))
        case "settings":
            return Value(tuple(ROWS))
        case "schema":
            return Value(tuple(dict.fromkeys(name.partition(" ")[0] for name in document_names())))
        case "version":
            return Value(("patch", "minor", "major"))
    is_file = argument.name in _FILE_NAMES
    return Value(asked=EXTENSIONS if argument.name in _EXTENSION_NAMES else None, is_file=is_file)


def _short(command: click.Command) -> str:
    return command.get_short_help_str(limit=80)


def _first_words(option: click.Option) -> str:
    return (option.help or "").partition("  [")[0].replace("\n", " ")
