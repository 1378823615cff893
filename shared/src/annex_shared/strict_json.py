"""Read JSON that strangers wrote: no duplicate keys, no NaN, bounded depth, only text that can be stored."""

import json
import math
import re
from typing import Any

from pydantic import JsonValue

from annex_shared.display_text import shown

MAX_DEPTH = 64
# The closing quote is optional so that an unterminated string is one token and the scan stays linear.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_OPENING = (b"[", b"{")
_CLOSING = (b"]", b"}")


class NotStrictJson(ValueError):
    """The bytes are not JSON two readers would understand alike; the text says why."""


def read_strict_json(data: bytes, *, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Parse UTF-8 JSON; raise NotStrictJson with a sentence for anything two parsers could disagree on."""
    _refuse_deep(data, max_depth)
    try:
        document: JsonValue = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise NotStrictJson(f"it is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotStrictJson(f"line {error.lineno}, column {error.colno}: {_lower_first(error.msg)}") from None
    except NotStrictJson:
        raise
    except ValueError:
        # CPython refuses to convert integers of more than 4300 digits.
        raise NotStrictJson("a number has too many digits") from None
    _refuse_unstorable_text(document)
    return document


def _refuse_deep(data: bytes, max_depth: int) -> None:
    """Count brackets outside strings before parsing, so that nesting cannot exhaust the stack."""
    depth = 0
    for token in _TOKENS.finditer(data):
        text = token[0]
        if text in _OPENING:
            depth += 1
            if depth > max_depth:
                raise NotStrictJson(f"it is nested more than {max_depth} levels deep")
        elif text in _CLOSING:
            depth -= 1


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            raise NotStrictJson(f'the key "{shown(key, limit=80)}" occurs twice in one object')
        document[key] = value
    return document


def _refuse_constant(name: str) -> float:
    raise NotStrictJson(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotStrictJson(f"the number {shown(text, limit=40)} is too large")
    return number


def _refuse_unstorable_text(value: JsonValue) -> None:
    """Refuse NUL and lone surrogates: neither survives PostgreSQL or UTF-8."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise NotStrictJson("a text holds U+0000 or half of a surrogate pair")
    elif isinstance(value, dict):
        for key, member in value.items():
            _refuse_unstorable_text(key)
            _refuse_unstorable_text(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_unstorable_text(member)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
