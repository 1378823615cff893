"""When a schedule runs: five cron fields in a time zone, never more often than every five minutes.

Clock changes are treated as Debian's cron does. A schedule at fixed times that falls into the hour a clock
skips runs right after the gap; one that falls into the hour a clock repeats runs in its first pass only. A
schedule whose minute or hour field begins with ``*`` follows real time: it runs in neither skipped hour and
in both passes of a repeated one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MAX_CRON_LENGTH = 128
MAX_TIMEZONE_LENGTH = 64
LEAST_INTERVAL = timedelta(minutes=5)

_FIELDS = 5
_CHARACTERS = re.compile(r"[0-9*/, -]+")
_TIMEZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_HOUR_MINUTES, _DAY_HOURS = 60, 24
# A leap day of a schedule like "0 0 29 2 *" is at most eight years away; cronsim looks further by itself.
_MOST_STEPS = 400


class NotACron(ValueError):
    """The text is no schedule that may run; the text of this error says why, to a person."""


class NotATimezone(ValueError):
    """The text names no IANA time zone."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A checked expression in a checked time zone."""

    text: str
    timezone: str

    @classmethod
    def parse(cls, text: str, timezone: str) -> "Cron":
        """Check both. Raises NotACron or NotATimezone."""
        zone_name = _checked_timezone(timezone)
        normal = " ".join(text.split())
        if len(text) > MAX_CRON_LENGTH:
            raise NotACron(f"It is longer than {MAX_CRON_LENGTH} characters.")
        if _CHARACTERS.fullmatch(normal) is None:
            raise NotACron('Only digits, "*", "/", ",", "-" and spaces may stand in it.')
        fields = normal.split(" ")
        if len(fields) != _FIELDS:
            raise NotACron("It must have five fields: minute, hour, day of month, month, day of week.")
        if fields[2] != "*" and fields[4] != "*":
            raise NotACron("Name days of the month or days of the week, not both.")
        cron = cls(normal, zone_name)
        cron._require_interval()
        cron._require_some_run()
        return cron

    def next_after(self, moment: datetime, *, not_before: datetime | None = None) -> datetime:
        """Return the first run after ``moment``, in UTC.

        With ``not_before`` runs earlier than that are passed over: a clock change can bring two runs closer
        than the least interval.
        """
        least = max(moment, not_before - timedelta(microseconds=1)) if not_before else moment
        runs = self._simulated(least)
        for _ in range(_MOST_STEPS):
            run = next(runs).astimezone(UTC)
            if run > least:
                return run
        raise NotACron("It never runs.")

    def _simulated(self, moment: datetime) -> CronSim:
        try:
            # An hour earlier: within a repeated hour local time alone does not say which pass is meant.
            return CronSim(self.text, (moment - timedelta(hours=1)).astimezone(ZoneInfo(self.timezone)))
        except CronSimError as error:
            raise NotACron(f"{error}.") from None

    def _require_interval(self) -> None:
        """Look at every pair of neighbouring minutes and hours that the fields allow, however written."""
        simulated = self._simulated(datetime(2026, 1, 1, tzinfo=UTC))
        minutes, hours = sorted(simulated.minutes), simulated.hours
        gaps = [later - earlier for earlier, later in pairwise(minutes)]
        if any((hour + 1) % _DAY_HOURS in hours for hour in hours):
            gaps.append(minutes[0] + _HOUR_MINUTES - minutes[-1])
        if gaps and timedelta(minutes=min(gaps)) < LEAST_INTERVAL:
            raise NotACron("Runs must be at least five minutes apart.")

    def _require_some_run(self) -> None:
        try:
            self.next_after(datetime(2026, 1, 1, tzinfo=UTC))
        except (StopIteration, CronSimError):
            raise NotACron("It never runs.") from None


def _checked_timezone(name: str) -> str:
    if not name or len(name) > MAX_TIMEZONE_LENGTH or _TIMEZONE.fullmatch(name) is None:
        raise NotATimezone("It must be the name of an IANA time zone, such as Europe/Berlin.")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise NotATimezone("It must be the name of an IANA time zone, such as Europe/Berlin.") from None
    return name
