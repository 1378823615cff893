"""The flags every command takes, before or after its name, and the settings they end up as."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from annex_cli.errors import InvalidUsage

Command = TypeVar("Command", bound=Callable[..., Any])

_DURATION = re.compile(r"(?P<amount>[0-9]+(\.[0-9]+)?)(?P<unit>ms|s|m|h)?")
_SECONDS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}
_DEFAULT_TIMEOUT = "60s"
_COLORS = ("auto", "always", "never")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was asked for; a flag wins over its ``ANNEX_`` variable, that over the default."""

    is_json: bool = False
    verbosity: int = 0
    is_debug: bool = False
    may_ask: bool = True
    is_confirmed: bool = False
    color: str = "auto"
    tenant: str | None = None
    gateway_url: str | None = None
    timeout_seconds: float = 60
    folder: Path = field(default_factory=Path.cwd)
    token_file: Path | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], environment: Mapping[str, str]) -> "Settings":
        """Combine flags and variables. Raises InvalidUsage for a value that cannot be used."""
        folder = Path.cwd() / given.get("cwd", ".")
        if not folder.is_dir():
            raise InvalidUsage(f'--cwd "{given["cwd"]}" is not a folder.')
        token_file = given.get("token_file") or environment.get("ANNEX_TOKEN_FILE")
        color = given.get("color") or environment.get("ANNEX_COLOR") or "auto"
        if color not in _COLORS:
            raise InvalidUsage(f'ANNEX_COLOR is "{color}"; it must be one of {", ".join(_COLORS)}.')
        return cls(
            is_json=given.get("json", False),
            verbosity=-1 if given.get("quiet") else given.get("verbose", 0),
            is_debug=given.get("debug", False),
            may_ask=not given.get("no_input", bool(environment.get("ANNEX_NO_INPUT"))),
            is_confirmed=given.get("yes", False),
            color=color,
            tenant=given.get("tenant") or environment.get("ANNEX_TENANT") or None,
            gateway_url=_gateway_url(given.get("gateway") or environment.get("ANNEX_GATEWAY") or None),
            timeout_seconds=parse_duration(
                given.get("timeout") or environment.get("ANNEX_TIMEOUT") or _DEFAULT_TIMEOUT
            ),
            folder=folder,
            token_file=folder / token_file if token_file else None,
        )


def parse_duration(text: str) -> float:
    """Read `500ms`, `30s`, `2m`, `1h` or a number of seconds."""
    match = _DURATION.fullmatch(text.strip())
    duration = float(match["amount"]) * _SECONDS[match["unit"]] if match else 0
    if duration <= 0:
        raise InvalidUsage(f'"{text}" is not a duration. Write 500ms, 30s, 2m or 1h.')
    return duration


def _gateway_url(text: str | None) -> str | None:
    if text is not None and not text.startswith(("http://", "https://")):
        raise InvalidUsage(f'The gateway "{text}" is not an address. Write it as https://host[:port].')
    return text.rstrip("/") if text else None


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a flag that was really given: one before the command's name is not undone by its default."""
    if value not in (None, False, 0) and parameter.name is not None:
        context.find_object(GivenFlags).flags[parameter.name] = value  # type: ignore[union-attr]  # run sets it


@dataclass(slots=True)
class GivenFlags:
    """The flags of one run, wherever they stood."""

    flags: dict[str, Any] = field(default_factory=dict)


def _flag(*names: str, **how: Any) -> Callable[[Command], Command]:
    return click.option(*names, callback=_remember, expose_value=False, **how)


_FLAGS = (
    _flag("--json", is_flag=True, help="Print one JSON document (annex.cli/1) instead of text."),
    _flag("--quiet", "-q", is_flag=True, help="Print the result and errors only."),
    _flag("--verbose", "-v", count=True, help="Say more about what is done."),
    _flag("--debug", is_flag=True, help="Show every request, without keys and bodies."),
    _flag("--no-input", is_flag=True, help="Never ask; fail instead.  [ANNEX_NO_INPUT]"),
    _flag("--yes", "-y", is_flag=True, help="Answer confirmations; never grants a capability."),
    _flag("--color", type=click.Choice(_COLORS), help="When to use colour.  [ANNEX_COLOR]"),
    _flag("--tenant", metavar="ID", help="Act in this tenant.  [ANNEX_TENANT]"),
    _flag("--gateway", metavar="URL", help="The platform's address.  [ANNEX_GATEWAY]"),
    _flag("--timeout", metavar="DURATION", help="Longest wait, such as 30s or 2m.  [ANNEX_TIMEOUT, 60s]"),
    _flag("--cwd", metavar="DIR", help="Run as if started there."),
    _flag("--token-file", metavar="FILE", help="Read the API key from a file.  [ANNEX_TOKEN_FILE]"),
)


def global_flags(command: Command) -> Command:
    """Add the flags of every command, in the order they are listed in."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command
