import pytest

from annex_cli.config_edits import Config, ConfigDifference, read_edits
from annex_cli.errors import InvalidUsage


def test_words_are_texts_and_a_colon_makes_them_json() -> None:
    assert read_edits(["a=1", "b:=1", 'c:={"x": [true]}', "d=", "e=x=y"]) == {
        "a": "1",
        "b": 1,
        "c": {"x": [True]},
        "d": "",
        "e": "x=y",
    }


@pytest.mark.parametrize("words", [["greeting"], ["=x"], [":=1"], ["a=1", "a=2"], ["a:=nope"]])
def test_a_word_that_is_no_setting_is_refused_without_its_value(words: list[str]) -> None:
    with pytest.raises(InvalidUsage) as caught:
        read_edits(words)

    assert "nope" not in caught.value.message


def test_a_difference_names_what_came_went_and_changed_also_where_python_sees_none() -> None:
    before: Config = {"a": 1, "b": "x", "c": "same"}
    after: Config = {"a": True, "c": "same", "d": "new"}

    difference = ConfigDifference.between(before, after)

    assert difference.lines(before, after) == ['+ d = "new"', '- b = "x"', "~ a = 1 -> true"]
    assert not ConfigDifference.between(after, after)
