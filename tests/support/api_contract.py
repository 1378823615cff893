"""Hold what a service really answers against its published OpenAPI document."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from annex_shared.contracts.problems import PROBLEM_JSON

_DOCUMENTS = Path(__file__).resolve().parent.parent.parent / "docs" / "api"
_BASE = "urn:annex:openapi"
# Said before any route is found, so no operation lists them.
_NO_ROUTE = frozenset({"ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED"})
_NO_ROUTE_STATUSES = frozenset({404, 405})
_NO_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as it came over the wire."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def code(self) -> str | None:
        return json.loads(self.body).get("code") if self.media_type == PROBLEM_JSON and self.body else None

    def __str__(self) -> str:
        return f"{self.method} {self.path} answered {self.status} {self.code or ''}".rstrip()


class ApiContract:
    """One service's document, ready to be compared with."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas: Registry[Any] = Registry().with_resource(_BASE, DRAFT202012.create_resource(document))
        # The most literal template comes first, as OpenAPI matches.
        self._templates = sorted(document["paths"], key=_variables)
        self._validators: dict[str, Draft202012Validator] = {}

    @classmethod
    def of(cls, service: str) -> "ApiContract":
        return _contract(service)

    def require(self, seen: Seen) -> None:
        """Fail for an answer that the document does not promise, and say what is to be written."""
        if seen.code in _NO_ROUTE:
            return
        template = self.template_of(seen)
        if template is None and seen.method == "HEAD":
            # Without a body there is no code; the status has to do.
            assert seen.status in _NO_ROUTE_STATUSES, f"{seen}, and no operation of the document is that."
            return
        if template is None:
            raise AssertionError(f"{seen}, and no operation of the document is that address.")
        row = f'the row "{seen.method} {template}" of the service\'s operations, and run `make schemas`'
        responses = self._responses(template, seen.method)
        status = str(seen.status) if str(seen.status) in responses else "default"
        assert status in responses, f"{seen}, which is not described. Add it to {row}."
        if seen.method == "HEAD" or seen.status in _NO_BODY or not seen.body:
            return
        content, pointer = self._content(template, seen.method, status)
        kinds = [kind for kind in (seen.media_type, "*/*") if kind in content]
        assert kinds, f"{seen} as {seen.media_type}; described are {sorted(content)}. Correct {row}."
        if "json" in seen.media_type and "schema" in content[kinds[0]]:
            validator = self._validator(f"{pointer}/content/{_escaped(kinds[0])}/schema")
            faults = [_said(error) for error in validator.iter_errors(json.loads(seen.body))]
            assert not faults, f"{seen}, unlike its description: {'; '.join(faults)}. Correct {row}."

    def template_of(self, seen: Seen) -> str | None:
        path = seen.path.partition("?")[0]
        method = "get" if seen.method == "HEAD" else seen.method.lower()
        for template in self._templates:
            if method in self._document["paths"][template] and _pattern(template).fullmatch(path):
                return str(template)
        return None

    def _responses(self, template: str, method: str) -> dict[str, Any]:
        operations = self._document["paths"][template]
        operation = operations.get(method.lower()) or operations["get"]
        responses: dict[str, Any] = operation["responses"]
        return responses

    def _content(self, template: str, method: str, status: str) -> tuple[dict[str, Any], str]:
        """Return what a response can hold, and the JSON pointer to it; shared responses are followed."""
        response = self._responses(template, method)[status]
        if "$ref" in response:
            name = response["$ref"].rpartition("/")[2]
            response = self._document["components"]["responses"][name]
            return response.get("content", {}), f"#/components/responses/{name}"
        pointer = f"#/paths/{_escaped(template)}/{method.lower()}/responses/{status}"
        return response.get("content", {}), pointer

    def _validator(self, pointer: str) -> Draft202012Validator:
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator(
                {"$ref": f"{_BASE}{pointer}"}, registry=self._schemas
            )
        return self._validators[pointer]


@cache
def _contract(service: str) -> ApiContract:
    return ApiContract(json.loads((_DOCUMENTS / f"{service}.openapi.json").read_text(encoding="utf-8")))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Match paths; a last placeholder takes slashes too, as tiles and the paths of extensions do."""
    parts = re.split(r"\{\w+\}", template)
    body = "[^/]+".join(re.escape(part) for part in parts[:-1])
    if len(parts) == 1:
        return re.compile(re.escape(template))
    takes_slashes = template.endswith(("{place}", "{path}"))
    return re.compile(f"{body}{'.*' if takes_slashes else '[^/]+'}{re.escape(parts[-1])}")


def _variables(template: str) -> tuple[int, str]:
    return template.count("{"), template


def _escaped(part: str) -> str:
    text = part.replace("~", "~0").replace("/", "~1")
    return text.replace("{", "%7B").replace("}", "%7D")


def _said(error: Any) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    return f"/{where}: {error.message[:300]}"
