"""Every event is described, and somebody listens to it or it is said why nobody does."""

import json
import re
from pathlib import Path

import pytest

from annex_shared.contracts.events import PAYLOADS, CloudEvent, EventPayload
from annex_shared.contracts.feeds import FeedPage

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "events.md").read_text()
BINDINGS = (ROOT / "shared" / "src" / "annex_shared" / "messaging" / "topology.py").read_text()
# An event for subscribers outside of the platform alone is named here with the reason.
NOBODY_LISTENS: dict[str, str] = {
    "extension.event": "Runner-proxy queues it for subscriptions in the transaction that keeps it.",
}

every_event = pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.event_type)


def _section(payload: type[EventPayload]) -> str:
    _, heading, rest = PAGE.partition(f"\n## `{payload.event_type}`\n")
    assert heading, f"docs/events.md has no heading for {payload.event_type}"
    return rest.partition("\n## ")[0]


def test_every_payload_is_among_those_described() -> None:
    assert set(EventPayload.__subclasses__()) == set(PAYLOADS)


@every_event
def test_an_event_has_a_schema_and_a_place_in_the_page(payload: type[EventPayload]) -> None:
    section = _section(payload)

    assert (ROOT / "docs" / "events" / f"{payload.event_type}.schema.json").is_file()
    assert f"events/{payload.event_type}.schema.json" in section
    assert f"**Feed** `{payload.feed}`" in section
    key = ".".join([payload.event_type, *(f"<{field}>" for field in payload.key_fields)])
    assert f"**Routing key** `{key}`" in section
    assert all(word in section for word in ("**When.**", "**Who listens.**"))


@every_event
def test_every_field_of_an_event_is_explained(payload: type[EventPayload]) -> None:
    section = _section(payload)

    assert [name for name in payload.model_fields if f"`{name}`" not in section] == []


@every_event
def test_somebody_listens_or_it_is_said_why_nobody_does(payload: type[EventPayload]) -> None:
    constant = re.sub(r"[.]", "_", payload.event_type).upper()
    binding = re.search(rf'^(\w+) = f"{{{constant}}}', BINDINGS, re.MULTILINE)
    assert binding, f"messaging/topology.py has no binding for {payload.event_type}"
    apps = [path.read_text() for path in ROOT.glob("services/*/src/*/app.py")]
    listens = any(re.search(rf"bindings=\[[^]]*\b{binding[1]}\b", app) for app in apps)

    assert listens != (payload.event_type in NOBODY_LISTENS)


def test_the_examples_of_the_page_are_events_that_could_be_sent() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    page, events = FeedPage.model_validate(blocks[0]), [CloudEvent.model_validate(one) for one in blocks[1:]]
    shown = {each.type: each for each in (*page.items, *events)}

    for payload in PAYLOADS:
        example = shown[payload.event_type]
        expected = CloudEvent.of(example.to_payload(payload), serial=example.serial, time=example.time)
        assert example == expected
    assert json.loads(page.to_bytes()) == blocks[0]
    assert [event.to_document() for event in events] == blocks[1:]


def test_nothing_is_described_that_is_not_sent() -> None:
    described = set(re.findall(r"^## `([a-z.]+)`$", PAGE, re.MULTILINE))
    schemas = {path.name.removesuffix(".schema.json") for path in (ROOT / "docs" / "events").iterdir()}

    assert described == schemas == {payload.event_type for payload in PAYLOADS}
