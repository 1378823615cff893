import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.display_text import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Ünïcödé 漢字 🎉", "Ünïcödé 漢字 🎉"),
        ("a\nb\r\tc\0d", "abcd"),
        ("\x1b[31mred", "[31mred"),
        ("user\u202egnp.exe", "usergnp.exe"),
        ("a\u200bb\u2066c\ufeffd", "abcd"),
        ("a\u2028b\u2029c\u0085d", "abcd"),
        ("\ud800x", "x"),
    ],
)
def test_what_could_break_a_line_or_a_log_is_dropped(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert shown("x" * 200) == "x" * 200
    assert shown("x" * 201) == "x" * 199 + "…"
    assert shown("abcdef", limit=4) == "abc…"


@given(st.text(), st.integers(1, 50))
def test_the_result_is_short_and_one_line(text: str, limit: int) -> None:
    result = shown(text, limit=limit)

    assert len(result) <= limit
    assert len(result.splitlines()) <= 1
    assert shown(result, limit=limit) == result
