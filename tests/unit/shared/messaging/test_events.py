"""Events on the wire: one spelling, agreement of id and sequence, and where each is routed."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import (
    CloudEvent,
    InstallChange,
    InstallChanged,
    InvalidEvent,
    VersionPublished,
    routing_key,
    sequence_text,
)

TENANT = "0190a5b2-0000-7000-8000-000000000001"
SOME_ID = UUID("0190a5b2-0000-7000-8000-000000000002")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONTENT_HASH = ContentHash.of(b"bundle")


def a_version_published(*, publisher: str = "acme", name: str = "hello") -> VersionPublished:
    return VersionPublished(
        extension=f"{publisher}/{name}",
        extension_id=SOME_ID,
        publisher=publisher,
        name=name,
        version_id=SOME_ID,
        version="1.4.0",
        content_hash=CONTENT_HASH,
        size_bytes=100_000,
        published_at=NOON,
        signer=None,
        has_ui=True,
        has_handler=False,
    )


def an_install_changed(change: InstallChange = InstallChange.INSTALLED) -> InstallChanged:
    return InstallChanged(
        change=change,
        tenant_id=TENANT,
        install_id=SOME_ID,
        extension="acme/hello",
        extension_id=SOME_ID,
        version_id=SOME_ID,
        version="1.4.0",
        content_hash=CONTENT_HASH,
        is_enabled=True,
        revision=3,
        config_version=2,
        secrets_version=None,
    )


def on_the_wire(**changed: Any) -> bytes:
    event = CloudEvent.of(an_install_changed(), serial=41, time=NOON)
    return json.dumps({**json.loads(event.to_bytes()), **changed}).encode()


def test_an_event_is_written_as_structured_cloudevents_json() -> None:
    event = CloudEvent.of(a_version_published(), serial=41, time=NOON)

    assert json.loads(event.to_bytes()) == {
        "specversion": "1.0",
        "id": "registry/41",
        "source": "/feeds/registry",
        "type": "version.published",
        "subject": "acme/hello@1.4.0",
        "time": "2026-11-20T12:00:00Z",
        "datacontenttype": "application/json",
        "sequence": "00000000000000000041",
        "partitionkey": "acme/hello",
        "data": {
            "extension": "acme/hello",
            "extension_id": str(SOME_ID),
            "publisher": "acme",
            "name": "hello",
            "version_id": str(SOME_ID),
            "version": "1.4.0",
            "content_hash": str(CONTENT_HASH),
            "size_bytes": 100_000,
            "published_at": "2026-11-20T12:00:00Z",
            "signer": None,
            "has_ui": True,
            "has_handler": False,
            "log_index": None,
        },
    }


@pytest.mark.parametrize("change", InstallChange)
def test_a_payload_survives_its_journey(change: InstallChange) -> None:
    payload = an_install_changed(change)

    event = CloudEvent.parse(CloudEvent.of(payload, serial=7, time=NOON).to_bytes())

    assert event.to_payload(InstallChanged) == payload
    assert (event.feed, event.serial) == ("installs", 7)


def test_times_are_written_in_utc_whatever_zone_they_came_from() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    event = CloudEvent.of(an_install_changed(), serial=1, time=elsewhere)

    assert event.time.utcoffset() == timedelta(0)
    assert json.loads(event.to_bytes())["time"] == "2026-11-20T12:00:00Z"


def test_fields_of_a_newer_publisher_are_ignored() -> None:
    newer = on_the_wire(recordedtime="2027-01-01T00:00:00Z", dataschema="/schemas/2")

    assert CloudEvent.parse(newer) == CloudEvent.parse(on_the_wire())


def test_fields_of_a_newer_payload_are_ignored() -> None:
    data = {**an_install_changed().model_dump(mode="json"), "region": "eu"}

    event = CloudEvent.parse(on_the_wire(data=data))

    assert event.to_payload(InstallChanged) == an_install_changed()


@pytest.mark.parametrize(
    "changed",
    [
        {"specversion": "0.3"},
        {"id": "installs/042"},
        {"id": "installs/0"},
        {"id": "installs"},
        {"id": "Installs/41", "source": "/feeds/Installs"},
        {"source": "/feeds/registry"},
        {"sequence": "41"},
        {"sequence": "00000000000000000042"},
        {"time": "2026-11-20T12:00:00"},
        {"type": "installed"},
        {"subject": ""},
        {"data": ["not", "an", "object"]},
    ],
)
def test_an_event_that_contradicts_itself_or_the_format_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        CloudEvent.parse(on_the_wire(**changed))


@given(st.binary())
def test_arbitrary_bytes_are_refused_by_name(body: bytes) -> None:
    with pytest.raises(InvalidEvent):
        CloudEvent.parse(body)


def test_a_refusal_does_not_repeat_what_it_refused() -> None:
    with pytest.raises(InvalidEvent) as refused:
        CloudEvent.parse(on_the_wire(data="personal data"))

    assert "personal data" not in f"{refused.value} {refused.value.__cause__}"


def test_data_is_not_read_as_the_payload_of_another_type() -> None:
    event = CloudEvent.of(an_install_changed(), serial=1, time=NOON)

    with pytest.raises(InvalidEvent, match=r"install\.changed"):
        event.to_payload(VersionPublished)


def test_a_payload_that_lacks_a_field_is_refused_by_that_field() -> None:
    event = CloudEvent.parse(on_the_wire(data={"tenant_id": TENANT}))

    with pytest.raises(InvalidEvent, match="change"):
        event.to_payload(InstallChanged)


def test_a_version_event_is_routed_by_publisher_and_name_without_their_dots() -> None:
    event = CloudEvent.of(a_version_published(name="com.acme.hello_2"), serial=1, time=NOON)

    assert routing_key(event) == "version.published.acme.com-acme-hello_2"


def test_a_version_status_event_is_routed_like_the_version() -> None:
    event = CloudEvent.parse(on_the_wire(type="version.status", data={"publisher": "acme", "name": "a.b"}))

    assert routing_key(event) == "version.status.acme.a-b"


def test_an_install_event_is_routed_by_tenant() -> None:
    event = CloudEvent.of(an_install_changed(), serial=1, time=NOON)

    assert routing_key(event) == f"install.changed.{TENANT}"


def test_an_event_of_an_extension_is_routed_by_its_type() -> None:
    event = CloudEvent.parse(on_the_wire(type="extension.event.acme.hello.invoice_paid", data={}))

    assert routing_key(event) == "extension.event.acme.hello.invoice_paid"


def test_an_event_without_its_routing_words_cannot_be_routed() -> None:
    event = CloudEvent.parse(on_the_wire(data={}))

    with pytest.raises(InvalidEvent, match="tenant_id"):
        routing_key(event)


@given(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_sequences_compare_as_text_like_their_serials(one: int, other: int) -> None:
    assert (sequence_text(one) < sequence_text(other)) == (one < other)
