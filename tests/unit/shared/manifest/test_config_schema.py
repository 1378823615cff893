"""Which schemas of a configuration a manifest may declare: bounded, closed, and judged in bounded time."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from annex_shared.manifest import InvalidManifest, UnusableConfigSchema, checked_config_schema, parse_manifest
from annex_shared.manifest.config_schema import MAX_SCHEMA_DEPTH, MAX_SUBSCHEMAS, matches

GOOD: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Notes",
    "additionalProperties": False,
    "required": ["endpoint"],
    "$defs": {"short": {"type": "string", "maxLength": 10}},
    "properties": {
        "endpoint": {"type": "string", "pattern": "^https://[a-z.]+$", "format": "uri"},
        "retries": {"type": "integer", "minimum": 0, "maximum": 9, "default": 3},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/short"}, "maxItems": 5, "uniqueItems": True},
        "mode": {"enum": ["a", "b", None]},
        "limits": {"type": ["object", "null"], "properties": {"days": {"exclusiveMinimum": 0}}},
        "choice": {"oneOf": [{"const": 1}, {"not": {"type": "integer"}}]},
    },
}


def _with(**fields: Any) -> dict[str, Any]:
    return {"type": "object", **fields}


def _nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def test_a_usual_schema_is_taken() -> None:
    assert checked_config_schema(GOOD) is GOOD
    Draft202012Validator.check_schema(GOOD)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({}, "/type"),
        ({"type": "array"}, "/type"),
        (_with(properties=[]), "/properties"),
        (_with(properties={"a": 1}), "/properties/a"),
        (_with(properties={"a": {"type": "text"}}), "/properties/a/type"),
        (_with(properties={"a": {"type": []}}), "/properties/a/type"),
        (_with(properties={"a": {"type": ["string", "string"]}}), "/properties/a/type"),
        (_with(properties={"a": {"typ": "string"}}), "/properties/a/typ"),
        (_with(properties={"a/b": {"minLength": -1}}), "/properties/a~1b/minLength"),
        (_with(properties={"a": {"minLength": True}}), "/properties/a/minLength"),
        (_with(properties={"a": {"minimum": "1"}}), "/properties/a/minimum"),
        (_with(properties={"a": {"multipleOf": 0}}), "/properties/a/multipleOf"),
        (_with(properties={"a": {"enum": []}}), "/properties/a/enum"),
        (_with(properties={"a": {"anyOf": []}}), "/properties/a/anyOf"),
        (_with(properties={"a": {"items": [{}]}}), "/properties/a/items"),
        (_with(properties={"a" * 129: {}}), "/properties"),
        (_with(required="a"), "/required"),
        (_with(required=["a", "a"]), "/required"),
        (_with(required=["a", 1]), "/required"),
        (_with(uniqueItems=1), "/uniqueItems"),
        (_with(**{"$schema": "http://json-schema.org/draft-07/schema#"}), "/$schema"),
        (_with(properties={"a": {"$schema": "x"}}), "/properties/a/$schema"),
        (_with(patternProperties={"^a": {}}), "/patternProperties"),
        (_with(**{"$id": "https://example.dev/s"}), "/$id"),
        (_with(**{"$dynamicRef": "#a"}), "/$dynamicRef"),
        # References: only to definitions of the schema itself, and never round in a circle.
        (_with(**{"$ref": "https://example.dev/schema.json"}), "/$ref"),
        (_with(**{"$ref": "file:///etc/passwd"}), "/$ref"),
        (_with(**{"$ref": "#"}), "/$ref"),
        (_with(**{"$ref": "#/$defs/none"}), "/$ref"),
        (_with(**{"$ref": 1}), "/$ref"),
        (_with(**{"$defs": {"a": {"$ref": "#/$defs/a"}}}), "/$defs/a/$ref"),
        (
            _with(**{"$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
            "/$defs/a/items/$ref/not/$ref",
        ),
        (_with(properties={"a": {"$defs": {}}, "b": {"$defs": {"x": {}}}}), "/properties/b/$defs"),
        # Patterns: what an automaton can match.
        (_with(properties={"a": {"pattern": "("}}), "/properties/a/pattern"),
        (_with(properties={"a": {"pattern": "(?=a)b"}}), "/properties/a/pattern"),
        (_with(properties={"a": {"pattern": r"(a)\1"}}), "/properties/a/pattern"),
        (_with(properties={"a": {"pattern": "a" * 257}}), "/properties/a/pattern"),
        (_with(properties={"a": {"pattern": "(a{1000}){1000}"}}), "/properties/a/pattern"),
    ],
)
def test_an_unusable_schema_is_refused_by_its_place(schema: dict[str, Any], pointer: str) -> None:
    with pytest.raises(UnusableConfigSchema) as refused:
        checked_config_schema(schema)

    assert refused.value.pointer == pointer
    assert f'"{pointer}"' in str(refused.value)


def test_a_schema_is_bounded_in_depth_number_and_size() -> None:
    assert checked_config_schema(_nested(MAX_SCHEMA_DEPTH))
    # Each doubles what the one before it comes to.
    doubling = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(12)} | {"d12": {}}
    for schema in (
        _nested(MAX_SCHEMA_DEPTH + 1),
        _with(properties={f"p{n}": {} for n in range(MAX_SUBSCHEMAS)}),
        _with(**{"$defs": doubling}),
        _with(description="x" * 70_000),
    ):
        with pytest.raises(UnusableConfigSchema):
            checked_config_schema(schema)


def test_whatever_is_taken_is_json_schema() -> None:
    values: list[Any] = [None, True, -1, 0, 1.5, "text", [], ["a"], ["a", "a"], {}, {"a": {}}, [{}]]
    keywords = [*Draft202012Validator.META_SCHEMA["properties"], "type", "properties", "minimum", "pattern"]
    vocabularies = ("core", "applicator", "validation", "meta-data")
    for keyword in {*keywords, *_keywords_of(vocabularies)}:
        for value in values:
            schema = _with(properties={"field": {keyword: value}})
            try:
                checked_config_schema(schema)
            except UnusableConfigSchema:
                continue
            Draft202012Validator.check_schema(schema)


def _keywords_of(vocabularies: tuple[str, ...]) -> set[str]:
    from jsonschema_specifications import REGISTRY  # noqa: PLC0415 - needed by one test

    root = "https://json-schema.org/draft/2020-12/meta/"
    return {key for name in vocabularies for key in REGISTRY.contents(root + name)["properties"]}


def test_a_pattern_that_makes_backtracking_take_for_ever_is_matched_at_once() -> None:
    assert not matches("^(a+)+$", "a" * 60_000 + "!")
    assert not matches(r"^(\w+\s?)*$", "word " * 10_000 + "!")
    assert matches("b", "abc")


def test_a_manifest_with_an_unusable_schema_is_refused_with_the_place_in_it() -> None:
    manifest = {
        "name": "notes",
        "version": "1.0.0",
        "runtime": "wasm-js@1",
        "configSchema": _with(properties={"a": {"pattern": "("}}),
    }

    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(json.dumps(manifest).encode())

    assert '"/properties/a/pattern"' in refused.value.message
    assert refused.value.details["errors"][0]["pointer"] == "/configSchema"  # type: ignore[index,call-overload]


@pytest.mark.parametrize("days", [0, -1, 3651, "90", None, 1.5])
def test_a_rotation_that_is_no_number_of_days_is_refused(days: Any) -> None:
    manifest = {
        "name": "n",
        "version": "1.0.0",
        "runtime": "wasm-js@1",
        "secretRotation": {"maxAgeDays": days},
    }

    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(json.dumps(manifest).encode())

    assert refused.value.details["errors"][0]["pointer"] == "/secretRotation/maxAgeDays"  # type: ignore[index,call-overload]
