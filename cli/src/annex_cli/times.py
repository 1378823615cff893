"""Read the times people type: how long ago, or a moment with its zone."""

import re
from datetime import UTC, datetime, timedelta

from annex_cli.errors import InvalidUsage
from annex_shared.display_text import shown

_AGO = re.compile(r"(?P<amount>[0-9]{1,6}(\.[0-9]{1,3})?)(?P<unit>s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_time(flag: str, text: str | None, now: datetime) -> datetime | None:
    """Read `15m` or `2d` as that long before now, or `2026-11-18T09:12:00Z`. Raises InvalidUsage."""
    if text is None:
        return None
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        try:
            return now - timedelta(**{_UNITS[ago["unit"]]: float(ago["amount"])})
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidUsage(
            f'{flag} "{shown(text, limit=80)}" is neither a time ago, such as 15m, 1h or 2d, nor a moment '
            "with its zone, such as 2026-11-18T09:12:00Z."
        )
    return moment.astimezone(UTC)


def wire_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
