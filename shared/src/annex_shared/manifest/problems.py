"""Turn the model's findings into pointers and sentences a person can act on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, JsonValue
from pydantic_core import ErrorDetails

from annex_shared.display_text import shown
from annex_shared.manifest.model import (
    Api,
    Endpoint,
    EventSubscription,
    Manifest,
    MenuHook,
    SecretRotation,
    UiDeclaration,
    UiHooks,
    UiRoute,
)
from annex_shared.manifest.suggestions import nearest

_MAX_SHOWN_VALUE = 60
_EXAMPLES = {"name": "com.acme.invoice-notes", "version": "1.0.0", "runtime": "wasm-js@1", "type": "iframe"}
_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "bool_type": "true or false",
    "literal_error": '"iframe"',
}
_FIELDS_BY_PLACE: dict[str, type[BaseModel]] = {
    "": Manifest,
    "api": Api,
    "api.endpoints[]": Endpoint,
    "events[]": EventSubscription,
    "ui": UiDeclaration,
    "ui.hooks": UiHooks,
    "ui.hooks.appMenu": MenuHook,
    "ui.hooks.clientPortalMenu": MenuHook,
    "ui.routes[]": UiRoute,
    "secretRotation": SecretRotation,
}


@dataclass(frozen=True, slots=True)
class ManifestProblem:
    """One offending place: a JSON pointer, a sentence, and the model's own word for the kind."""

    pointer: str
    message: str
    kind: str

    def to_detail(self) -> dict[str, JsonValue]:
        return {"pointer": self.pointer, "message": self.message}


def problem_of(finding: ErrorDetails, document: JsonValue) -> ManifestProblem:
    """Describe one finding of the model about ``document``."""
    # A finding about a mapping's key carries "[key]" as its last step; the key itself stands before it.
    location = [step for step in finding["loc"] if step != "[key]"]
    return ManifestProblem(
        pointer="".join(f"/{_escaped(step)}" for step in location),
        message=_sentence(finding, location, document),
        kind=finding["type"],
    )


def _sentence(finding: ErrorDetails, location: Sequence[str | int], document: JsonValue) -> str:
    field = _written(location) or "the manifest"
    kind = finding["type"]
    if kind == "missing":
        return _missing(location, document)
    if kind == "value_error" and str(finding["ctx"]["error"]) == "unknown field":
        return _unknown(location)
    if kind == "value_error":
        return _broken_rule(field, finding)
    if kind in _EXPECTED:
        return f"{field} must be {_EXPECTED[kind]}, not {_value(finding['input'])}."
    return finding["msg"]


def _missing(location: Sequence[str | int], document: JsonValue) -> str:
    name = str(location[-1])
    parent = _at(document, location[:-1])
    present = parent.keys() if isinstance(parent, Mapping) else ()
    unknown = [key for key in present if key not in _known_fields(location[:-1])]
    mistyped = next((key for key in unknown if nearest(key, [name])), None)
    where = _written(location)
    if mistyped is not None:
        return f'{where} is missing, but "{shown(mistyped, limit=40)}" is there. Did you mean "{name}"?'
    if name in _EXAMPLES:
        return f'{where} is missing. Add it, for example "{name}": "{_EXAMPLES[name]}".'
    return f"{where} is missing. Add it."


def _unknown(location: Sequence[str | int]) -> str:
    name = str(location[-1])
    meant = nearest(name, _known_fields(()))
    fix = f'Did you mean "{meant}"?' if meant else 'Remove it, or name it with the prefix "x-".'
    return f'unknown field "{shown(name, limit=40)}". {fix}'


def _broken_rule(field: str, finding: ErrorDetails) -> str:
    """Put the field before a rule that begins with a verb; a rule that is a sentence stands alone."""
    reason = str(finding["ctx"]["error"])
    if reason.startswith("must "):
        return f"{field} {reason}; it is {_value(finding['input'])}."
    if reason[:1].islower():
        return f"{field} is {_value(finding['input'])}: {reason}."
    return reason


def _known_fields(place: Sequence[str | int]) -> list[str]:
    model = _FIELDS_BY_PLACE.get(_generic(place))
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _generic(place: Sequence[str | int]) -> str:
    return _written(["[]" if isinstance(step, int) else step for step in place])


def _written(location: Sequence[str | int]) -> str:
    """Write a place as people do: ``api.endpoints[2].path``."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step == "[]":
            text += step
        else:
            text += f".{shown(step, limit=60)}" if text else shown(step, limit=60)
    return text


def _at(document: JsonValue, place: Sequence[str | int]) -> JsonValue:
    value: Any = document
    for step in place:
        value = value[step]
    result: JsonValue = value
    return result


def _value(value: Any) -> str:
    match value:
        case str():
            return f'"{shown(value, limit=_MAX_SHOWN_VALUE)}"'
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return shown(json.dumps(value, default=str), limit=_MAX_SHOWN_VALUE)


def _escaped(step: str | int) -> str:
    """Escape a step as RFC 6901 asks."""
    return str(step).replace("~", "~0").replace("/", "~1")
