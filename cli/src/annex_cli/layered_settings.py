"""Every setting's value and where it came from: flag, variable, project file, user file, or built in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annex_cli.errors import InvalidUsage
from annex_cli.setting_files import SettingFile, Value, project_file, user_file
from annex_cli.setting_rows import ROWS, SettingRow

_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Settled:
    """One value; ``origin`` is said to people, ``is_of_project`` tells whom it can be blamed on."""

    row: SettingRow
    value: Value | None
    origin: str
    is_of_project: bool = False


@dataclass(frozen=True, slots=True)
class Layers:
    """What was given, strongest first. ``above_project`` leaves out what a repository brought along."""

    flags: Mapping[str, Any]
    environment: Mapping[str, str]
    project: SettingFile | None
    user: SettingFile

    @classmethod
    def of(cls, flags: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> "Layers":
        """Read both files. Raises FileNotUsable and SettingRefused."""
        return cls(flags, environment, project_file(environment, folder), user_file(environment))

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*(self.project.warnings if self.project else ()), *self.user.warnings)

    def settled(self, name: str, *, is_project_heard: bool = True) -> Settled:
        """Find the strongest value of a setting. Raises InvalidUsage for one that cannot be used."""
        row = ROWS[name]
        if name in self.flags:
            return Settled(row, self.flags[name], f"the flag {row.flag}")
        if self.environment.get(row.variable):
            return Settled(row, _of_text(row, self.environment[row.variable]), row.variable)
        for file in (self.project if is_project_heard else None, self.user):
            if file is not None and name in file.values:
                value = _chosen(row, file.values[name], f'"{name}" in {file.path}')
                return Settled(row, value, str(file.path), file.is_project)
        return Settled(row, row.default, "built in")

    def all(self) -> list[Settled]:
        return [self.settled(name) for name in ROWS]


def _of_text(row: SettingRow, text: str) -> Value:
    """Read the text of a variable; for yes or no everything but a clear no is a yes."""
    if row.kind == "yes or no":
        return text.strip().lower() not in _NO
    if row.kind == "number":
        if not text.strip().isdecimal():
            raise InvalidUsage(f'{row.variable} is "{text}"; it must be a whole number.')
        return int(text)
    return _chosen(row, text, row.variable)


def _chosen(row: SettingRow, value: Value, place: str) -> Value:
    if row.choices and value not in row.choices:
        raise InvalidUsage(f'{place} is "{value}"; it must be one of {", ".join(row.choices)}.')
    return value


def value_of(row: SettingRow, text: str) -> Value:
    """Read a value as it is typed for `annex settings set`. Raises InvalidUsage."""
    if row.kind == "yes or no" and text.lower() not in {*_NO, "1", "true", "yes", "on"}:
        raise InvalidUsage(f'"{text}" is neither true nor false.')
    return _of_text(row, text)
