"""The HTTP interfaces keep what was promised; the checker that says so finds each kind of break."""

import copy
import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
Document = dict[str, Any]


@cache
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_contract", ROOT / "scripts" / "api_contract.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def stored(folder: str) -> dict[str, Document]:
    documents: dict[str, Document] = script().stored(ROOT / folder)
    return documents


def breaks(before: Document, after: Document) -> list[str]:
    contract_of = script().contract_of
    found: list[str] = script().breaks(contract_of(before), contract_of(after))
    return found


@pytest.mark.parametrize("service", ["gateway", "registry", "runner-proxy", "ui-host"])
def test_nothing_that_was_promised_is_broken(service: str) -> None:
    contract = stored("tests/golden/api")[service]

    found = script().breaks(contract, script().contract_of(stored("docs/api")[service]))

    assert found == [], (
        "Clients of the last release would trip over this. Keep it, or accept the break: CHANGELOG under "
        "Removed or Changed, then make contract (docs/api/README.md).\n" + "\n".join(found)
    )


def test_every_document_has_a_contract() -> None:
    assert stored("tests/golden/api").keys() == stored("docs/api").keys()


def a_document() -> Document:
    """Describe one shop: a list with a filter, and a way to add to it."""
    return {
        "paths": {
            "/notes": {
                "get": {
                    "summary": "List",
                    "parameters": [
                        {
                            "in": "query",
                            "name": "colour",
                            "schema": {"enum": ["red", "blue"], "type": "string"},
                        }
                    ],
                    "responses": {
                        "200": {
                            "description": "All.",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "properties": {
                                            "items": {
                                                "type": "array",
                                                "items": {"$ref": "#/components/schemas/Note"},
                                            }
                                        },
                                        "required": ["items"],
                                    }
                                }
                            },
                        },
                        "304": {"description": "Known."},
                        "404": {"description": "Refused.", "content": {"application/problem+json": {}}},
                    },
                },
                "post": {
                    "requestBody": {
                        "required": False,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewNote"}}},
                    },
                    "responses": {"201": {"description": "Added."}},
                },
            }
        },
        "components": {
            "schemas": {
                "Note": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "description": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                        "colour": {"enum": ["red", "blue"], "type": "string"},
                        "answers": {"type": "array", "items": {"$ref": "#/components/schemas/Note"}},
                    },
                    "required": ["title", "description"],
                },
                "NewNote": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "title": {"type": "string"},
                        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                    },
                    "required": ["title"],
                },
            }
        },
    }


def get(document: Document) -> Document:
    operation: Document = document["paths"]["/notes"]["get"]
    return operation


def post(document: Document) -> Document:
    operation: Document = document["paths"]["/notes"]["post"]
    return operation


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


LIST, ADD = "GET /notes", "POST /notes"
NOTE = f"{LIST}: the answer 200.items[]"
BREAKS: dict[str, tuple[Callable[[Document], object], str]] = {
    "address": (lambda one: one["paths"].pop("/notes"), f"{LIST} is gone"),
    "method": (lambda one: one["paths"]["/notes"].pop("get"), f"{LIST} is gone"),
    "answer": (lambda one: get(one)["responses"].pop("304"), f"{LIST}: the answer 304 is gone"),
    "media-type": (
        lambda one: get(one)["responses"]["200"]["content"].update(
            {"text/csv": get(one)["responses"]["200"]["content"].pop("application/json")}
        ),
        f"{LIST}: the answer 200 is no longer application/json",
    ),
    "member": (lambda one: schema(one, "Note")["properties"].pop("title"), f"{NOTE}.title is gone"),
    "member-named-as-prose": (
        lambda one: schema(one, "Note")["properties"].pop("description"),
        f"{NOTE}.description is gone",
    ),
    "uncertain": (
        lambda one: schema(one, "Note")["required"].remove("title"),
        f"{NOTE}.title is no longer certain",
    ),
    "null": (
        lambda one: schema(one, "Note")["properties"].update(
            title={"anyOf": [{"type": "string"}, {"type": "null"}]}
        ),
        f"{NOTE}.title was string and is null, string",
    ),
    "values": (
        lambda one: schema(one, "Note")["properties"]["colour"]["enum"].remove("blue"),
        f'{NOTE}.colour can no longer be "blue"',
    ),
    "parameter": (lambda one: get(one)["parameters"].clear(), f"{LIST}: the query parameter colour is gone"),
    "parameter-values": (
        lambda one: get(one)["parameters"][0]["schema"]["enum"].remove("red"),
        f'{LIST}: the query parameter colour can no longer be "red"',
    ),
    "parameter-required": (
        lambda one: get(one)["parameters"][0].update(required=True),
        f"{LIST}: the query parameter colour is required now",
    ),
    "body-required": (
        lambda one: post(one)["requestBody"].update(required=True),
        f"{ADD}: a body is required now",
    ),
    "body-gone": (lambda one: post(one).pop("requestBody"), f"{ADD}: the body is gone"),
    "sent-member": (
        lambda one: schema(one, "NewNote")["properties"].pop("size"),
        f"{ADD}: the body.size is gone",
    ),
    "sent-member-required": (
        lambda one: schema(one, "NewNote")["required"].append("size"),
        f"{ADD}: the body.size is required now",
    ),
    "sent-type": (
        lambda one: schema(one, "NewNote")["properties"].update(size={"type": "integer"}),
        f"{ADD}: the body.size was integer, null and is integer",
    ),
    "sent-values": (
        lambda one: schema(one, "NewNote")["properties"].update(title={"type": "string", "enum": ["a"]}),
        f'{ADD}: the body.title can only be "a" now',
    ),
}
HARMLESS: dict[str, Callable[[Document], object]] = {
    "nothing": lambda one: one,
    "prose": lambda one: get(one).update(summary="Show them all"),
    "address": lambda one: one["paths"].update({"/others": {"get": {"responses": {}}}}),
    "answer": lambda one: get(one)["responses"].update({"202": {"description": "Later."}}),
    "refusal": lambda one: get(one)["responses"].pop("404"),
    "member": lambda one: schema(one, "Note")["properties"].update(size={"type": "integer"}),
    "certain": lambda one: schema(one, "Note")["required"].append("colour"),
    "never-null": lambda one: schema(one, "Note")["properties"].update(description={"type": "string"}),
    "value": lambda one: schema(one, "Note")["properties"]["colour"]["enum"].append("green"),
    "parameter": lambda one: get(one)["parameters"].append(
        {"in": "query", "name": "limit", "schema": {"type": "integer"}}
    ),
    "sent-member": lambda one: schema(one, "NewNote")["properties"].update(colour={"type": "string"}),
    "sent-member-optional": lambda one: schema(one, "NewNote")["required"].clear(),
    "moved-schema": lambda one: schema(one, "Note")["properties"].update(
        answers={"type": "array", "items": copy.deepcopy(schema(a_document(), "Note"))}
    ),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_break_is_found_and_says_where_it_is(kind: str) -> None:
    change, message = BREAKS[kind]
    after = a_document()
    change(after)

    assert message in breaks(a_document(), after)


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_no_client_trips_over_is_no_break(kind: str) -> None:
    after = a_document()
    HARMLESS[kind](after)

    assert breaks(a_document(), after) == []
