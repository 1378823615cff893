"""The schema of an install's configuration: the part of JSON Schema 2020-12 that a manifest may use.

Everything here can be judged in bounded time: no reference leaves the schema or comes back to itself, the
number of subschemas is limited with references written out, and patterns are those of an automaton.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import JsonValue
from pydantic_core import SchemaError, SchemaValidator, core_schema

from annex_shared.display_text import shown

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_BYTES: Final = 64 * 1024
MAX_SCHEMA_DEPTH: Final = 16
MAX_SUBSCHEMAS: Final = 256
MAX_PATTERN: Final = 256
MAX_PROPERTY_NAME: Final = 128
_LOCAL: Final = "#/$defs/"
_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})

JsonObject = Mapping[str, JsonValue]


class UnusableConfigSchema(ValueError):
    """What is wrong with a schema; ``pointer`` says where in it."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f'The schema of the configuration at "{pointer or "/"}" is not usable: {reason}.')
        self.pointer = pointer


def checked_config_schema(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the schema if the platform can judge configurations by it. Raises UnusableConfigSchema."""
    size = len(json.dumps(schema, ensure_ascii=False).encode("utf-8", "replace"))
    if size > MAX_SCHEMA_BYTES:
        raise UnusableConfigSchema("", f"it has {size:,} bytes; at most {MAX_SCHEMA_BYTES:,} are allowed")
    if schema.get("type") != "object":
        raise UnusableConfigSchema("/type", 'a configuration is an object: write "type": "object"')
    _Check(schema).subschema(schema, "", depth=0, following=())
    return schema


def matches(pattern: str, text: str) -> bool:
    """Search the text in time proportional to its length, whatever the pattern."""
    return _automaton(pattern).isinstance_python(text)


def _automaton(pattern: str) -> SchemaValidator:
    """Compile a pattern. Raises SchemaError for what only backtracking matches, such as look-around."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True))


class _Check:
    """One walk over a schema, references written out."""

    def __init__(self, root: JsonObject) -> None:
        self._root = root
        self._count = 0

    def subschema(self, schema: JsonValue, pointer: str, *, depth: int, following: tuple[str, ...]) -> None:
        self._count += 1
        if self._count > MAX_SUBSCHEMAS:
            raise UnusableConfigSchema(
                pointer, f"it has more than {MAX_SUBSCHEMAS} subschemas with every $ref written out"
            )
        if depth > MAX_SCHEMA_DEPTH:
            raise UnusableConfigSchema(pointer, f"it is nested more than {MAX_SCHEMA_DEPTH} levels deep")
        if isinstance(schema, bool):
            return
        if not isinstance(schema, dict):
            raise UnusableConfigSchema(pointer, "a schema is an object, true or false")
        for keyword, value in schema.items():
            place = f"{pointer}/{_step(keyword)}"
            if keyword in _SUBSCHEMA_KEYWORDS:
                self.subschema(value, place, depth=depth + 1, following=following)
            elif keyword in _SUBSCHEMA_LISTS:
                self._list(value, place, depth, following)
            elif keyword in _SUBSCHEMA_MAPS:
                self._map(keyword, value, place, depth, following)
            elif keyword == "$ref":
                self._reference(value, place, depth, following)
            else:
                _check_plain(keyword, value, place, is_root=not pointer)

    def _list(self, value: JsonValue, place: str, depth: int, following: tuple[str, ...]) -> None:
        if not isinstance(value, list) or not value:
            raise UnusableConfigSchema(place, "it must be a list of at least one schema")
        for index, member in enumerate(value):
            self.subschema(member, f"{place}/{index}", depth=depth + 1, following=following)

    def _map(
        self, keyword: str, value: JsonValue, place: str, depth: int, following: tuple[str, ...]
    ) -> None:
        if not isinstance(value, dict):
            raise UnusableConfigSchema(place, "it must be an object of schemas")
        for name, member in value.items():
            if len(name) > MAX_PROPERTY_NAME:
                raise UnusableConfigSchema(place, f"a name in it is longer than {MAX_PROPERTY_NAME}")
            if keyword == "$defs" and depth > 0:
                raise UnusableConfigSchema(place, "$defs stands at the top only")
            inside = (name,) if keyword == "$defs" else following
            self.subschema(member, f"{place}/{_step(name)}", depth=depth + 1, following=inside)

    def _reference(self, value: JsonValue, place: str, depth: int, following: tuple[str, ...]) -> None:
        name = value.removeprefix(_LOCAL) if isinstance(value, str) and value.startswith(_LOCAL) else None
        definitions = self._root.get("$defs")
        if name is None or "/" in name or not isinstance(definitions, dict) or name not in definitions:
            raise UnusableConfigSchema(
                place, f'a $ref names a definition of this schema, as in "{_LOCAL}name"; nothing is fetched'
            )
        if name in following:
            raise UnusableConfigSchema(place, "a definition must not refer back to itself")
        self.subschema(definitions[name], place, depth=depth + 1, following=(*following, name))


def _check_plain(keyword: str, value: JsonValue, place: str, *, is_root: bool) -> None:
    rule = _PLAIN_KEYWORDS.get(keyword)
    if rule is None:
        known = ", ".join(sorted(_EVERY_KEYWORD))
        raise UnusableConfigSchema(
            place, f'"{shown(keyword, limit=80)}" is not supported. Supported: {known}'
        )
    is_right, expected = rule
    if keyword == "$schema" and not is_root:
        raise UnusableConfigSchema(place, "$schema stands at the top only")
    if not is_right(value):
        raise UnusableConfigSchema(place, f"it must be {expected}")


def _is_pattern(value: JsonValue) -> bool:
    if not isinstance(value, str) or len(value) > MAX_PATTERN:
        return False
    try:
        _automaton(value)
    except SchemaError:
        return False
    return True


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str)


