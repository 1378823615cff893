"""Which lines of an extension are wanted, and which of them say that others are missing."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from annex_cli.errors import InvalidUsage
from annex_shared.contracts.debug_lines import PLATFORM, DebugEvent
from annex_shared.display_text import shown

LEVELS: Final = ("debug", "info", "warn", "error")
# Shorter ends of ids are found in too many.
_SHORTEST_ID: Final = 4
_COUNTED: Final = re.compile(r"(?P<count>[0-9]{1,12}) lines not kept: ")
_UNCOUNTED: Final = "Lines since you last looked are not kept any more"


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that cannot be shown; ``lines`` is None where nobody counted them."""

    lines: int | None


@dataclass(frozen=True, slots=True)
class LineWish:
    """What somebody wants to see. A line that tells of missing ones concerns everybody."""

    level: str = "debug"
    since: datetime | None = None
    until: datetime | None = None
    pattern: re.Pattern[str] | None = None
    execution: str | None = None

    def fits(self, event: DebugEvent) -> bool:
        if _rank(event.level) < _rank(self.level):
            return False
        if self.pattern is not None and self.pattern.search(event.message) is None:
            return False
        if self.execution is not None and not event.execution_id.endswith(self.execution):
            return False
        return self._is_in_time(event)

    @property
    def is_narrow(self) -> bool:
        """Whether lines of the kept ones are passed over."""
        return self != LineWish()

    def _is_in_time(self, event: DebugEvent) -> bool:
        if self.since is None and self.until is None:
            return True
        moment = moment_of(event)
        if moment is None:
            return True
        return (self.since is None or moment >= self.since) and (self.until is None or moment <= self.until)


def read_pattern(text: str | None) -> re.Pattern[str] | None:
    """Read --grep. Raises InvalidUsage."""
    try:
        return None if text is None else re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidUsage(f"--grep is no regular expression: {error}.") from None


def read_execution(text: str | None) -> str | None:
    """Read --execution: an id, or its end as lines show it. Raises InvalidUsage."""
    if text is None:
        return None
    if len(text) < _SHORTEST_ID or not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", text):
        raise InvalidUsage(
            f'--execution "{shown(text, limit=80)}" is not an id, or its last {_SHORTEST_ID} letters or more.'
        )
    return text.lower()


def gap_of(event: DebugEvent) -> Gap | None:
    """Tell a line in which the platform says that others are missing."""
    if event.stream != PLATFORM or event.execution_id:
        return None
    counted = _COUNTED.match(event.message)
    if counted is not None:
        return Gap(int(counted["count"]))
    return Gap(None) if event.message.startswith(_UNCOUNTED) else None


def moment_of(event: DebugEvent) -> datetime | None:
    try:
        moment = datetime.fromisoformat(event.ts)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _rank(level: str) -> int:
    """Order levels; an unknown one is never hidden."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)
