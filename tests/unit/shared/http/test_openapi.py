"""The document that described routes make."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.errors import AnnexError
from annex_shared.http.openapi import openapi_document
from annex_shared.http.operations import (
    Access,
    Answer,
    ApiDescription,
    Body,
    Operation,
    Parameter,
    described_routes,
)
from annex_shared.http.problems import Problem
from annex_shared.permissions import Permission


class ThingNotFound(AnnexError):
    """There is no such thing."""


class ThingLost(AnnexError):
    """The thing was there once."""


class NotAllowed(AnnexError):
    """The caller may not."""


class CreateThing(Received):
    name: str
    color: str = "red"


class ThingView(Exchanged):
    name: str
    color: str | None = None


API = ApiDescription(
    service="things",
    title="Things",
    description="",
    where="here",
    operations={},
    problems={
        ThingNotFound: Problem("thing-not-found", HTTPStatus.NOT_FOUND, "Thing not found"),
        ThingLost: Problem("thing-lost", HTTPStatus.NOT_FOUND, "Thing lost"),
        NotAllowed: Problem("not-allowed", HTTPStatus.FORBIDDEN, "Not allowed"),
    },
    tags={"things": "All of them."},
    path_parameters={"name": Parameter("name", "Its name.", "path")},
    security_schemes={"key": {"type": "apiKey", "in": "header", "name": "x-key"}},
    denied=NotAllowed,
)
GET = Operation(id="get_thing", summary="One", tag="things", answers=(Answer(200, "It.", ThingView),))


def _operation(key: str, row: Operation) -> tuple[dict[str, Any], dict[str, Any]]:
    method, _, path = key.partition(" ")
    routes = described_routes([(method, path)], replace(API, operations={key: row}))
    document = openapi_document(routes, API)
    return document["paths"][path][method.lower()], document["components"]


def test_what_an_answer_always_carries_is_required() -> None:
    _, components = _operation("GET /things", GET)

    assert components["schemas"]["ThingView"]["required"] == ["name", "color"]


def test_of_a_request_only_what_has_no_default_is_required() -> None:
    operation, components = _operation("POST /things", replace(GET, body=Body(CreateThing)))

    schema = components["schemas"]["CreateThing"]
    assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/CreateThing")
    assert (schema["required"], schema["additionalProperties"]) == (["name"], False)


def test_a_json_body_can_be_malformed_and_too_large() -> None:
    operation, _ = _operation("POST /things", replace(GET, body=Body(CreateThing)))

    assert {"400", "413"} <= set(operation["responses"])


def test_a_status_lists_every_code_that_can_stand_in_it() -> None:
    operation, _ = _operation("GET /things/{name}", replace(GET, refusals=(ThingNotFound, ThingLost)))

    schema = operation["responses"]["404"]["content"]["application/problem+json"]["schema"]
    assert schema["allOf"][1]["properties"] == {
        "status": {"const": 404},
        "code": {"enum": ["THING_LOST", "THING_NOT_FOUND"]},
        "type": {"enum": ["/errors/thing-lost", "/errors/thing-not-found"]},
    }


def test_a_status_with_one_code_is_described_once_for_all() -> None:
    operation, components = _operation("GET /things", replace(GET, refusals=(ThingNotFound,)))

    assert operation["responses"]["404"] == {"$ref": "#/components/responses/ThingNotFound"}
    assert "ThingNotFound" in components["responses"]


def test_a_permission_is_told_and_can_be_missing() -> None:
    row = replace(GET, permissions=(Permission.EXTENSION_READ,))

    operation, _ = _operation("GET /things", row)

    assert "`extension:read`" in operation["description"]
    assert operation["responses"]["403"] == {"$ref": "#/components/responses/NotAllowed"}


def test_an_open_address_takes_no_credential() -> None:
    closed, _ = _operation("GET /things", GET)
    is_open, _ = _operation("GET /things", replace(GET, access=Access.OPEN))

    assert (closed["security"], is_open["security"]) == ([{"key": []}], [])


def test_a_parameter_brings_what_it_is_refused_with() -> None:
    row = replace(GET, parameters=(Parameter("color", "Which.", refusals=(ThingLost,)),))

    operation, _ = _operation("GET /things/{name}", row)

    assert [(p["name"], p["in"], p["required"]) for p in operation["parameters"]] == [
        ("name", "path", True),
        ("color", "query", False),
    ]
    assert "404" in operation["responses"]


def test_head_has_the_headers_and_no_body() -> None:
    operation, _ = _operation("HEAD /things", replace(GET, refusals=(ThingNotFound,)))

    assert "content" not in operation["responses"]["200"]
    assert "content" not in operation["responses"]["404"]


def test_a_route_of_any_method_is_one_operation_for_each() -> None:
    routes = described_routes([("*", "/things")], replace(API, operations={"* /things": GET}))

    document = openapi_document(routes, API)

    assert {operation["operationId"] for operation in document["paths"]["/things"].values()} == {
        f"get_thing_{method}" for method in ("get", "post", "put", "patch", "delete", "head")
    }
