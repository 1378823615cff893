"""The OpenAPI 3.1 document of described routes; scripts/openapi.py writes it, nothing at run time does."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER, PROBLEM_JSON, ProblemDocument
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.operations import Answer, ApiDescription, DescribedRoute, Operation, Parameter
from annex_shared.http.problems import Problem
from annex_shared.http.request_id import REQUEST_ID_HEADER

OPENAPI_VERSION = "3.1.0"
_REFERENCE = "#/components/schemas/{model}"
_RETRYABLE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

Document = dict[str, Any]
Mode = Literal["validation", "serialization"]


def openapi_document(routes: Sequence[DescribedRoute], api: ApiDescription) -> Document:
    """Describe all routes; equal descriptions make equal bytes."""
    schemas = _Schemas(routes)
    shared: dict[str, Document] = {}
    paths: dict[str, Document] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, api, schemas, shared)
    used = {route.operation.tag for route in routes}
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": api.title,
            "version": api.version,
            "description": api.description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in api.tags.items() if name in used],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "responses": {name: shared[name] for name in sorted(shared)},
            "headers": _HEADERS,
            "securitySchemes": {name: dict(scheme) for name, scheme in api.security_schemes.items()},
        },
    }


def _operation(
    route: DescribedRoute, api: ApiDescription, schemas: "_Schemas", shared: dict[str, Document]
) -> Document:
    operation = route.operation
    is_multiple = any(operation.id == id_ and route.method != method for id_, method in schemas.ids)
    document: Document = {
        "operationId": f"{operation.id}_{route.method.lower()}" if is_multiple else operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
    }
    if text := _description(operation):
        document["description"] = text
    if api.security_schemes:
        open_to_all = operation.access.value == "open"
        document["security"] = [] if open_to_all else [{name: []} for name in api.security_schemes]
    if route.parameters:
        document["parameters"] = [_parameter(parameter) for parameter in route.parameters]
    if operation.body is not None and route.method not in ("GET", "HEAD"):
        body = operation.body
        schema = {} if body.model is None else {"schema": schemas.of(body.model, "validation")}
        document["requestBody"] = {"required": body.is_required, "content": {body.media_type: schema}}
    has_body = route.method != "HEAD"
    answers = {str(answer.status): _answer(answer, schemas, has_body) for answer in operation.answers}
    document["responses"] = {**answers, **_refusals(route, shared, taken=answers, has_body=has_body)}
    return document


def _description(operation: Operation) -> str:
    parts = [operation.description] if operation.description else []
    if operation.permissions:
        names = " or ".join(f"`{permission.value}`" for permission in operation.permissions)
        parts.append(f"Takes the permission {names}.")
    return "\n\n".join(parts)


def _parameter(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.is_required or parameter.place == "path",
        "schema": dict(parameter.schema),
    }


def _answer(answer: Answer, schemas: "_Schemas", has_body: bool) -> Document:  # noqa: FBT001 - of one caller
    document: Document = {"description": answer.description}
    headers = {
        REQUEST_ID_HEADER: {"$ref": "#/components/headers/request-id"},
        **{name: _header(text) for name, text in answer.headers.items()},
    }
    document["headers"] = headers
    if has_body and answer.content is not None:
        schema = schemas.content(answer.content)
        document["content"] = {answer.media_type: {"schema": schema}}
    elif has_body and answer.media_type != "application/json":
        document["content"] = {answer.media_type: {}}
    return document


def _header(text: str) -> Document:
    return {"description": text, "schema": {"type": "string"}}


def _refusals(
    route: DescribedRoute, shared: dict[str, Document], *, taken: Document, has_body: bool
) -> dict[str, Document]:
    """Write one response per status, with every code that can stand in it; those of one code are shared."""
    by_status: dict[int, list[Problem]] = {}
    for problem in sorted(route.problems, key=lambda problem: (problem.status, problem.slug)):
        by_status.setdefault(int(problem.status), []).append(problem)
    kind = "PredecessorProblem" if route.operation.is_predecessors else "Problem"
    responses: dict[str, Document] = {}
    for status, problems in by_status.items():
        response = _refusal(status, problems, kind if has_body else None)
        if len(problems) == 1 and kind == "Problem" and has_body:
            name = _component_name(problems[0], response, shared)
            shared[name] = response
            response = {"$ref": f"#/components/responses/{name}"}
        # A status that is an answer as well (503 of /readyz) stays what the row says.
        if str(status) not in taken:
            responses[str(status)] = response
    return responses


def _component_name(problem: Problem, response: Document, shared: Mapping[str, Document]) -> str:
    """Name a response as its problem; where two services answer it with different statuses, say which."""
    name = "".join(word.capitalize() for word in problem.slug.split("-"))
    return name if shared.get(name, response) == response else f"{name}{int(problem.status)}"


def _refusal(status: int, problems: Sequence[Problem], kind: str | None) -> Document:
    headers = {
        REQUEST_ID_HEADER: {"$ref": "#/components/headers/request-id"},
        PLATFORM_PROBLEM_HEADER: {"$ref": "#/components/headers/problem"},
    }
    if status in _RETRYABLE:
        headers["retry-after"] = {"$ref": "#/components/headers/retry-after"}
    titles = ". ".join(problem.title for problem in problems)
    document: Document = {"description": f"{titles}.", "headers": headers}
    if kind is not None:
        narrowed = {
            "properties": {
                "status": {"const": status},
                "code": {"enum": [problem.code for problem in problems]},
                "type": {"enum": [f"/errors/{problem.slug}" for problem in problems]},
            }
        }
        schema = {"allOf": [{"$ref": _REFERENCE.format(model=kind)}, narrowed]}
        document["content"] = {PROBLEM_JSON: {"schema": schema}}
    return document


_HEADERS: Document = {
    "request-id": {
        "description": "Finds the log line, the trace and the record of this request.",
        "schema": {"type": "string"},
    },
    "problem": {
        "description": "The problem's code; only the platform says it, never an extension.",
        "schema": {"type": "string"},
    },
    "retry-after": {
        "description": "Seconds to wait before a repeat, where known.",
        "schema": {"type": "integer"},
    },
}
_PREDECESSOR_PROBLEM: Document = {
    "description": "A problem with the members that the predecessor's clients look for.",
    "allOf": [
        {"$ref": _REFERENCE.format(model="Problem")},
        {
            "type": "object",
            "required": ["success", "error"],
            "properties": {
                "success": {"const": False},
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
                },
            },
        },
    ],
}


class _Schemas:
    """The components, and references into them."""

    def __init__(self, routes: Sequence[DescribedRoute]) -> None:
        self.ids = {(route.operation.id, route.method) for route in routes}
        is_old = any(route.operation.is_predecessors for route in routes)
        self._own = {"PredecessorProblem": _PREDECESSOR_PROBLEM} if is_old else {}
        wanted = sorted(
            set(_models(routes)), key=lambda pair: (pair[0].__module__, pair[0].__qualname__, pair[1])
        )
        self._references, definitions = models_json_schema(
            wanted, ref_template=_REFERENCE, schema_generator=_Generator
        )
        self._definitions: Document = definitions.get("$defs", {})

    def of(self, model: type[BaseModel], mode: Mode) -> Document:
        return dict(self._references[(model, mode)])

    def content(self, content: type[BaseModel] | Mapping[str, Any]) -> Document:
        if isinstance(content, type):
            return self.of(content, "serialization")
        return dict(content)

    def components(self) -> Document:
        """Return every schema that is used, in order of name."""
        problem = ProblemDocument.model_json_schema(ref_template=_REFERENCE, schema_generator=_Generator)
        definitions = problem.pop("$defs", {})
        every: Document = {**definitions, **self._definitions, **self._own, "Problem": problem}
        return {name: every[name] for name in sorted(every)}


def _models(routes: Iterable[DescribedRoute]) -> Iterable[tuple[type[BaseModel], Mode]]:
    for route in routes:
        if route.operation.body is not None and route.operation.body.model is not None:
            yield route.operation.body.model, "validation"
        for answer in route.operation.answers:
            models = (answer.content,) if isinstance(answer.content, type) else answer.uses
            for model in models:
                yield model, "serialization"


class _Generator(GenerateJsonSchema):
    """Say what is on the wire: no titles made of field names, and what is always sent is required."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - whatever the field
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        document = super().model_schema(schema)
        document.pop("title", None)
        if "description" in document:
            document["description"] = _prose(document["description"])
        # What our services exchange, they write whole; the predecessor's bodies leave things out.
        if self.mode == "serialization" and issubclass(schema["cls"], Exchanged) and "properties" in document:
            document["required"] = list(document["properties"])
        return document


def _prose(docstring: str) -> str:
    """Turn the marks of docstrings into those of Markdown, which OpenAPI reads."""
    return docstring.replace("``", "`")
