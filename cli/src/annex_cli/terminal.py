"""Where a command's words go: stdout for the result, stderr for people, and how much may be drawn there."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from getpass import getpass
from typing import Protocol, TextIO

import click

_SMALLEST_WIDTH = 40
# What our own words use beyond ASCII, for terminals that cannot show it.
_PLAIN = str.maketrans({"·": "-", "–": "-", "…": "...", "→": "->", "’": "'"})  # noqa: RUF001 - these are meant


class LiveLine(Protocol):
    """A line that is drawn again and again while something is waited for."""

    def erase(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """The streams of one run. ``verbosity`` is -1 (quiet), 0, 1 and more."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environment: Mapping[str, str]
    is_json: bool = False
    verbosity: int = 0
    color: str = "auto"
    may_ask: bool = True
    asks_with_json: bool = False
    has_spinner: bool = True
    live: list["LiveLine"] = field(default_factory=list)

    def result(self, text: str) -> None:
        """Print what the command was run for."""
        self._write(self.stdout, _ascii_json(text) if self.is_json and not self._is_utf8 else text)

    @property
    def _is_utf8(self) -> bool:
        return (self.stdout.encoding or "").lower().replace("-", "") == "utf8"

    def result_bytes(self, data: bytes) -> None:
        self.stdout.flush()
        self.stdout.buffer.write(data)
        self.stdout.flush()

    def say(self, text: str) -> None:
        """Tell a person how it goes on; scripts and --quiet hear nothing."""
        if self.verbosity >= 0 and not self.is_json:
            self._write(self.stderr, text)

    def need(self, text: str) -> None:
        """Tell what a person has to do elsewhere so that it goes on; --quiet and --json cannot do without."""
        self._write(self.stderr, text)

    def detail(self, text: str) -> None:
        """Tell what only --verbose wants to know."""
        if self.verbosity > 0 and not self.is_json:
            self._write(self.stderr, text)

    def warn(self, text: str) -> None:
        if self.verbosity >= 0:
            self._write(self.stderr, f"{self.styled('warning', self.stderr, fg='yellow')}: {text}")

    def fail(self, text: str) -> None:
        """Print a failure; it is seen under --quiet too."""
        self._write(self.stderr, text)

    def ask(self, question: str) -> bool:
        """Ask for a yes; anything else, an empty line and the end of input too, is a no."""
        self.stderr.write(f"{question} [y/N] ")
        self.stderr.flush()
        return self.stdin.readline().strip().lower() in {"y", "yes"}

    def ask_text(self, question: str, *, default: str | None = None) -> str:
        """Ask for a line; an empty one and the end of input are the default."""
        proposed = f" [{default}]" if default else ""
        self.stderr.write(f"{question}{proposed}: ")
        self.stderr.flush()
        return self.stdin.readline().strip() or default or ""

    def ask_secret(self, question: str) -> str:
        """Ask for what must not be seen while it is typed."""
        return getpass(f"{question}: ", stream=self.stderr)

    @property
    def is_interactive(self) -> bool:
        """Whether somebody sits there who can be asked."""
        return (
            self.may_ask
            and (not self.is_json or self.asks_with_json)
            and not self.environment.get("CI")
            and self.environment.get("TERM") != "dumb"
            and self.stdin.isatty()
            and self.stderr.isatty()
        )

    @property
    def is_animated(self) -> bool:
        """Whether a line may be redrawn while something is waited for."""
        return (
            self.verbosity == 0
            and self.has_spinner
            and not self.is_json
            and not self.environment.get("CI")
            and not self.environment.get("NO_COLOR")
            and self.environment.get("TERM") != "dumb"
            and self.stderr.isatty()
        )

    @property
    def width(self) -> int:
        """The columns of stdout; a file or pipe gets every column."""
        if not self.stdout.isatty():
            return 10_000
        return max(shutil.get_terminal_size().columns, _SMALLEST_WIDTH)

    @property
    def error_width(self) -> int:
        """The columns of stderr; where nobody sees them, as many as a log line may have."""
        return max(shutil.get_terminal_size().columns, _SMALLEST_WIDTH) if self.stderr.isatty() else 100

    def styled(self, text: str, stream: TextIO, *, fg: str) -> str:
        return click.style(text, fg=fg, bold=True) if self._has_color(stream) else text

    def _has_color(self, stream: TextIO) -> bool:
        """Follow --color, then NO_COLOR and CLICOLOR_FORCE, then what the stream is."""
        if self.color != "auto":
            return self.color == "always"
        if self.is_json or self.environment.get("NO_COLOR"):
            return False
        if self.environment.get("CLICOLOR_FORCE", "0") != "0":
            return True
        return stream.isatty() and not self.environment.get("CI") and self.environment.get("TERM") != "dumb"

    def _write(self, stream: TextIO, text: str) -> None:
        for line in self.live:
            line.erase()
        stream.write(_writable(text, stream) + "\n")
        stream.flush()


def _ascii_json(text: str) -> str:
    """Write a document with escapes only: JSON stays JSON in every locale."""
    return "\n".join(json.dumps(json.loads(line)) if line else "" for line in text.split("\n"))


def _writable(text: str, stream: TextIO) -> str:
    """Keep what the stream's encoding has; the rest is replaced, never a reason to fail."""
    encoding = stream.encoding or "ascii"
    if encoding.lower().replace("-", "") == "utf8":
        return text
    return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)


def silence(stream: TextIO) -> None:
    """Let what is still buffered for a closed pipe go nowhere, so that Python's exit stays quiet."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a descriptor is wanted, not a file's text
        os.dup2(nowhere.fileno(), stream.fileno())
