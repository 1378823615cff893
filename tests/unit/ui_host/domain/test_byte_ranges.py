import pytest

from annex_ui_host.domain.byte_ranges import ByteRange, NoneSatisfiable, ranges_of

SIZE = 100


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        ("bytes=0-0", [(0, 1)]),
        ("bytes=0-99", [(0, 100)]),
        ("bytes=90-200", [(90, 100)]),
        ("bytes=90-", [(90, 100)]),
        ("bytes=-10", [(90, 100)]),
        ("bytes=-1000", [(0, 100)]),
        ("Bytes = 1-2", [(1, 3)]),
        ("bytes=50-59, 0-9", [(50, 60), (0, 10)]),
        ("bytes=0-9,200-,20-29", [(0, 10), (20, 30)]),
        ("bytes=0-9, 9-19", []),
        ("bytes=0-9, 10-19", []),
        ("bytes=0-0,2-2,4-4,6-6,8-8", []),
        ("bytes=5-3", []),
        ("bytes=a-b", []),
        ("bytes=", []),
        ("bytes=-", []),
        ("bytes=0-9,", []),
        ("bytes=--5", []),
        ("bytes=+1-2", []),
        ("lines=0-9", []),
        ("0-9", []),
        ("bytes=" + "0" * 300 + "-1", []),
        ("bytes=9999999999999999999-", []),
    ],
)
def test_ranges_are_read_or_all_of_the_file_is_meant(header: str, ranges: list[tuple[int, int]]) -> None:
    assert ranges_of(header, SIZE) == tuple(ByteRange(*one) for one in ranges)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200, 300-", "bytes=-0"])
def test_ranges_behind_the_end_are_satisfied_by_nothing(header: str) -> None:
    assert ranges_of(header, SIZE) == NoneSatisfiable()


def test_an_empty_file_satisfies_no_range() -> None:
    assert ranges_of("bytes=-5", 0) == NoneSatisfiable()


def test_content_range_says_first_last_and_all() -> None:
    assert ByteRange(1, 3).content_range(SIZE) == "bytes 1-2/100"
