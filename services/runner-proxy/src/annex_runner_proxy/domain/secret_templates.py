"""``{{secret:NAME}}`` in an outgoing request: found here, filled in after the host was allowed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, quote_plus

from annex_runner_proxy.domain.execution import HeaderPairs
from annex_runner_proxy.domain.web_target import Target

_NAME = r"([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"
_PLAIN = re.compile(r"\{\{secret:" + _NAME + r"\}\}", re.ASCII)
_IN_BYTES = re.compile(_PLAIN.pattern.encode())
# In a query the braces are percent-encoded, by the guest or by us; so is the colon by some.
_IN_QUERY = re.compile(r"%7B%7Bsecret(?::|%3A)" + _NAME + r"%7D%7D", re.ASCII | re.IGNORECASE)
_REDACTED: Final = "[secret]"
_SHORTEST_REDACTED: Final = 6


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request a guest wants made, with its templates as it wrote them."""

    method: str
    target: Target
    headers: HeaderPairs
    body: bytes | None


def named_secrets(request: Outgoing) -> frozenset[str]:
    """Name every secret the request asks to be put in."""
    in_headers = (name for _, value in request.headers for name in _PLAIN.findall(value))
    in_query = _IN_QUERY.findall(request.target.query or "")
    in_body = (name.decode("ascii") for name in _IN_BYTES.findall(request.body or b""))
    return frozenset({*in_headers, *in_query, *in_body})


def has_secret(value: str) -> bool:
    return _PLAIN.search(value) is not None


def filled(request: Outgoing, values: Mapping[str, str]) -> Outgoing:
    """Put the values in, each in the form its place asks for: a value never breaks out of it."""
    query, body = request.target.query, request.body
    escape = _escape_for(dict(request.headers).get("content-type", ""))

    def in_body(found: re.Match[bytes]) -> bytes:
        return escape(values[found[1].decode("ascii")]).encode()

    return replace(
        request,
        target=request.target
        if query is None
        else replace(request.target, query=_IN_QUERY.sub(lambda m: quote(values[m[1]], safe=""), query)),
        headers=tuple((name, _PLAIN.sub(lambda m: values[m[1]], value)) for name, value in request.headers),
        body=None if body is None else _IN_BYTES.sub(in_body, body),
    )


def without_values(text: str, values: Mapping[str, str]) -> str:
    """Blank out values that a host sent back, so that asking for an echo does not read a secret."""
    for value in values.values():
        if len(value) >= _SHORTEST_REDACTED:
            text = text.replace(value, _REDACTED)
    return text


def bytes_without_values(body: bytes, values: Mapping[str, str]) -> bytes:
    for value in values.values():
        if len(value) >= _SHORTEST_REDACTED:
            for form in {value, quote(value, safe=""), json.dumps(value)[1:-1]}:
                body = body.replace(form.encode(), _REDACTED.encode())
    return body


def _escape_for(content_type: str) -> Callable[[str], str]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return lambda value: json.dumps(value)[1:-1]
    if kind == "application/x-www-form-urlencoded":
        return quote_plus
    return str
