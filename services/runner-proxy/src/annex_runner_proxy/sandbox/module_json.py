"""The JSON documents of the core-module ABI, made from and into what components pass as records."""

import base64
import json
from typing import Any, Final
from urllib.parse import parse_qsl

from annex_runner_proxy.sandbox.messages import MAX_ANSWER_HEADERS, TOO_MANY_HEADERS, CallEnded, Failure

_HIGHEST_STATUS: Final = 0xFFFF
_MAX_QUERY_FIELDS: Final = 1_000


class MalformedFetch(Exception):
    """A guest asks for a request that is none."""


def request_json(request: dict[str, Any], *, remaining_ms: int) -> bytes:
    """Write ``{context, http}``; of a repeated query parameter the last counts, ``url`` has them all."""
    context, http = request["context"], request["http"]
    path, _, query = http["url"].partition("?")
    document: dict[str, Any] = {
        "context": {
            **{name.replace("-", "_"): value for name, value in context.items() if value is not None},
            "deadline_ms": remaining_ms,
        },
        "http": {
            "method": http["method"],
            "path": path,
            "url": http["url"],
            "query": _query(query),
            "headers": _joined(http["headers"]),
        },
    }
    if http["body"] is not None:
        document["http"]["body_b64"] = base64.b64encode(http["body"]).decode()
    return _encoded(document)


def answer_of(raw: bytes, *, response_bytes: int) -> dict[str, Any]:
    """Read ``{status, headers?, body_b64?}``. Raises CallEnded."""
    try:
        document = _object(json.loads(raw))
        status, headers = _status(document["status"]), _headers(document.get("headers"))
        if len(headers) > MAX_ANSWER_HEADERS:
            raise CallEnded(Failure.RESPONSE_TOO_LARGE, TOO_MANY_HEADERS)
        body = _body(document.get("body_b64"))
    except (ValueError, KeyError, RecursionError) as error:
        # The text of a decoding error may quote the answer, and nothing of that is ours to tell.
        raise CallEnded(
            Failure.GUEST_ABI_VIOLATED, f"its answer is not the JSON of an answer ({type(error).__name__})"
        ) from None
    if body is not None and len(body) > response_bytes:
        raise CallEnded(Failure.RESPONSE_TOO_LARGE)
    return {"status": status, "headers": headers, "body": body}


def fetch_request_of(raw: bytes) -> dict[str, Any]:
    """Read ``{url, method?, headers?, body_b64?}``. Raises MalformedFetch."""
    try:
        document = _object(json.loads(raw))
        return {
            "method": _text(document.get("method", "GET")),
            "url": _text(document["url"]),
            "headers": _headers(document.get("headers")),
            "body": _body(document.get("body_b64")),
        }
    except (ValueError, KeyError, RecursionError):
        raise MalformedFetch from None


def fetch_answer_json(response: dict[str, Any]) -> bytes:
    document = {"status": response["status"], "headers": _joined(response["headers"])}
    if response["body"] is not None:
        document["body_b64"] = base64.b64encode(response["body"]).decode()
    return _encoded(document)


def _query(query: str) -> dict[str, str]:
    """Read parameters as a form does; a flood of them is left to the guest, in ``url``."""
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS))
    except ValueError:
        return {}


def _joined(headers: list[dict[str, str]]) -> dict[str, str]:
    """Give each name once, in lower case; repeated ones are joined as RFC 9110 section 5.3 says."""
    joined: dict[str, str] = {}
    for header in headers:
        name = header["name"].lower()
        joined[name] = f"{joined[name]}, {header['value']}" if name in joined else header["value"]
    return joined


def _headers(value: object) -> list[dict[str, str]]:
    """Read an object of texts, or of lists of texts where a name is repeated."""
    return [
        {"name": _text(name), "value": _text(text)}
        for name, given in _object({} if value is None else value).items()
        for text in (given if isinstance(given, list) else [given])
    ]


def _text(value: object) -> str:
    """Take text that can be encoded: a lone surrogate is JSON and nothing HTTP or our frames could carry."""
    if type(value) is not str:
        raise ValueError("text")
    value.encode()
    return value


def _body(value: object) -> bytes | None:
    if value is None:
        return None
    if type(value) is not str:
        raise ValueError("body_b64")
    return base64.b64decode(value, validate=True)


def _status(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _HIGHEST_STATUS:
        raise ValueError("status")
    return value


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of fault for a document
    return value


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
