"""Find in what a build printed where in the sources it failed; the rest is noise after that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from annex_shared.display_text import shown

_SOURCE = r"(?P<file>(?:[A-Za-z]:)?[\w@./+-]*[\w@+-]\.(?:[cm]?[jt]sx?|py|rs|go|wit|toml|json|svelte|vue|css))"
_PLACES = (
    re.compile(rf'File "{_SOURCE}", line (?P<line>\d+)'),
    re.compile(rf"{_SOURCE}\((?P<line>\d+),(?P<column>\d+)\)"),
    re.compile(rf"{_SOURCE}:(?P<line>\d+)(?::(?P<column>\d+))?"),
)
_FOREIGN = ("node_modules/", "site-packages/", "node:")
_SAYS_WHAT = re.compile(r"(?i)error\b|expected|cannot|unresolved|undefined|not found")
_DECORATION = re.compile(r"^[\s>│╷╵✘\u00d7✖-]*(?:\[?(?:ERROR|error)\]?(?:\[\w+\])?:?\s*)?")
_NOT_FOUND = re.compile(r"(?:^|[\s:])(?P<tool>[\w@./-]+): (?:command )?not found\s*$", re.MULTILINE)
_NO_PACKAGE = re.compile(r"Cannot find (?:package|module) '(?P<name>[^'./][^']*)'")
_NEAR = 6


@dataclass(frozen=True, slots=True)
class BuildFault:
    """Where a build failed, as its tool spelled the place, and what it said about it."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}" if self.sentence else self.place


def first_fault(lines: Sequence[str]) -> BuildFault | None:
    """Return the first place in the project's own sources that the output names."""
    for number, line in enumerate(lines):
        for pattern in _PLACES:
            found = pattern.search(line)
            if found is None or any(part in line for part in _FOREIGN):
                continue
            return BuildFault(_place(found), _sentence(lines, number, line[found.end() :]))
    return None


def missing_tool(output: str) -> str | None:
    """Name the program that a build's shell did not find."""
    found = _NOT_FOUND.search(output)
    return found["tool"] if found else None


def missing_package(output: str) -> str | None:
    """Name the package that Node.js did not find."""
    found = _NO_PACKAGE.search(output)
    return found["name"] if found else None


def _place(found: re.Match[str]) -> str:
    column = found.groupdict().get("column")
    return f"{shown(found['file'])}:{found['line']}" + (f":{column}" if column else "")


def _sentence(lines: Sequence[str], number: int, rest: str) -> str:
    """Take what stands behind the place, else the nearest line that says what is wrong."""
    behind = _clean(rest.lstrip(":) "))
    if behind and any(character.isalpha() for character in behind):
        return behind
    before = lines[max(0, number - _NEAR) : number][::-1]
    for line in (*before, *lines[number + 1 : number + 1 + _NEAR]):
        if _SAYS_WHAT.search(line):
            return _clean(line)
    return ""


def _clean(line: str) -> str:
    return shown(_DECORATION.sub("", line).strip(), limit=200)
