"""The matching rule, against a second, naive reading of the AMQP specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.messaging.topic_match import matches

WORDS = st.sampled_from(["a", "b", "c", ""])
KEYS = st.lists(WORDS, min_size=1, max_size=6).map(".".join)
BINDINGS = st.lists(st.one_of(WORDS, st.sampled_from(["*", "#"])), min_size=1, max_size=6).map(".".join)


def read_naively(binding: list[str], key: list[str]) -> bool:
    """Say what the specification says, one reading at a time."""
    if not binding:
        return not key
    first, rest = binding[0], binding[1:]
    if first == "#":
        return any(read_naively(rest, key[taken:]) for taken in range(len(key) + 1))
    return bool(key) and first in ("*", key[0]) and read_naively(rest, key[1:])


@given(BINDINGS, KEYS)
def test_matching_agrees_with_the_specification(binding: str, key: str) -> None:
    assert matches(binding, key) == read_naively(binding.split("."), key.split("."))


@given(KEYS)
def test_a_binding_without_wildcards_matches_its_own_key(key: str) -> None:
    assert matches(key, key)


@given(st.lists(WORDS, min_size=1, max_size=6), st.data())
def test_a_key_matches_when_any_of_its_words_is_replaced_by_a_star(
    words: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(words) - 1))
    binding = [*words[:place], "*", *words[place + 1 :]]

    assert matches(".".join(binding), ".".join(words))


@pytest.mark.parametrize(
    ("binding", "key"),
    [
        ("version.published.#", "version.published.acme.hello"),
        ("version.#", "version.status.acme.hello"),
        ("install.changed.*", "install.changed.7f1f0e5e-3f2b-4c89-9d9c-111111111111"),
        ("#", "anything.at.all"),
    ],
)
def test_our_bindings_match_our_keys(binding: str, key: str) -> None:
    assert matches(binding, key)


def test_a_binding_full_of_hashes_is_judged_without_trying_all_readings() -> None:
    binding = ".".join(["#", "a"] * 60)

    assert not matches(binding, ".".join(["a"] * 119 + ["b"]))
