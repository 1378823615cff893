"""The comparison of answers with the documents notices what it is there to notice."""

import json
from typing import Any

import pytest

from support.api_contract import ApiContract, Seen

REGISTRY = ApiContract.of("registry")
INSTALL = "/api/v1/installs/0190a000-0000-7000-8000-000000000001"


def _seen(status: int, body: Any, *, path: str = INSTALL, kind: str = "application/json") -> Seen:
    return Seen("GET", path, status, {"content-type": kind}, json.dumps(body).encode())


def _problem(status: int, code: str, *, path: str = INSTALL, **members: Any) -> Seen:
    slug = code.lower().replace("_", "-")
    body = {
        "type": f"/errors/{slug}",
        "title": "T",
        "status": status,
        "detail": "d",
        "instance": path,
        "code": code,
        "message": "d",
        "request_id": "r",
    }
    return _seen(status, body | members, path=path, kind="application/problem+json")


def test_a_described_refusal_is_accepted() -> None:
    REGISTRY.require(_problem(404, "INSTALL_NOT_FOUND"))


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (_problem(404, "VERSION_NOT_FOUND"), "'VERSION_NOT_FOUND' is not one of"),
        (_problem(409, "INSTALL_CHANGED_MEANWHILE"), "which is not described"),
        (_problem(404, "INSTALL_NOT_FOUND", type="/errors/other"), "'/errors/other' is not one of"),
        (_seen(200, {"install_id": "x"}), "'revision' is a required property"),
        (_seen(200, [], kind="text/plain"), "described are"),
        (_seen(200, {}, path="/api/v1/nothing"), "no operation of the document"),
    ],
)
def test_an_answer_that_is_not_promised_is_named_with_its_row(seen: Seen, told: str) -> None:
    with pytest.raises(AssertionError) as failed:
        REGISTRY.require(seen)

    assert told in str(failed.value)
    assert str(seen) in str(failed.value)


def test_an_address_that_does_not_exist_may_say_so() -> None:
    REGISTRY.require(_problem(404, "ROUTE_NOT_FOUND", path="/api/v1/nothing"))


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api/v1/extensions/acme.notes/versions", "/api/v1/extensions/{extension}/versions"),
        ("/api/v1/extensions/acme/notes?x=1", "/api/v1/extensions/{publisher}/{name}"),
        ("/log/tile/0/x001/067", "/log/tile/{place}"),
    ],
)
def test_the_most_literal_template_is_found(path: str, template: str) -> None:
    assert REGISTRY.template_of(_seen(200, {}, path=path)) == template
