"""Test events, the faults of their deliveries, and what is said of captured ones."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from annex_cli.claims import Status
from annex_cli.errors import InvalidUsage
from annex_cli.event_claims import read_event
from annex_cli.event_examples import EXAMPLES, READABLE_FEEDS
from annex_cli.event_making import (
    Faults,
    body_of,
    fewest_events,
    make_test_event,
    posts_of,
    read_changes,
)
from annex_cli.event_tail import feed_of, read_position
from annex_shared.contracts.event_schemas import event_schemas
from annex_shared.contracts.events import PAYLOADS, CloudEvent

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "events.md").read_text()
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _documented() -> list[dict[str, Any]]:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    pages = [block["items"] for block in blocks if "items" in block]
    return [event for page in pages for event in page] + [block for block in blocks if "id" in block]


def _made(
    event_type: str = "version.published", changes: dict[str, str] | None = None, *, count: int = 1
) -> list[dict[str, Any]]:
    return [
        make_test_event(event_type, changes or {}, serial=100 + number, time=NOON) for number in range(count)
    ]


@pytest.mark.parametrize("event_type", [payload.event_type for payload in PAYLOADS])
def test_an_example_is_the_one_in_the_documentation_and_fits_its_schema(event_type: str) -> None:
    example = EXAMPLES[event_type].to_document()

    documented = [event for event in _documented() if event["type"] == event_type]
    assert example == documented[0]
    Draft202012Validator(event_schemas()[event_type]).validate(example)


@pytest.mark.parametrize("event_type", [payload.event_type for payload in PAYLOADS])
def test_a_test_event_is_marked_and_of_no_feed_and_passes_its_own_check(event_type: str) -> None:
    event = _made(event_type)[0]

    assert (event["annextest"], event["source"], event["id"]) == (True, "/feeds/test", "test/100")
    assert CloudEvent.parse(body_of(event)).feed not in READABLE_FEEDS
    claims, parsed, _ = read_event(body_of(event), subject="x")
    assert parsed is not None
    assert [claim.status for claim in claims] == [Status.OK, Status.OK]
    assert "a test event" in claims[0].text


def test_a_changed_field_changes_what_follows_from_it() -> None:
    event = _made(changes={"version": "9.9.9", "has_ui": "false"})[0]

    assert (event["data"]["version"], event["data"]["has_ui"]) == ("9.9.9", False)
    assert event["subject"] == "acme/invoice-notes@9.9.9"


def test_a_payload_of_an_extension_takes_any_field() -> None:
    event = _made("extension.event", {"payload.note": "8", "payload.title": "Tax"})[0]

    assert event["data"]["payload"] == {"note": 8, "title": "Tax"}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"colour": "red"}, "does not have"),
        ({"version.major": "1"}, "does not have"),
        ({"size_bytes": "large"}, "no valid version.published"),
        ({"content_hash": "sha256:12"}, "no valid version.published"),
    ],
)
def test_a_change_that_makes_no_event_is_refused(changes: dict[str, str], word: str) -> None:
    with pytest.raises(InvalidUsage, match=word):
        _made(changes=changes)


def test_words_of_changes_begin_with_data() -> None:
    assert read_changes(["data.version=1=2"]) == {"version": "1=2"}
    for word in ("version=1", "data.=1", "data.version"):
        with pytest.raises(InvalidUsage):
            read_changes([word])


@pytest.mark.parametrize(
    ("faults", "serials"),
    [
        pytest.param(Faults(), [100, 101, 102, 103], id="none"),
        pytest.param(Faults(duplicate=True), [100, 100, 101, 101, 102, 102, 103, 103], id="duplicate"),
        pytest.param(Faults(out_of_order=True), [101, 100, 103, 102], id="out of order"),
        pytest.param(Faults(gap=True), [100, 101, 103], id="gap"),
        pytest.param(
            Faults(duplicate=True, out_of_order=True, gap=True), [101, 101, 100, 100, 103, 103], id="all"
        ),
    ],
)
def test_faults_are_in_the_order_and_the_ids_of_the_posts(faults: Faults, serials: list[int]) -> None:
    posts = posts_of(_made(count=4), faults)

    assert [int(post.event_id.removeprefix("test/")) for post in posts] == serials
    assert all(json.loads(post.body)["id"] == post.event_id for post in posts)


def test_a_malformed_body_is_no_event() -> None:
    last = posts_of(_made(), Faults(malformed=True))[-1]

    claims, event, _ = read_event(last.body, subject="x")

    assert event is None
    assert [claim.status for claim in claims] == [Status.FAILED]


def test_faults_take_enough_events_to_be_seen() -> None:
    assert [fewest_events(one) for one in (Faults(), Faults(out_of_order=True), Faults(gap=True))] == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("change", "claim", "word"),
    [
        ({"sequence": "42"}, "envelope", "sequence"),
        ({"subject": "acme/other@1.0.0"}, "payload", "subject"),
        ({"data": {"version": "1.4.0"}}, "payload", "no valid"),
        ({"id": "installs/42", "source": "/feeds/installs"}, "payload", "of the feed registry"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(change: dict[str, Any], claim: str, word: str) -> None:
    body = body_of({**EXAMPLES["version.published"].to_document(), **change})

    claims, _, _ = read_event(body, subject="x")

    failed = [one for one in claims if one.status is Status.FAILED]
    assert [one.claim for one in failed] == [claim]
    assert word in failed[0].text


def test_an_event_of_a_type_that_is_not_known_is_not_judged() -> None:
    body = body_of({**EXAMPLES["version.published"].to_document(), "type": "version.praised"})

    claims, event, _ = read_event(body, subject="x")

    assert event is not None
    assert [claim.status for claim in claims] == [Status.OK, Status.UNCHECKED]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a": 1, "a": 2}', b"\xff", b"null"])
def test_bytes_that_are_no_event_are_said_to_be_none(body: bytes) -> None:
    claims, event, _ = read_event(body, subject="x")

    assert (event, claims[0].status) == (None, Status.FAILED)


@pytest.mark.parametrize(
    ("feed", "pattern", "chosen"),
    [
        (None, None, "registry"),
        ("installs", None, "installs"),
        (None, "version.*", "registry"),
        (None, "install.changed", "installs"),
        ("registry", "*", "registry"),
    ],
)
def test_the_feed_is_the_one_the_types_are_in(feed: str | None, pattern: str | None, chosen: str) -> None:
    assert feed_of(feed, pattern) == chosen


@pytest.mark.parametrize("pattern", ["*", "extension.event", "nothing.like.it"])
def test_types_of_no_one_readable_feed_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidUsage):
        feed_of(None, pattern)


def test_a_position_is_a_serial_and_nothing_else() -> None:
    assert [read_position(text) for text in ("42", "1h", None, "-1", "9" * 30)] == [
        42,
        None,
        None,
        None,
        None,
    ]
