from typing import Any

import pytest
from pydantic import JsonValue

from annex_cli.config_words import read_words
from annex_cli.errors import InvalidInstallConfig, InvalidUsage

SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "share": {"type": "number"},
        "is_on": {"type": "boolean"},
        "maybe": {"type": ["integer", "null"]},
        "either": {"type": ["integer", "string"]},
        "chosen": {"enum": ["1", "2"]},
        "list": {"type": "array"},
        "referred": {"$ref": "#/$defs/whole"},
        "twice": {"$ref": "#/$defs/again"},
        "lost": {"$ref": "#/$defs/absent"},
    },
    "$defs": {"whole": {"type": "integer"}, "again": {"$ref": "#/$defs/whole"}},
}


def test_without_a_schema_words_are_texts_and_a_colon_makes_them_json() -> None:
    words = read_words(["a=1", "b:=1", 'c:={"x": [true]}', "d=", "e=x=y"])

    assert words.typed(None) == {"a": "1", "b": 1, "c": {"x": [True]}, "d": "", "e": "x=y"}


@pytest.mark.parametrize(
    "words", [["greeting"], ["=x"], [":=1"], ["a=1", "a=2"], ["a=1", "a:=2"], ["a:=nope"]]
)
def test_a_word_that_is_no_setting_is_refused_without_its_value(words: list[str]) -> None:
    with pytest.raises(InvalidUsage) as caught:
        read_words(words)

    assert "nope" not in caught.value.message


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("text=2", "2"),
        ("count=2", 2),
        ("count=-2", -2),
        ("share=2", 2),
        ("share=0.5", 0.5),
        ("is_on=true", True),
        ("is_on=false", False),
        ("maybe=null", None),
        ("maybe=7", 7),
        ("either=7", "7"),
        ("chosen=1", "1"),
        ("list=1", "1"),
        ("referred=3", 3),
        ("twice=3", 3),
        ("lost=3", "3"),
        ("unknown=3", "3"),
        ('count:="2"', "2"),
    ],
)
def test_a_word_is_what_the_schema_says_the_setting_is(word: str, value: Any) -> None:
    (given,) = read_words([word]).typed(SCHEMA).values()

    assert (given, type(given)) == (value, type(value))


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("count=two", 'Field "/count" of the configuration must be a whole number.'),
        ("count=2.5", 'Field "/count" of the configuration must be a whole number.'),
        ("count=true", 'Field "/count" of the configuration must be a whole number.'),
        ("count=", 'Field "/count" of the configuration must be a whole number.'),
        ("share=NaN", 'Field "/share" of the configuration must be a number.'),
        ("share=1,5", 'Field "/share" of the configuration must be a number.'),
        ("is_on=yes", 'Field "/is_on" of the configuration must be true or false.'),
        ("is_on=1", 'Field "/is_on" of the configuration must be true or false.'),
        ("maybe=none", 'Field "/maybe" of the configuration must be a whole number or null.'),
    ],
)
def test_a_word_that_the_schema_cannot_mean_is_refused_by_the_name_of_the_field(
    word: str, reason: str
) -> None:
    with pytest.raises(InvalidInstallConfig) as caught:
        read_words([word]).typed(SCHEMA)

    key = word.partition("=")[0]
    assert caught.value.message.startswith(reason)
    assert f"/{key}" in str(caught.value.details)


def test_a_schema_that_leads_in_a_circle_leaves_a_text() -> None:
    circle: dict[str, JsonValue] = {
        "properties": {"a": {"$ref": "#/$defs/a"}},
        "$defs": {"a": {"$ref": "#/$defs/a"}},
    }

    assert read_words(["a=1"]).typed(circle) == {"a": "1"}
