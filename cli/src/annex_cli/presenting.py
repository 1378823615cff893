"""How times and sizes are written for people."""

import math
from datetime import UTC, datetime

_STEP = 1000
_UNITS = ("kB", "MB", "GB")
_DECIMAL_BELOW = 10


def moment(time: datetime | str) -> str:
    """Write a time in UTC to the minute; a text that is no time is not shown."""
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            return ""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def size(size_bytes: int) -> str:
    """Write a size as people compare them: 847 B, 412 kB, 3.4 MB."""
    if size_bytes < _STEP:
        return f"{size_bytes} B"
    power = min(int(math.log(size_bytes, _STEP)), len(_UNITS))
    amount, unit = size_bytes / _STEP**power, _UNITS[power - 1]
    has_decimal = amount < _DECIMAL_BELOW and power > 1
    return f"{amount:.1f} {unit}" if has_decimal else f"{amount:.0f} {unit}"


def seconds(duration: float) -> str:
    return f"{duration:.1f} s"
