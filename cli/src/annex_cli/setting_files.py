"""The two files that settings are kept in: the user's config.toml and the nearest annex.toml of a project."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from annex_cli.durable_file import replace_durably
from annex_cli.errors import FileNotUsable, SettingRefused
from annex_cli.setting_rows import ROWS, SettingRow
from annex_shared.display_text import shown
from annex_shared.manifest.suggestions import nearest

PROJECT_FILE: Final = "annex.toml"
# What else a project says in its file: how it is built (annex_cli.build_plan).
_PROJECT_TABLES: Final = frozenset({"build"})
USER_FILE: Final = "config.toml"
_MAX_BYTES: Final = 64 * 1024
_SECRET_NAME: Final = re.compile(
    r"(^|_)(api_?key|key|token|secret|password|passwd|credential)s?$", re.IGNORECASE
)
_SECRET_VALUE: Final = re.compile(
    r"annex_[A-Za-z0-9_-]{16,}|-----BEGIN |^ey[A-Za-z0-9_-]{10,}\.ey|^gh[pous]_"
)
_TABLE_HEAD: Final = re.compile(r"^\s*\[")

Value = str | bool | int


@dataclass(frozen=True, slots=True)
class SettingFile:
    """What one file says: the settings it may set, and what to warn of."""

    path: Path
    is_project: bool
    values: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def config_folder(environment: Mapping[str, str]) -> Path:
    home = environment.get("XDG_CONFIG_HOME")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".config") / "annex"


def user_file(environment: Mapping[str, str]) -> SettingFile:
    """Read the user's file. Raises FileNotUsable and SettingRefused."""
    return _read(config_folder(environment) / USER_FILE, is_project=False)


def project_file(environment: Mapping[str, str], folder: Path) -> SettingFile | None:
    """Read the nearest annex.toml, of ``folder`` or above; a file of another user is passed over."""
    own = config_folder(environment)
    for place in (folder, *folder.parents):
        path = place / PROJECT_FILE
        try:
            if place != own and path.stat().st_uid == os.geteuid():
                return _read(path, is_project=True)
        except OSError:
            continue
    return None


def write_value(path: Path, row: SettingRow, value: Value | None, *, is_project: bool) -> bool:
    """Set or remove (None) one value; comments and order stay. Returns whether the file changed."""
    before = _text(path)
    lines = before.splitlines(keepends=True)
    end = next((place for place, line in enumerate(lines) if _TABLE_HEAD.match(line)), len(lines))
    own = re.compile(rf"^\s*{re.escape(row.name)}\s*=")
    place = next((place for place, line in enumerate(lines[:end]) if own.match(line)), None)
    written = [] if value is None else [f"{row.name} = {_literal(value)}\n"]
    if place is not None:
        lines[place : place + 1] = written
    else:
        if written and end and not lines[end - 1].endswith("\n"):
            lines[end - 1] += "\n"
        lines[end:end] = written
    after = "".join(lines)
    if after == before:
        return False
    _refuse_unless_meant(path, after, _parsed(path, before), row, value)
    _settings(path, _parsed(path, after), is_project=is_project)
    mode = path.stat().st_mode & 0o777 if before else (0o644 if is_project else 0o600)
    try:
        replace_durably(path, after.encode())
        path.chmod(mode)
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be written: {error.strerror}.") from None
    return True


def _refuse_unless_meant(
    path: Path, after: str, before: Mapping[str, object], row: SettingRow, value: Value | None
) -> None:
    """Keep away from a file whose form this editor does not understand, such as a value over lines."""
    wanted = {name: one for name, one in before.items() if name != row.name}
    if value is not None:
        wanted[row.name] = value
    if _parsed(path, after) != wanted:
        raise FileNotUsable(f"{path} is written in a way that annex cannot edit; change {row.name} by hand.")


def _read(path: Path, *, is_project: bool) -> SettingFile:
    return _settings(path, _parsed(path, _text(path)), is_project=is_project)


def _settings(path: Path, document: Mapping[str, object], *, is_project: bool) -> SettingFile:
    values: dict[str, Value] = {}
    warnings = []
    for name, value in document.items():
        if is_project:
            _refuse_secret(path, name, value)
            if name in _PROJECT_TABLES and isinstance(value, dict):
                continue
        row = ROWS.get(name)
        if row is None:
            guess = nearest(name, ROWS)
            suggestion = f'; did you mean "{guess}"?' if guess else ""
            warnings.append(f'{path} sets "{shown(name, limit=60)}", which is not a setting{suggestion}')
        elif not (row.in_project_file if is_project else row.in_user_file):
            raise SettingRefused(
                f'{path} sets "{name}", which {_instead(row, is_project=is_project)}.',
                details={"file": str(path), "setting": name},
            )
        else:
            values[name] = _checked(path, row, value)
    return SettingFile(path, is_project, values, tuple(warnings))


def _instead(row: SettingRow, *, is_project: bool) -> str:
    if is_project and row.in_user_file:
        return f"only the user's own file, {row.variable} or {row.flag} may set"
    return f"only {row.variable} or {row.flag} may set"


def _checked(path: Path, row: SettingRow, value: object) -> Value:
    fits = {
        "yes or no": isinstance(value, bool),
        "number": isinstance(value, int) and not isinstance(value, bool),
        "text": isinstance(value, str),
    }[row.kind]
    if not fits or not isinstance(value, (str, bool, int)):
        wanted = {"yes or no": "true or false", "number": "a whole number", "text": "a text in quotes"}
        raise SettingRefused(
            f'{path}: "{row.name}" must be {wanted[row.kind]}.',
            details={"file": str(path), "setting": row.name},
        )
    return value


def _refuse_secret(path: Path, name: str, value: object) -> None:
    """Refuse what looks like a secret, also below a table, and never show it."""
    if isinstance(value, dict):
        for inner, one in value.items():
            _refuse_secret(path, inner, one)
        return
    looks_secret = isinstance(value, str) and (_SECRET_NAME.search(name) or _SECRET_VALUE.search(value))
    if looks_secret:
        raise SettingRefused(
            f'{path} holds what looks like a secret, under "{shown(name, limit=60)}". Project files are '
            "shared and hold none. Remove it, and revoke it if it was ever shared.",
            details={"file": str(path), "setting": shown(name, limit=60)},
            hint="annex login",
        )


def _parsed(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileNotUsable(f"{path} is not TOML: {error}.") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > _MAX_BYTES:
        raise FileNotUsable(f"{path} is larger than 64 KiB.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise FileNotUsable(f"{path} is not UTF-8 text.") from None


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
