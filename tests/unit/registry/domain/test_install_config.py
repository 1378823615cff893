"""A configuration is judged by its schema, field by field, and read with the schema's defaults."""

from typing import Any

import pytest

from annex_registry.domain.errors import InvalidInstallConfig
from annex_registry.domain.install_config import (
    MAX_CONFIG_DEPTH,
    MAX_CONFIG_VALUES,
    as_texts,
    effective_config,
)
from annex_shared.display_text import shown

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["endpoint"],
    "$defs": {"day": {"type": "integer", "minimum": 1, "maximum": 31, "default": 1}},
    "properties": {
        "endpoint": {"type": "string", "pattern": "^https://", "maxLength": 40},
        "retries": {"type": "integer", "minimum": 0, "default": 3, "multipleOf": 3},
        "mode": {"enum": ["fast", "safe"]},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "maxItems": 3},
        "report": {
            "type": "object",
            "default": {},
            "properties": {"day": {"$ref": "#/$defs/day"}, "to": {"type": "string", "default": "all"}},
        },
        "either": {"anyOf": [{"const": True}, {"type": "null"}]},
    },
}
WHOLE: dict[str, Any] = {"endpoint": "https://a.example"}


def _errors(config: dict[str, Any], schema: dict[str, Any] | None = SCHEMA) -> list[Any]:
    with pytest.raises(InvalidInstallConfig) as refused:
        effective_config(config, schema)
    assert "Nothing was changed." in refused.value.message
    errors = refused.value.details["errors"]
    assert isinstance(errors, list)
    return [(error["pointer"], error["message"]) for error in errors if isinstance(error, dict)]


def test_defaults_are_filled_in_also_inside_objects() -> None:
    effective = effective_config({**WHOLE, "report": {"day": 5}}, SCHEMA)

    assert effective == {**WHOLE, "retries": 3, "report": {"day": 5, "to": "all"}}


def test_what_was_chosen_wins_over_defaults_and_stays_as_it_is() -> None:
    chosen = {**WHOLE, "retries": 0}

    effective = effective_config(chosen, SCHEMA)

    assert effective["retries"] == 0
    assert chosen == {**WHOLE, "retries": 0}


@pytest.mark.parametrize(
    ("config", "errors"),
    [
        ({}, [("/endpoint", "is missing")]),
        ({**WHOLE, "colour": "red"}, [("/colour", "is not a field of this version")]),
        ({"endpoint": 1}, [("/endpoint", "must be of type string")]),
        ({"endpoint": "ftp://x"}, [("/endpoint", 'must match the pattern "^https://"')]),
        ({"endpoint": "https://" + "x" * 40}, [("/endpoint", "must have at most 40 characters")]),
        ({**WHOLE, "retries": -3}, [("/retries", "must be at least 0")]),
        ({**WHOLE, "retries": 4}, [("/retries", "must be a multiple of 3")]),
        ({**WHOLE, "retries": True}, [("/retries", "must be of type integer")]),
        ({**WHOLE, "mode": "slow"}, [("/mode", 'must be one of ["fast", "safe"]')]),
        ({**WHOLE, "tags": ["a", 1]}, [("/tags/1", "must be of type string")]),
        ({**WHOLE, "tags": ["a", "a"]}, [("/tags", 'breaks the rule "uniqueItems" of its schema')]),
        ({**WHOLE, "report": {"day": 32}}, [("/report/day", "must be at most 31")]),
        ({**WHOLE, "either": False}, [("/either", 'breaks the rule "anyOf" of its schema')]),
        ({"retries": "x", "tags": 1}, [("/endpoint", "is missing"), ("/retries", "must be of type integer"),
                                       ("/tags", "must be of type array")]),
    ],
)  # fmt: skip
def test_every_field_that_does_not_fit_is_named_with_the_rule(
    config: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert _errors(config) == errors


def test_a_refusal_does_not_repeat_what_was_configured() -> None:
    with pytest.raises(InvalidInstallConfig) as refused:
        effective_config({"endpoint": "confidential"}, SCHEMA)

    assert "confidential" not in str((refused.value.message, refused.value.details))


def test_without_a_schema_every_value_is_a_text() -> None:
    assert effective_config({"a": "b"}, None) == {"a": "b"}
    assert _errors({"a": 1}, None) == [("/a", "must be a text: this version declares no schema")]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"a": {"b": ["x\0"]}}, "/a/b/0"),
        ({"a": {"b\0": 1}}, "/a/b\0"),
        ({"a": float("nan")}, "/a"),
        ({"a": float("inf")}, "/a"),
        ({"a b": 1}, "/a b"),
        ({"a": [0] * (MAX_CONFIG_VALUES + 1)}, ""),
    ],
)
def test_what_cannot_be_kept_is_refused_whatever_the_schema(config: dict[str, Any], pointer: str) -> None:
    assert [place for place, _ in _errors(config, {"type": "object"})] == [shown(pointer)]


def test_a_configuration_is_bounded_in_depth() -> None:
    value: Any = "x"
    for _ in range(MAX_CONFIG_DEPTH):
        value = [value]

    assert _errors({"a": value}, {"type": "object"})[0][0] == ""


def test_a_default_that_breaks_its_own_schema_is_refused_like_any_value() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "default": "three"}}}

    assert _errors({}, schema) == [("/n", "must be of type integer")]


def test_a_hostile_pattern_is_judged_at_once() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}

    assert _errors({"a": "a" * 50_000 + "!"}, schema) == [("/a", 'must match the pattern "^(a+)+$"')]


def test_the_extension_reads_texts() -> None:
    assert as_texts({"a": "ü", "b": 3, "c": True, "d": {"e": [None]}}) == {
        "a": "ü",
        "b": "3",
        "c": "true",
        "d": '{"e":[null]}',
    }
