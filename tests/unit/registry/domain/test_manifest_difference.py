"""The first difference of two documents, as a JSON pointer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from annex_registry.domain.manifest_difference import first_difference

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("declared", "found", "pointer"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1}, {"a": 1.0}, None),
        ({"a": [], "b": {}}, {"b": {}, "a": []}, None),
        ({"a": 1}, {"a": 2}, "/a"),
        ({"a": 1}, {"a": True}, "/a"),
        ({"a": 0}, {"a": False}, "/a"),
        ({"a": None}, {}, "/a"),
        ({}, {"b": 1}, "/b"),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, "/a"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "/a/1"),
        ({"a": [1]}, {"a": [1, 2]}, "/a/1"),
        ({"a": [1, 2]}, {"a": [1]}, "/a/1"),
        ({"x-a/b~c": 1}, {"x-a/b~c": 2}, "/x-a~1b~0c"),
        ({"a": {"b": {"c": "1"}}}, {"a": {"b": {"c": 1}}}, "/a/b/c"),
        ({"a": {}}, {"a": []}, "/a"),
        ([], {}, ""),
        ("x", "y", ""),
    ],
)
def test_the_pointer_names_the_first_difference(
    declared: JsonValue, found: JsonValue, pointer: str | None
) -> None:
    assert first_difference(declared, found) == pointer


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_its_copy(document: JsonValue) -> None:
    assert first_difference(document, json.loads(json.dumps(document))) is None


@given(DOCUMENTS, DOCUMENTS)
def test_documents_written_differently_differ_and_in_both_directions(
    left: JsonValue, right: JsonValue
) -> None:
    are_written_alike = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)

    pointers = {first_difference(left, right), first_difference(right, left)}

    assert len(pointers) == 1
    assert (pointers == {None}) == are_written_alike
