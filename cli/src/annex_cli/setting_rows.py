"""The settings of annex itself, each once: its flag, its variable, its key in files, its built-in value."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["text", "yes or no", "number"]
VARIABLE_PREFIX: Final = "ANNEX_"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting. ``in_user_file`` and ``in_project_file`` say which files may set it.

    A project's file comes with somebody's repository, so it may not answer questions or name files to read.
    """

    name: str
    meaning: str
    kind: Kind = "text"
    default: str | bool | int | None = None
    choices: tuple[str, ...] = ()
    in_user_file: bool = True
    in_project_file: bool = True

    @property
    def variable(self) -> str:
        return f"{VARIABLE_PREFIX}{self.name.upper()}"

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


_FLAG: Final = "yes or no"
_ROWS: Final = (
    SettingRow("json", "Print one JSON document (annex.cli/1) instead of text.", _FLAG, default=False),
    SettingRow("quiet", "Print the result and errors only.", _FLAG, default=False),
    SettingRow("verbose", "Say more about what is done.", "number", 0),
    SettingRow("debug", "Show every request, without keys and bodies.", _FLAG, default=False),
    SettingRow("no_input", "Never ask; fail instead.", _FLAG, default=False),
    SettingRow("interactive", "Ask also with --json.", _FLAG, default=False),
    SettingRow(
        "yes",
        "Answer confirmations; never grants a capability.",
        _FLAG,
        default=False,
        in_user_file=False,
        in_project_file=False,
    ),
    SettingRow("color", "When to use colour.", default="auto", choices=("auto", "always", "never")),
    SettingRow("spinner", "Draw progress on a terminal.", default="on", choices=("on", "off")),
    SettingRow("profile", "Act with this login."),
    SettingRow("tenant", "Act in this tenant."),
    SettingRow("gateway", "The platform's address."),
    SettingRow("timeout", "Longest wait, such as 30s or 2m.", default="60s"),
    SettingRow("cwd", "Run as if started there.", in_user_file=False, in_project_file=False),
    SettingRow("token_file", "Read the API key from a file.", in_project_file=False),
)

ROWS: Final = MappingProxyType({row.name: row for row in _ROWS})


def named(text: str) -> SettingRow | None:
    """Find a setting by its key, its flag or its variable."""
    name = text.strip().removeprefix("--").removeprefix(VARIABLE_PREFIX).replace("-", "_").lower()
    return ROWS.get(name)
