"""An install's configuration: judged by the version's schema, completed with its defaults."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from pydantic import JsonValue

from annex_registry.domain.errors import InvalidInstallConfig
from annex_shared.display_text import shown
from annex_shared.manifest.config_schema import matches

Config = Mapping[str, JsonValue]

MAX_CONFIG_BYTES = 64 * 1024
# With the limits of a schema they bound the work of judging one configuration.
MAX_CONFIG_VALUES = 1000
MAX_CONFIG_DEPTH = 16
_MAX_LISTED = 20
_TOO_MUCH = f"holds more than {MAX_CONFIG_VALUES:,} values, or more than {MAX_CONFIG_DEPTH} levels"
_CONFIG_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def effective_config(config: Config, schema: Config | None) -> dict[str, JsonValue]:
    """Return what the extension reads: the configuration with the schema's defaults.

    Raises InvalidInstallConfig, which lists every field that the schema refuses. Without a schema the values
    are texts.
    """
    _refuse_unstorable(config)
    if schema is None:
        for name, value in config.items():
            if not isinstance(value, str):
                raise _refusal([(f"/{_step(name)}", "must be a text: this version declares no schema")])
        return dict(config)
    completed: dict[str, JsonValue] = _with_defaults(dict(config), schema, schema)
    # A default may be as large as its schema.
    _refuse_unstorable(completed)
    found = sorted(_VALIDATOR(schema).iter_errors(completed), key=lambda error: list(map(str, error.path)))
    if found:
        raise _refusal([finding for error in found for finding in _findings(error)])
    return completed


def as_texts(config: Config) -> dict[str, str]:
    """Write every value as the text an extension is handed: texts as they are, anything else as JSON."""
    return {
        name: value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        for name, value in config.items()
    }


def _with_defaults(value: Any, schema: Any, root: Config) -> Any:
    """Fill in what is absent, in objects that are there; a default is judged like any other value."""
    if isinstance(schema, dict) and "$ref" in schema:
        definitions: Any = root["$defs"]
        value = _with_defaults(value, definitions[str(schema["$ref"]).rpartition("/")[2]], root)
    if not isinstance(schema, dict) or not isinstance(value, dict):
        return value
    for name, member in (schema.get("properties") or {}).items():
        if name not in value and isinstance(member, dict) and "default" in member:
            value = {**value, name: member["default"]}
        if name in value:
            value = {**value, name: _with_defaults(value[name], member, root)}
    return value


def _refuse_unstorable(config: Config) -> None:
    for name in config:
        if _CONFIG_NAME.fullmatch(name) is None:
            raise _refusal(
                [
                    (
                        f"/{_step(shown(name, limit=80))}",
                        'has a name that is not allowed: use letters, digits, "_", "." and "-", 128 at most',
                    )
                ]
            )
    for count, (pointer, value, depth) in enumerate(_values(config, "", 0)):
        if count > MAX_CONFIG_VALUES or depth > MAX_CONFIG_DEPTH:
            raise _refusal([("", _TOO_MUCH)])
        if isinstance(value, str) and "\0" in value:
            raise _refusal([(pointer, "must hold no NUL")])
        if isinstance(value, float) and not math.isfinite(value):
            raise _refusal([(pointer, "must be a finite number")])
    size = len(json.dumps(dict(config), ensure_ascii=False).encode())
    if size > MAX_CONFIG_BYTES:
        raise InvalidInstallConfig(
            f"The configuration has {size:,} bytes; at most {MAX_CONFIG_BYTES:,} are allowed. "
            "Nothing was changed.",
            details={"size_bytes": size, "limit_bytes": MAX_CONFIG_BYTES},
        )


def _values(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, Any, int]]:
    """Walk every value and, as a text, every key; whoever walks stops at the depth it allows."""
    yield pointer, value, depth
    if isinstance(value, dict):
        for key, member in value.items():
            place = f"{pointer}/{_step(key)}"
            yield place, key, depth + 1
            yield from _values(member, place, depth + 1)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _values(member, f"{pointer}/{index}", depth + 1)


def _refusal(findings: list[tuple[str, str]]) -> InvalidInstallConfig:
    pointer, reason = findings[0]
    more = f" {len(findings) - 1} more listed." if len(findings) > 1 else ""
    field = f'Field "{shown(pointer, limit=120)}" of the configuration' if pointer else "The configuration"
    return InvalidInstallConfig(
        f"{field} {reason}. Nothing was changed.{more}",
        details={
            "errors": [
                {"pointer": shown(place, limit=500), "message": message}
                for place, message in findings[:_MAX_LISTED]
            ]
        },
    )


def _findings(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Describe a finding by its rule, never by the value: configuration may be confidential."""
    pointer = "".join(f"/{_step(str(step))}" for step in error.absolute_path)
    rule: Any = error.validator_value
    match error.validator:
        case "required":
            yield from ((f"{pointer}/{_step(name)}", "is missing") for name in _missing(error))
        case "additionalProperties":
            yield from (
                (f"{pointer}/{_step(name)}", "is not a field of this version") for name in _extra(error)
            )
        case "type":
            yield pointer, f"must be of type {' or '.join(rule) if isinstance(rule, list) else rule}"
        case "enum":
            yield pointer, f"must be one of {_short(rule)}"
        case "const":
            yield pointer, f"must be {_short(rule)}"
        case str(keyword) if keyword in _SENTENCES:
            yield pointer, _SENTENCES[keyword].format(_short(rule))
        case keyword:
            yield pointer, f'breaks the rule "{keyword}" of its schema'


def _missing(error: ValidationError) -> list[str]:
    """Name the missing field of a finding: there is one finding for each."""
    names: Any = error.validator_value
    return [name for name in names if name not in error.instance and error.message.startswith(repr(name))]


def _extra(error: ValidationError) -> list[str]:
    known: Any = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    return [name for name in error.instance if name not in known]


_SENTENCES = {
    "pattern": "must match the pattern {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be above {}",
    "exclusiveMaximum": "must be below {}",
    "multipleOf": "must be a multiple of {}",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} fields",
    "maxProperties": "must have at most {} fields",
}


def _short(value: JsonValue) -> str:
    return shown(json.dumps(value, ensure_ascii=False), limit=200)


def _step(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Judge by an automaton: Python's own expressions can take for ever over a short text."""
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError("does not match")


def _unique(_validator: Any, is_unique: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Compare written values: pair by pair takes the square of their number."""
    if is_unique and isinstance(instance, list):
        written = {json.dumps(_as_number(member), sort_keys=True) for member in instance}
        if len(written) < len(instance):
            yield ValidationError("has equal items")


def _as_number(value: Any) -> Any:
    """Write 1.0 as 1, which JSON Schema holds equal."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _as_number(member) for key, member in value.items()}
    return [_as_number(member) for member in value] if isinstance(value, list) else value


_VALIDATOR = extend(Draft202012Validator, {"pattern": _pattern, "uniqueItems": _unique})
