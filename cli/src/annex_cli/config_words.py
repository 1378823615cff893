"""Settings written as words: each becomes the number, flag or text that the version's schema asks for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from annex_cli.errors import InvalidInstallConfig, InvalidUsage
from annex_shared.display_text import shown
from annex_shared.strict_json import NotStrictJson, read_strict_json

Config = dict[str, JsonValue]
Schema = Mapping[str, JsonValue]

_LOCAL: Final = "#/$defs/"
_KINDS: Final[Mapping[str, tuple[str, Callable[[JsonValue], bool]]]] = {
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "number": ("a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "null": ("null", lambda value: value is None),
}


@dataclass(frozen=True, slots=True)
class ConfigWords:
    """What words set: ``texts`` as they were typed, ``values`` written as JSON."""

    texts: Mapping[str, str]
    values: Config

    def typed(self, schema: Schema | None) -> Config:
        """Give every text the type that the schema names for it. Raises InvalidInstallConfig.

        Without a schema, and where it takes a text or says nothing that one word can be, a text stays one.
        """
        kinds = {key: _kinds(schema, key) for key in self.texts}
        return {**{key: _typed(key, text, kinds[key]) for key, text in self.texts.items()}, **self.values}


def read_words(words: Iterable[str]) -> ConfigWords:
    """Read `KEY=VALUE` and `KEY:=JSON`. Raises InvalidUsage, without repeating a value."""
    texts: dict[str, str] = {}
    values: Config = {}
    for word in words:
        key, found, value = word.partition("=")
        is_json = key.endswith(":")
        key = key.removesuffix(":")
        if not found or not key:
            raise InvalidUsage(
                f'"{shown(key, limit=80)}" is no setting. Write KEY=VALUE, or KEY:=VALUE for a value in JSON.'
            )
        if key in texts or key in values:
            raise InvalidUsage(f'"{shown(key, limit=80)}" is set twice.')
        if is_json:
            values[key] = _json(key, value)
        else:
            texts[key] = value
    return ConfigWords(texts, values)


def _json(key: str, text: str) -> JsonValue:
    try:
        return read_strict_json(text.encode())
    except NotStrictJson as reason:
        raise InvalidUsage(f'The value of "{shown(key, limit=80)}" is not JSON: {reason}.') from None


def _kinds(schema: Schema | None, key: str) -> tuple[str, ...]:
    """Name the types of one setting if one word can be each of them and none of them is a text."""
    properties = (schema or {}).get("properties")
    declared = _resolved(schema or {}, properties.get(key) if isinstance(properties, dict) else None)
    named = declared.get("type")
    kinds = tuple(str(kind) for kind in named) if isinstance(named, list) else (str(named),)
    return kinds if all(kind in _KINDS for kind in kinds) else ()


def _resolved(root: Schema, declared: JsonValue) -> Config:
    """Follow references within the schema; the platform took none that comes back to itself."""
    definitions = root.get("$defs")
    followed = 0
    while isinstance(declared, dict) and isinstance(declared.get("$ref"), str) and "type" not in declared:
        name = str(declared["$ref"]).removeprefix(_LOCAL)
        followed += 1
        if not isinstance(definitions, dict) or followed > len(definitions):
            return {}
        declared = definitions.get(name)
    return declared if isinstance(declared, dict) else {}


def _typed(key: str, text: str, kinds: tuple[str, ...]) -> JsonValue:
    if not kinds:
        return text
    try:
        value = read_strict_json(text.encode())
    except NotStrictJson:
        raise _refused(key, kinds) from None
    if not any(_KINDS[kind][1](value) for kind in kinds):
        raise _refused(key, kinds)
    return value


def _refused(key: str, kinds: tuple[str, ...]) -> InvalidInstallConfig:
    """Say it as the platform says it of a file: by the field, never by the value."""
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    reason = "must be " + " or ".join(_KINDS[kind][0] for kind in kinds)
    return InvalidInstallConfig(
        f'Field "{shown(pointer, limit=120)}" of the configuration {reason}. Nothing was changed.',
        details={"errors": [{"pointer": shown(pointer, limit=500), "message": reason}]},
    )
