"""The documents for others: what we send fits them, what we would never send does not."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.event_schemas import event_schemas
from annex_shared.contracts.events import (
    PAYLOADS,
    CloudEvent,
    EventPayload,
    ExtensionEvent,
    InstallChange,
    InstallChanged,
    VersionPublished,
    VersionStatusChanged,
    routing_key,
)
from annex_shared.messaging.event_documents import asyncapi_document
from unit.shared.messaging.test_events import NOON

UUID = "0190a000-0000-7000-8000-0000000000a1"
HASH = ContentHash.of(b"bundle")
SENT: tuple[EventPayload, ...] = (
    VersionPublished(
        extension="acme/invoice.notes",
        extension_id=UUID,
        publisher="acme",
        name="invoice.notes",
        version_id=UUID,
        version="1.4.0",
        content_hash=HASH,
        size_bytes=7,
        published_at=NOON,
        signer=None,
        has_ui=True,
        has_handler=False,
    ),
    VersionStatusChanged(
        extension="acme/invoice.notes",
        extension_id=UUID,
        publisher="acme",
        name="invoice.notes",
        version_id=UUID,
        version="1.4.0",
        content_hash=HASH,
        status="yanked",
        reason="It loses notes.",
        actor="admin",
        recorded_at=NOON,
    ),
    InstallChanged(
        change=InstallChange.ROLLED_BACK,
        tenant_id=UUID,
        install_id=UUID,
        extension="acme/invoice.notes",
        extension_id=UUID,
        version_id=UUID,
        version="1.4.0",
        content_hash=HASH,
        is_enabled=True,
        revision=3,
        config_version=1,
    ),
    ExtensionEvent(
        tenant_id=UUID,
        install_id=UUID,
        extension="acme/invoice.notes",
        extension_id=UUID,
        publisher="acme",
        name="invoice.notes",
        topic="note.created",
        payload={"note": 7},
    ),
)
MISTAKES: dict[str, dict[str, Any]] = {
    "another type": {"type": "version.deleted"},
    "another feed": {"id": "others/1"},
    "a serial of zero": {"id": "registry/0"},
    "a short sequence": {"sequence": "1"},
    "null where nothing belongs": {"traceparent": None},
    "no data": {"data": None},
    "half the data": {"data": {"extension": "acme/invoice-notes"}},
}


def wire(payload: EventPayload) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(CloudEvent.of(payload, serial=41, time=NOON).to_bytes())
    return document


def test_every_type_is_tried_here() -> None:
    assert {type(payload) for payload in SENT} == set(PAYLOADS)


@pytest.mark.parametrize("payload", SENT, ids=lambda payload: payload.event_type)
def test_what_is_sent_fits_its_schema(payload: EventPayload) -> None:
    schema = event_schemas()[payload.event_type]
    Draft202012Validator.check_schema(schema)

    mistakes = list(Draft202012Validator(schema).iter_errors(wire(payload)))

    assert mistakes == []


@pytest.mark.parametrize("change", MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("payload", SENT, ids=lambda payload: payload.event_type)
def test_what_is_no_such_event_does_not_fit(payload: EventPayload, change: dict[str, Any]) -> None:
    validator = Draft202012Validator(event_schemas()[payload.event_type])

    assert not validator.is_valid(wire(payload) | change)


@pytest.mark.parametrize("payload", SENT, ids=lambda payload: payload.event_type)
def test_a_later_field_still_fits(payload: EventPayload) -> None:
    document = wire(payload)
    later = document | {"annexlater": "1", "data": document["data"] | {"later": True}}

    assert Draft202012Validator(event_schemas()[payload.event_type]).is_valid(later)


@pytest.mark.parametrize("payload", SENT, ids=lambda payload: payload.event_type)
def test_the_address_of_a_channel_is_the_routing_key(payload: EventPayload) -> None:
    channel = asyncapi_document()["channels"][payload.event_type]
    values = {name: wire(payload)["data"][name].replace(".", "-") for name in channel["parameters"]}

    address = channel["address"].format(**values)

    assert address == routing_key(CloudEvent.of(payload, serial=41, time=NOON))


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi_document()

    found = [resolved(document, reference) for reference in references(document)]

    assert len(found) == 3 * len(PAYLOADS)
    assert all(found)


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [reference for member in node for reference in references(member)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [reference for member in node.values() for reference in references(member)]


def resolved(document: Any, reference: str) -> Any:
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node
