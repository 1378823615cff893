"""Keys: each means one thing, whatever case it is typed in."""

import pytest

from annex_cli.dev.keyboard import MEANINGS, Key, key_of


@pytest.mark.parametrize("key", list(Key), ids=lambda key: key.name.lower())
def test_a_key_is_heard_in_both_cases_and_has_a_meaning(key: Key) -> None:
    assert key_of(key.value) is key_of(key.value.upper()) is key
    assert MEANINGS[key]


@pytest.mark.parametrize("character", ["", "y", "\x1b", "ö"], ids=["nothing", "y", "escape", "umlaut"])
def test_any_other_key_means_nothing(character: str) -> None:
    assert key_of(character) is None
