"""`annex settings`: the options of annex itself, where each came from, and the files that keep them."""

from pathlib import Path

import click
from pydantic import JsonValue

from annex_cli.errors import InvalidUsage
from annex_cli.layered_settings import Settled, value_of
from annex_cli.options import global_flags, parse_duration
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.setting_files import PROJECT_FILE, USER_FILE, config_folder, write_value
from annex_cli.setting_rows import ROWS, SettingRow, named
from annex_cli.table import text_table
from annex_shared.display_text import shown
from annex_shared.manifest.suggestions import nearest

_project = click.option(
    "--project", "is_project", is_flag=True, help="In this project's annex.toml, not in your own file."
)


@click.group("settings")
def command() -> None:
    """Show and change the options of annex itself. `annex config` belongs to installs.

    The strongest wins: flag, ANNEX_ variable, the project's annex.toml, your config.toml, built in.

    \b
    annex settings list --origin
    annex settings set gateway https://annex.example.org
    annex settings set --project tenant 0192f0c1-2345-7abc-8def-0123456789ab
    annex settings unset gateway
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("list")
@click.option("--origin", "has_origin", is_flag=True, help="Say where each value came from.")
@global_flags
@click.pass_context
def list_settings(context: click.Context, has_origin: bool) -> None:
    """Show every setting.

    \b
    annex settings list
    annex settings list --origin

    Exit codes: 0 shown, 3 a settings file cannot be used.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    settled = _layers(session)
    data: dict[str, JsonValue] = {"items": [_document(one) for one in settled]}
    head = ("SETTING", "VALUE", *(("ORIGIN",) if has_origin else ()))
    rows = [(one.row.name, _said(one), *((one.origin,) if has_origin else ())) for one in settled]
    session.show(data, text_table(head, rows, width=session.terminal.width))


@command.command("get")
@click.argument("name", metavar="SETTING")
@global_flags
@click.pass_context
def get(context: click.Context, name: str) -> None:
    """Show one setting's value.

    Exit codes: 0 shown, 2 there is no such setting.
    """
    session = begin(context)
    row = _row(name)
    settled = next(one for one in _layers(session) if one.row is row)
    session.show(_document(settled), _said(settled))


@command.command("set")
@click.argument("name", metavar="SETTING")
@click.argument("value")
@_project
@global_flags
@click.pass_context
def set_one(context: click.Context, name: str, value: str, is_project: bool) -> None:
    """Keep a value in a settings file. The rest of the file stays as it is.

    Exit codes: 0 kept, 2 no such setting or value, 3 the file cannot be used or may not set it.
    """
    session = begin(context)
    row = _row(name)
    wanted = value_of(row, value)
    if row.name == "timeout":
        parse_duration(value)
    if row.name == "gateway" and not value.startswith(("https://", "http://")):
        raise InvalidUsage(
            f'The gateway "{shown(value)}" is not an address. Write it as https://host[:port].'
        )
    path = _path(session, is_project=is_project)
    changed = write_value(path, row, wanted, is_project=is_project)
    data: dict[str, JsonValue] = {"name": row.name, "value": wanted, "file": str(path), "changed": changed}
    session.show(data, session.ok(f"{row.name} is {_shown(wanted)} in {path}"))


@command.command("unset")
@click.argument("name", metavar="SETTING")
@_project
@global_flags
@click.pass_context
def unset(context: click.Context, name: str, is_project: bool) -> None:
    """Remove a value from a settings file.

    Exit codes: 0 it is not set there (any more), 2 there is no such setting, 3 the file cannot be used.
    """
    session = begin(context)
    row = _row(name)
    path = _path(session, is_project=is_project)
    changed = write_value(path, row, None, is_project=is_project)
    data: dict[str, JsonValue] = {"name": row.name, "value": None, "file": str(path), "changed": changed}
    session.show(data, session.ok(f"{row.name} is not set in {path}"))


def _layers(session: Session) -> list[Settled]:
    assert session.settings.layers is not None  # noqa: S101 - a session that began has them
    return session.settings.layers.all()


def _row(name: str) -> SettingRow:
    row = named(name)
    if row is None:
        guess = nearest(name, ROWS)
        raise InvalidUsage(
            f'There is no setting "{shown(name, limit=60)}".'
            + (f' Did you mean "{guess}"?' if guess else ""),
            hint="annex settings list",
        )
    return row


def _path(session: Session, *, is_project: bool) -> Path:
    """Name the file: the project's is the one in use, or a new one in the working folder."""
    if not is_project:
        return config_folder(session.environment) / USER_FILE
    layers = session.settings.layers
    return layers.project.path if layers and layers.project else session.settings.folder / PROJECT_FILE


def _document(settled: Settled) -> dict[str, JsonValue]:
    return {
        "name": settled.row.name,
        "value": settled.value,
        "origin": settled.origin,
        "variable": settled.row.variable,
        "flag": settled.row.flag,
    }


def _said(settled: Settled) -> str:
    return _shown(settled.value)


def _shown(value: str | bool | int | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "–" if value in (None, "") else shown(str(value))  # noqa: RUF001 - an empty cell