def _is_flag(value: JsonValue) -> bool:
    return isinstance(value, bool)


def _is_type(value: JsonValue) -> bool:
    if isinstance(value, list):
        names = [name for name in value if isinstance(name, str)]
        return bool(value) and len(names) == len(value) == len(set(names)) and set(names) <= _TYPES
    return isinstance(value, str) and value in _TYPES


def _is_names(value: JsonValue) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) for name in value)
        and len({str(name) for name in value}) == len(value)
    )


def _is_choice(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value)


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, list)


def _is_anything(_value: JsonValue) -> bool:
    return True


def _step(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


_Rule = tuple[Callable[[Any], bool], str]
_COUNT: Final[_Rule] = (_is_count, "a whole number that is not negative")
_NUMBER: Final[_Rule] = (_is_number, "a number")
_TEXT: Final[_Rule] = (_is_text, "a text")
_FLAG: Final[_Rule] = (_is_flag, "true or false")
_ANYTHING: Final[_Rule] = (_is_anything, "a value")
_PLAIN_KEYWORDS: Final[dict[str, _Rule]] = {
    "$schema": (lambda value: value == DIALECT, f'"{DIALECT}"'),
    "$comment": _TEXT,
    "title": _TEXT,
    "description": _TEXT,
    # Said to whoever fills the form in; not judged.
    "format": _TEXT,
    "examples": (_is_list, "a list"),
    "deprecated": _FLAG,
    "default": _ANYTHING,
    "type": (_is_type, f"one of {', '.join(sorted(_TYPES))}, or a list of different ones"),
    "enum": (_is_choice, "a list of at least one value"),
    "const": _ANYTHING,
    "required": (_is_names, "a list of different names"),
    "minProperties": _COUNT,
    "maxProperties": _COUNT,
    "minItems": _COUNT,
    "maxItems": _COUNT,
    "uniqueItems": _FLAG,
    "minLength": _COUNT,
    "maxLength": _COUNT,
    "pattern": (
        _is_pattern,
        f"a regular expression of {MAX_PATTERN} characters at most, without look-around and back-references",
    ),
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "exclusiveMinimum": _NUMBER,
    "exclusiveMaximum": _NUMBER,
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number above 0"),
}
_SUBSCHEMA_KEYWORDS: Final = frozenset(
    {"additionalProperties", "propertyNames", "items", "contains", "not", "if", "then", "else"}
)
_SUBSCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf"})
_SUBSCHEMA_MAPS: Final = frozenset({"properties", "$defs"})
_EVERY_KEYWORD: Final = {
    *_PLAIN_KEYWORDS,
    *_SUBSCHEMA_KEYWORDS,
    *_SUBSCHEMA_LISTS,
    *_SUBSCHEMA_MAPS,
    "$ref",
}
