import pytest

from annex_gateway.domain.debug import Cursor


@pytest.mark.parametrize("text", ["0-0", "1795219200123-4", "17-0~12"])
def test_cursor_is_read_as_it_was_written(text: str) -> None:
    assert str(Cursor.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "5", "a-b", "1-2~", "1-2~x", "-1-0", "1-2 ", "9" * 20 + "-0", "$", "1-2\n"]
)
def test_text_that_is_no_cursor_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


def test_cursors_are_compared_as_numbers() -> None:
    assert Cursor("9-10").is_before("10-1")
    assert Cursor("9-9").is_before("9-10")
    assert not Cursor("9-9").is_before("9-9")
