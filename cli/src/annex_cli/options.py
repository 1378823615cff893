"""The flags every command takes, before or after its name, and the settings they end up as."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from annex_cli.errors import InvalidUsage
from annex_cli.layered_settings import Layers
from annex_cli.setting_files import Value
from annex_cli.setting_rows import ROWS

Command = TypeVar("Command", bound=Callable[..., Any])

_DURATION = re.compile(r"(?P<amount>[0-9]+(\.[0-9]+)?)(?P<unit>ms|s|m|h)?")
_SECONDS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was asked for; ``layers`` knows where each value came from.

    ``project_gateway`` is an address that only a project's file names: it may choose among logins that were
    made for it, and no other key is ever sent there.
    """

    is_json: bool = False
    verbosity: int = 0
    is_debug: bool = False
    may_ask: bool = True
    is_interactive: bool = False
    is_confirmed: bool = False
    color: str = "auto"
    has_spinner: bool = True
    profile: str | None = None
    tenant: str | None = None
    gateway_url: str | None = None
    project_gateway: str | None = None
    timeout_seconds: float = 60
    folder: Path = field(default_factory=Path.cwd)
    token_file: Path | None = None
    layers: Layers | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any], environment: Mapping[str, str]) -> "Settings":
        """Combine flags, variables and files. Raises InvalidUsage for a value that cannot be used."""
        folder = working_folder(given, environment)
        layers = Layers.of(given, environment, folder)
        value = {settled.row.name: settled.value for settled in layers.all()}
        gateway = layers.settled("gateway")
        of_project = _gateway_url(_text(gateway.value)) if gateway.is_of_project else None
        of_user = _gateway_url(_text(layers.settled("gateway", is_project_heard=False).value))
        token_file = value["token_file"]
        return cls(
            is_json=bool(value["json"]),
            verbosity=-1 if value["quiet"] else int(value["verbose"] or 0),
            is_debug=bool(value["debug"]),
            may_ask=not value["no_input"],
            is_interactive=bool(value["interactive"]),
            is_confirmed=bool(value["yes"]),
            color=str(value["color"]),
            has_spinner=value["spinner"] == "on",
            profile=_text(value["profile"]),
            tenant=_text(value["tenant"]),
            gateway_url=of_user if of_project in (None, of_user) else None,
            project_gateway=of_project,
            timeout_seconds=parse_duration(str(value["timeout"])),
            folder=folder,
            token_file=folder / str(token_file) if token_file else None,
            layers=layers,
        )


def working_folder(given: Mapping[str, Any], environment: Mapping[str, str]) -> Path:
    """Return the folder a run works in. Raises InvalidUsage."""
    named = given.get("cwd") or environment.get("ANNEX_CWD") or "."
    folder = Path.cwd() / named
    if not folder.is_dir():
        raise InvalidUsage(f'--cwd "{named}" is not a folder.')
    return folder


def _text(value: Value | None) -> str | None:
    return str(value) if value not in (None, "") else None


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


def _help(name: str) -> str:
    row = ROWS[name]
    default = f", {row.default}" if row.default not in (None, False, 0) and not row.choices else ""
    return f"{row.meaning}  [{row.variable}{default}]"


_FLAGS = (
    _flag("--json", is_flag=True, help=_help("json")),
    _flag("--quiet", "-q", is_flag=True, help=_help("quiet")),
    _flag("--verbose", "-v", count=True, help=_help("verbose")),
    _flag("--debug", is_flag=True, help=_help("debug")),
    _flag("--no-input", is_flag=True, help=_help("no_input")),
    _flag("--interactive", is_flag=True, help=_help("interactive")),
    _flag("--yes", "-y", is_flag=True, help=_help("yes")),
    _flag("--color", type=click.Choice(ROWS["color"].choices), help=_help("color")),
    _flag("--spinner", type=click.Choice(ROWS["spinner"].choices), help=_help("spinner")),
    _flag("--profile", metavar="NAME", help=_help("profile")),
    _flag("--tenant", metavar="ID", help=_help("tenant")),
    _flag("--gateway", metavar="URL", help=_help("gateway")),
    _flag("--timeout", metavar="DURATION", help=_help("timeout")),
    _flag("--cwd", metavar="DIR", help=_help("cwd")),
    _flag("--token-file", metavar="FILE", help=_help("token_file")),
)


def global_flags(command: Command) -> Command:
    """Add the flags of every command, in the order they are listed in."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


def is_global(option: click.Parameter) -> bool:
    """Tell a flag of every command from a command's own."""
    return option.name in ROWS and not option.expose_value
