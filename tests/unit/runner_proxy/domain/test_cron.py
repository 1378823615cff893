"""When schedules run, clock changes included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from annex_runner_proxy.domain.cron import LEAST_INTERVAL, Cron, NotACron, NotATimezone

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def local_runs(cron: str, zone: str, after: datetime, *, count: int = 3) -> list[str]:
    """Give the next runs as the clock on the wall and its offset show them."""
    schedule, moment, shown = Cron.parse(cron, zone), after, []
    for _ in range(count):
        moment = schedule.next_after(moment)
        shown.append(moment.astimezone(ZoneInfo(zone)).strftime("%d %H:%M%z"))
    return shown


@pytest.mark.parametrize(
    ("cron", "zone", "after", "runs"),
    [
        # Spring: 02:00 becomes 03:00.
        (
            "30 2 * * *",
            "Europe/Berlin",
            datetime(2026, 3, 28, 2, tzinfo=UTC),
            ["29 03:00+0200", "30 02:30+0200"],
        ),
        (
            "30 2 * * *",
            "America/New_York",
            datetime(2026, 3, 7, 8, tzinfo=UTC),
            ["08 03:00-0400", "09 02:30-0400"],
        ),
        (
            "0 2,3 * * *",
            "Europe/Berlin",
            datetime(2026, 3, 28, 3, tzinfo=UTC),
            ["29 03:00+0200", "30 02:00+0200"],
        ),
        (
            "0 * * * *",
            "Europe/Berlin",
            datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
            ["29 01:00+0100", "29 03:00+0200"],
        ),
        (
            "*/30 2 * * *",
            "America/New_York",
            datetime(2026, 3, 8, 1, tzinfo=UTC),
            ["09 02:00-0400", "09 02:30-0400"],
        ),
        # Autumn: 03:00 becomes 02:00 in Berlin, 02:00 becomes 01:00 in New York.
        (
            "30 2 * * *",
            "Europe/Berlin",
            datetime(2026, 10, 24, 22, tzinfo=UTC),
            ["25 02:30+0200", "26 02:30+0100"],
        ),
        (
            "30 1 * * *",
            "America/New_York",
            datetime(2026, 11, 1, 4, tzinfo=UTC),
            ["01 01:30-0400", "02 01:30-0500"],
        ),
        (
            "0 * * * *",
            "Europe/Berlin",
            datetime(2026, 10, 24, 23, tzinfo=UTC),
            ["25 02:00+0200", "25 02:00+0100"],
        ),
        (
            "0 * * * *",
            "America/New_York",
            datetime(2026, 11, 1, 4, 30, tzinfo=UTC),
            ["01 01:00-0400", "01 01:00-0500"],
        ),
    ],
)
def test_a_schedule_keeps_its_promise_at_clock_changes(
    cron: str, zone: str, after: datetime, runs: list[str]
) -> None:
    assert local_runs(cron, zone, after, count=2) == runs


@pytest.mark.parametrize("minute", [15, 45, 75])
def test_a_fixed_time_does_not_repeat_in_the_second_pass_of_an_hour(minute: int) -> None:
    first_pass = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    run = Cron.parse("30 2 * * *", "Europe/Berlin").next_after(first_pass + timedelta(minutes=minute))

    assert run == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_runs_that_a_clock_change_brings_too_close_are_passed_over() -> None:
    schedule = Cron.parse("58 1,2 * * *", "Europe/Berlin")
    last_before = datetime(2026, 3, 29, 0, 58, tzinfo=UTC)

    after_gap = schedule.next_after(last_before)
    kept = schedule.next_after(last_before, not_before=last_before + LEAST_INTERVAL)

    assert after_gap - last_before < LEAST_INTERVAL
    assert kept - last_before >= LEAST_INTERVAL


@pytest.mark.parametrize(
    "cron",
    [
        "* * * * *",
        "*/4 * * * *",
        "0,1,2,3 * * * *",
        "0-59 3 * * *",
        "0,58 * * * *",
        "0,58 23,0 * * *",
        "*/7 * * * *",
        "1,5 3 1 1 *",
    ],
)
def test_runs_closer_than_five_minutes_are_refused_however_written(cron: str) -> None:
    with pytest.raises(NotACron, match="five minutes"):
        Cron.parse(cron, "UTC")


@pytest.mark.parametrize(
    "cron", ["*/5 * * * *", "0,58 3 * * *", "0-59/5 * * * *", "0 0 29 2 *", "0 9 * * 1-5"]
)
def test_a_sound_schedule_is_kept(cron: str) -> None:
    assert Cron.parse(cron, "Asia/Kolkata").next_after(NEW_YEAR) > NEW_YEAR


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("0 0 1 * 1", "not both"),
        ("0 0 * *", "five fields"),
        ("0 0 * * * *", "five fields"),
        ("0 0 * * MON", "Only digits"),
        ("@daily", "Only digits"),
        ("0 0 L * *", "Only digits"),
        ("0 25 * * *", "hour"),
        ("0 0 30 2 *", "day-of-month"),
        ("0,5" + ",10" * 60 + " * * * *", "longer than 128"),
        ("", "Only digits"),
    ],
)
def test_what_is_no_schedule_is_explained(cron: str, why: str) -> None:
    with pytest.raises(NotACron, match=why):
        Cron.parse(cron, "UTC")


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 65]
)
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(NotATimezone):
        Cron.parse("0 0 * * *", zone)
