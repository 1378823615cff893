import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.strict_json import NotStrictJson, read_strict_json

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_what_json_writes_is_read_back(document: object) -> None:
    data = json.dumps(document).encode()

    assert read_strict_json(data) == document


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a": 1, "a": 2}', 'the key "a" occurs twice'),
        (b'{"x": {"a": 1, "b": 2, "a": 3}}', 'the key "a" occurs twice'),
        (b"NaN", "NaN is not"),
        (b"[Infinity]", "Infinity is not"),
        (b"[-Infinity]", "-Infinity is not"),
        (b"1e999", "1e999 is too large"),
        (b"[" * 65 + b"]" * 65, "more than 64 levels"),
        (b'{"a":' * 100_000, "more than 64 levels"),
        (b"9" * 5000, "too many digits"),
        (b'"\\u0000"', "U+0000"),
        (b'{"\\ud800": 1}', "surrogate"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        (b"\xff", "not UTF-8"),
        (b"", "line 1, column 1"),
        (b"{} {}", "line 1, column 4"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a":\n1,}', "line 2"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotStrictJson, match=re.escape(reason)):
        read_strict_json(data)


def test_brackets_in_texts_are_not_nesting() -> None:
    document = {"a": "[" * 1000 + '"' + "{" * 1000, "b": "\\"}

    assert read_strict_json(json.dumps(document).encode()) == document


def test_sixty_four_levels_are_read() -> None:
    assert read_strict_json(b"[" * 64 + b"]" * 64)


@given(st.binary(max_size=200))
def test_garbage_is_read_or_refused(data: bytes) -> None:
    try:
        document = read_strict_json(data)
    except NotStrictJson:
        return

    assert json.dumps(document, allow_nan=False).encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "data", [b'"' + b'\\"' * 500_000, b'"' * 1_000_001, b"[]" * 500_000, b'"\\' * 500_000]
)
def test_a_megabyte_of_malice_is_refused_in_linear_time(data: bytes) -> None:
    with pytest.raises(NotStrictJson):
        read_strict_json(data)
