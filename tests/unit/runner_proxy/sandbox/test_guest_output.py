import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.sandbox.guest_output import LOG_LINE_BYTES, LineCutter, text_of


def _lines(*writes: bytes) -> list[str]:
    cutter = LineCutter()
    lines = [line for data in writes for line in cutter.feed(data)]
    rest = cutter.rest()
    return lines if rest is None else [*lines, rest]


def test_lines_are_cut_at_line_breaks_wherever_the_writes_end() -> None:
    assert _lines(b"one\ntw", b"o\n", b"\nlast") == ["one", "two", "", "last"]


def test_a_carriage_return_before_the_line_break_is_no_text() -> None:
    assert _lines(b"windows\r\n") == ["windows"]


def test_a_long_line_keeps_its_beginning_and_a_mark_and_the_next_line_is_whole() -> None:
    lines = _lines(b"x" * LOG_LINE_BYTES, b"y" * 100, b"\nnext\n")

    assert lines == ["x" * LOG_LINE_BYTES + "…", "next"]


def test_a_line_of_exactly_the_limit_is_not_marked() -> None:
    assert _lines(b"x" * LOG_LINE_BYTES + b"\n") == ["x" * LOG_LINE_BYTES]


@pytest.mark.parametrize("character", ["é", "世", "😀"])
@pytest.mark.parametrize("ahead", range(4))
def test_a_line_is_never_cut_inside_a_character(character: str, ahead: int) -> None:
    text = "a" * ahead + character * LOG_LINE_BYTES

    (line,) = _lines(text.encode())

    assert line.endswith("…")
    assert "\ufffd" not in line
    assert text.startswith(line.removesuffix("…"))


def test_bytes_that_are_not_text_become_replacement_characters() -> None:
    assert _lines(b"a\xffb\n") == ["a\ufffdb"]


@given(st.binary(max_size=40), st.booleans())
def test_any_bytes_become_text(line: bytes, is_cut: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    text_of(line, is_cut=is_cut).encode()


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
    st.integers(0, 120),
)
def test_a_cut_text_is_a_beginning_of_the_text(text: str, size: int) -> None:
    shown = text_of(text.encode()[:size], is_cut=True)

    assert text.startswith(shown.removesuffix("…"))
