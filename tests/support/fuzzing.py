"""Requests made from an OpenAPI document, sensible ones and others, judged by that document."""

import http.client
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from support.api_contract import ApiContract, Seen

_SECONDS = 30
_STREAM = "text/event-stream"
_FIRST_FAULT = 500
_CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", "x-annex-service-token"})
# Waiting is no part of what is to be found here.
_STILL = {"wait": "0"}
_BUNDLE = "application/vnd.annex.bundle"
# Headers for method, target and body: what makes a caller known.
Credentials = Callable[[str, str, bytes], Mapping[str, str]]


@schemathesis.serializer(_BUNDLE)
def _as_bytes(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode("utf-8", "replace")


schemathesis.openapi.media_type(_BUNDLE, st.binary(max_size=4096))


@dataclass(frozen=True, slots=True)
class Service:
    """A running service and its document; ``known`` fills placeholders with what is really there."""

    url: str
    document: Mapping[str, Any]
    contract: ApiContract
    credentials: Credentials
    known: Mapping[str, str] = field(default_factory=dict)

    def probe(self, label: str, *, examples: int) -> None:
        """Send ``examples`` requests of the schema's own making, and as many that break it."""
        operation = _schema(self.document).find_operation_by_label(label)
        assert operation is not None, label
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)
            # An operation without parameters cannot be broken.
            with suppress(Unsatisfiable):
                self._run(strategy, examples)

    def _run(self, strategy: st.SearchStrategy[Any], examples: int) -> None:
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy, is_known=st.booleans())
        def send(case: Any, is_known: bool) -> None:  # noqa: FBT001 - drawn
            self._send(case, self.known if is_known else {})

        send()

    def _send(self, case: Any, known: Mapping[str, str]) -> None:
        given_path = {**(case.path_parameters or {}), **known}
        path = case.path
        for name, value in given_path.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        query = {**(case.query or {})}
        query.update({name: value for name, value in _STILL.items() if name in query})
        target = f"{path}?{urlencode(query, doseq=True)}" if query else path
        body, kind = _body(case)
        headers = {
            name: str(value)
            for name, value in (case.headers or {}).items()
            if name.lower() not in _CREDENTIALS and _is_sendable(f"{name}{value}")
        }
        seen = self._exchange(case.method.upper(), target, body, {**headers, **kind})
        assert seen.status < _FIRST_FAULT, f"{seen}: {target} {body[:500]!r} {seen.body[:1000]!r}"
        self.contract.require(seen)

    def _exchange(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Seen:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_SECONDS)
        try:
            connection.request(
                method,
                target,
                body=body or None,
                headers={**headers, **self.credentials(method, target, body)},
            )
            answer = connection.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders()}
            is_stream = kept.get("content-type", "").startswith(_STREAM)
            return Seen(method, target, answer.status, kept, b"" if is_stream else answer.read())
        finally:
            connection.close()


_schemas: dict[int, Any] = {}


def _schema(document: Mapping[str, Any]) -> Any:
    if id(document) not in _schemas:
        _schemas[id(document)] = schemathesis.openapi.from_dict(dict(document))
    return _schemas[id(document)]


def _body(case: Any) -> tuple[bytes, dict[str, str]]:
    body = case.body
    if body is None or type(body).__name__ == "NotSet":
        return b"", {}
    kind = case.media_type if case.media_type and "*" not in case.media_type else "application/octet-stream"
    if isinstance(body, bytes):
        return body, {"content-type": kind}
    return json.dumps(body).encode("utf-8", "replace"), {"content-type": kind}


def _is_sendable(value: str) -> bool:
    return value.isprintable() and value.isascii()
