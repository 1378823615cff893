"""What can be said of a captured event: its envelope, its payload, and whether the platform sent it."""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from annex_cli.claims import Claim, Status
from annex_cli.errors import PlatformRefused
from annex_cli.event_examples import PAYLOAD_OF, READABLE_FEEDS
from annex_cli.extension_requests import feed_page
from annex_cli.platform_client import PlatformClient
from annex_shared.contracts.events import TEST_FEED, CloudEvent, InvalidEvent
from annex_shared.display_text import shown
from annex_shared.strict_json import NotStrictJson, read_strict_json

_MOST_DIFFERENCES = 5
# What a way to a subscriber adds, and what is said of the journey and not of the fact.
_ADDED = frozenset({"annexreplay", "annextest", "traceparent", "tracestate"})
_NOT_SIGNED = "events are not signed; --compare asks the platform whether it said this"


def read_event(body: bytes, *, subject: str) -> tuple[list[Claim], CloudEvent | None, dict[str, Any]]:
    """Judge the bytes themselves; the event is None where they are none."""
    try:
        document, event = read_strict_json(body), CloudEvent.parse(body)
    except NotStrictJson as reason:
        return [_claim("envelope", Status.FAILED, subject, f"it is not JSON: {reason}")], None, {}
    except InvalidEvent as invalid:
        return [_claim("envelope", Status.FAILED, subject, invalid.message)], None, {}
    # An event is an object, or it would have been refused.
    document = document if isinstance(document, dict) else {}
    text = f"{event.type} {event.id} of {event.time.isoformat().replace('+00:00', 'Z')}, {_kind(document)}"
    return [_claim("envelope", Status.OK, subject, text), _payload(event, subject)], event, document


def unsigned(subject: str) -> Claim:
    return _claim("signature", Status.NONE, subject, _NOT_SIGNED)


async def compare_with_feed(
    client: PlatformClient, event: CloudEvent, document: dict[str, Any], *, subject: str
) -> Claim:
    """Ask the feed for the event of this serial and compare all that is said of the fact."""
    if document.get("annextest") is True or event.feed == TEST_FEED:
        return _claim("genuine", Status.NONE, subject, "it is a test event; no feed has it")
    if event.feed not in READABLE_FEEDS:
        return _claim("genuine", Status.UNCHECKED, subject, f"the feed {event.feed} cannot be read")
    try:
        page = await feed_page(client, event.feed, after=event.serial - 1, limit=1)
    except PlatformRefused as refused:
        if refused.code != "FEED_POSITION_AHEAD":
            raise
        text = f"the feed {event.feed} has no event {event.serial} yet: this one is not of this platform"
        return _claim("genuine", Status.FAILED, subject, text)
    said = page.items[0] if page.items and page.items[0].serial == event.serial else None
    if said is None:
        text = f"the feed {event.feed} shows you no event {event.serial}"
        return _claim("genuine", Status.UNCHECKED, subject, text)
    differences = list(_differences(said.to_document(), document))
    if not differences:
        return _claim("genuine", Status.OK, subject, f"the feed {event.feed} says the same at {event.serial}")
    shown_ones = "; ".join(differences[:_MOST_DIFFERENCES])
    more = f"; {len(differences) - _MOST_DIFFERENCES} more" if len(differences) > _MOST_DIFFERENCES else ""
    return _claim("genuine", Status.FAILED, subject, f"it was changed: {shown_ones}{more}")


def _payload(event: CloudEvent, subject: str) -> Claim:
    model = PAYLOAD_OF.get(event.type)
    if model is None:
        text = f"the type {shown(event.type, limit=80)} is not known here; a newer platform may have it"
        return _claim("payload", Status.UNCHECKED, subject, text)
    try:
        payload = event.to_payload(model)
    except InvalidEvent as invalid:
        return _claim("payload", Status.FAILED, subject, invalid.message)
    if event.feed not in {model.feed, TEST_FEED}:
        text = f"{event.type} is of the feed {model.feed}, and this one says {shown(event.feed, limit=80)}"
        return _claim("payload", Status.FAILED, subject, text)
    if payload.subject() != event.subject:
        text = f"its subject is {shown(event.subject)}, and its data is about {shown(payload.subject())}"
        return _claim("payload", Status.FAILED, subject, text)
    return _claim("payload", Status.OK, subject, f"its data has what {event.type} promises")


def _differences(said: Any, here: Any, path: str = "") -> Iterator[str]:
    """Name where two events differ, for somebody who asks what changed it on the way."""
    if isinstance(said, dict) and isinstance(here, dict):
        for name in sorted({*said, *here} - (_ADDED if not path else frozenset())):
            place = f"{path}.{name}" if path else name
            if name not in here:
                yield f"{shown(place, limit=80)} is missing"
            elif name not in said:
                yield f"{shown(place, limit=80)} was added"
            else:
                yield from _differences(said[name], here[name], place)
    elif said != here or type(said) is not type(here):
        there, found = shown(str(said), limit=60), shown(str(here), limit=60)
        yield f"{shown(path, limit=80)} is {found}, in the feed {there}"


def _kind(document: dict[str, JsonValue]) -> str:
    if document.get("annextest") is True:
        return "a test event"
    return "sent again by a replay" if document.get("annexreplay") is True else "as the platform sends it"


def _claim(name: str, status: Status, subject: str, text: str) -> Claim:
    return Claim(name, status, subject, text)
