from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from annex_gateway.domain.controls import QuotaKind, QuotaWindow
from annex_gateway.domain.usage import Use, end_of, start_of

USE = Use(1, 2.0, 3.0, 4)


def test_every_kind_is_a_field() -> None:
    assert [USE.of(kind) for kind in QuotaKind] == [1, 2.0, 3.0, 4]


def test_use_is_added_and_taken_away_field_by_field() -> None:
    assert USE.plus(USE) == Use(2, 4.0, 6.0, 8)
    assert USE.plus(USE).minus(USE) == USE


@pytest.mark.parametrize(
    ("at", "day", "month"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), date(2026, 2, 1), date(2026, 2, 1)),
        (datetime(2026, 2, 1, tzinfo=UTC), date(2026, 2, 2), date(2026, 3, 1)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), date(2028, 3, 1), date(2028, 3, 1)),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), date(2027, 1, 1), date(2027, 1, 1)),
    ],
)
def test_windows_end_where_the_next_begins(at: datetime, day: date, month: date) -> None:
    assert end_of(QuotaWindow.DAY, at) == datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert end_of(QuotaWindow.MONTH, at) == datetime(month.year, month.month, month.day, tzinfo=UTC)
    for window in QuotaWindow:
        assert start_of(window, at) < end_of(window, at).date()


def test_windows_are_those_of_utc() -> None:
    eastern = datetime(2026, 5, 1, 1, tzinfo=timezone(timedelta(hours=2)))

    assert start_of(QuotaWindow.DAY, eastern) == date(2026, 4, 30)
    assert start_of(QuotaWindow.MONTH, eastern) == date(2026, 4, 1)
