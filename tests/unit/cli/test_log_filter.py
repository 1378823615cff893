from datetime import UTC, datetime, timedelta

import pytest

from annex_cli.errors import InvalidUsage
from annex_cli.log_filter import Gap, LineWish, gap_of, read_execution, read_pattern
from annex_cli.times import parse_time
from annex_shared.contracts.debug_lines import DebugEvent, DebugLine

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _line(**fields: str) -> DebugEvent:
    facts = {"ts": str(int(NOON.timestamp() * 1000)), "level": "info", "stream": "log", "message": "loaded"}
    return DebugEvent.of(DebugLine.of_fields(facts | fields))


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        pytest.param(LineWish(), True, id="nothing wanted"),
        pytest.param(LineWish(level="warn"), False, id="level"),
        pytest.param(LineWish(since=NOON), True, id="since then"),
        pytest.param(LineWish(since=NOON + timedelta(seconds=1)), False, id="since later"),
        pytest.param(LineWish(until=NOON - timedelta(seconds=1)), False, id="until before"),
        pytest.param(LineWish(pattern=read_pattern("^load|x")), True, id="pattern"),
        pytest.param(LineWish(pattern=read_pattern("nothing")), False, id="other pattern"),
        pytest.param(LineWish(execution="44aa"), True, id="end of the execution"),
        pytest.param(LineWish(execution="44ab"), False, id="other execution"),
    ],
)
def test_a_line_is_shown_when_every_filter_takes_it(wish: LineWish, *, fits: bool) -> None:
    assert wish.fits(_line(execution="66666666-4444-4444-8444-4444444444aa")) is fits


def test_a_level_that_is_not_known_is_never_hidden() -> None:
    assert LineWish(level="error").fits(_line(level="fatal"))


@pytest.mark.parametrize(
    ("message", "gap"),
    [
        ("37 lines not kept: they could not be written in time.", Gap(37)),
        ("Lines since you last looked are not kept any more; some are missing here.", Gap(None)),
        ("GET /notes began", None),
    ],
)
def test_the_platforms_word_about_missing_lines_is_told_apart(message: str, gap: Gap | None) -> None:
    assert gap_of(_line(stream="platform", message=message)) == gap


def test_a_guest_cannot_make_a_gap() -> None:
    assert gap_of(_line(stream="log", message="37 lines not kept: mine")) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("15m", NOON - timedelta(minutes=15)),
        ("1.5h", NOON - timedelta(hours=1.5)),
        ("2d", NOON - timedelta(days=2)),
        ("2026-11-18T10:12:00+01:00", datetime(2026, 11, 18, 9, 12, tzinfo=UTC)),
        ("999999w", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_times_are_ago_or_moments_with_their_zone(text: str, moment: datetime) -> None:
    assert parse_time("--since", text, NOON) == moment


@pytest.mark.parametrize("text", ["yesterday", "2026-11-18T10:12:00", "10", "-5m", ""])
def test_any_other_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidUsage, match="--since"):
        parse_time("--since", text, NOON)


def test_filters_that_mean_nothing_are_refused() -> None:
    with pytest.raises(InvalidUsage, match="--grep"):
        read_pattern("(")
    with pytest.raises(InvalidUsage, match="--execution"):
        read_execution("aa")
