"""A capability that the handler needed and has not: what was denied, and where the manifest would name it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.display_text import shown

# As runner-proxy says it in the lines of live debug, in the platform's own name.
_DENIED: Final = re.compile(
    r"(?P<function>[a-z0-9.-]{1,80}) was denied: (?P<capability>cap:[a-z0-9.:_-]{1,80}) is not"
)
_CAPABILITIES: Final = '"capabilities"'


@dataclass(frozen=True, slots=True)
class DeniedCapability:
    """``place`` is where the manifest names capabilities, as editors and terminals open it."""

    function: str
    capability: str
    place: str
    # The simulator's switch took it away: the manifest declares it.
    is_withheld: bool = False

    @property
    def line_to_add(self) -> str:
        return f'"{self.capability}"'

    @property
    def sentence(self) -> str:
        what = f"{self.function} needs {self.capability}"
        if self.is_withheld:
            return f"{what}, which the simulator denies at present"
        return f"{what}: add {self.line_to_add} to {_CAPABILITIES} in {self.place}"

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "function": self.function,
            "capability": self.capability,
            "place": self.place,
            "line_to_add": self.line_to_add,
            "withheld": self.is_withheld,
            "message": self.sentence,
        }


def denied_in(message: str, project: Path, declared: list[str]) -> DeniedCapability | None:
    """Read a line of the platform's; None where it speaks of something else."""
    match = _DENIED.match(message)
    if match is None:
        return None
    capability = shown(match["capability"], limit=90)
    return DeniedCapability(match["function"], capability, _place(project), capability in declared)


def missing_in(what: str, capability: str, project: Path) -> DeniedCapability:
    """Say of something built that it will be denied."""
    return DeniedCapability(what, capability, _place(project))


def _place(project: Path) -> str:
    """Name the line of manifest.json where capabilities stand, or the file alone where there are none."""
    try:
        lines = (project / MANIFEST_PATH).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return MANIFEST_PATH
    found = next((number for number, line in enumerate(lines, start=1) if _CAPABILITIES in line), None)
    return MANIFEST_PATH if found is None else f"{MANIFEST_PATH}:{found}"
