"""Make test events: examples with changed fields, and the ways in which deliveries go wrong."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annex_cli.errors import InvalidUsage
from annex_cli.event_examples import EXAMPLES, payload_of
from annex_shared.contracts.events import TEST_FEED, CloudEvent, InvalidEvent, sequence_text
from annex_shared.display_text import shown
from annex_shared.strict_json import NotStrictJson, read_strict_json

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Faults:
    """How the deliveries are to go wrong, each as it happens on a bad day."""

    duplicate: bool = False
    out_of_order: bool = False
    gap: bool = False
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """One post; ``note`` says what is wrong with it, and is empty where nothing is."""

    event_id: str
    body: bytes
    note: str = ""


def make_test_event(event_type: str, changes: Mapping[str, str], *, serial: int, time: datetime) -> Document:
    """Make a test event: marked, of a source that no feed has, and valid. Raises InvalidUsage."""
    model = payload_of(event_type)
    data: Document = json.loads(json.dumps(EXAMPLES[event_type].data))
    for name, value in changes.items():
        _set(data, name, value)
    try:
        checked = EXAMPLES[event_type].model_copy(update={"data": data}).to_payload(model)
    except InvalidEvent as invalid:
        sentence = invalid.message.partition(": ")[2]
        raise InvalidUsage(f"--set makes no valid {event_type} event: {sentence}") from None
    event = CloudEvent(
        id=f"{TEST_FEED}/{serial}",
        source=f"/feeds/{TEST_FEED}",
        type=event_type,
        subject=checked.subject(),
        time=time,
        sequence=sequence_text(serial),
        partitionkey=checked.partition_key(),
        data=checked.model_dump(mode="json"),
    )
    return {**event.to_document(), "annextest": True}


def posts_of(events: Sequence[Document], faults: Faults) -> list[PlannedPost]:
    """Plan what is posted, in order, with the wanted faults in it."""
    planned = [PlannedPost(str(event["id"]), body_of(event)) for event in events]
    if faults.gap and len(planned) > 2:  # noqa: PLR2004 - a gap has something on both sides
        middle = len(planned) // 2
        missing = planned.pop(middle)
        planned[middle] = _noted(planned[middle], f"after a gap: {missing.event_id} is never sent")
    if faults.out_of_order:
        planned = list(_swapped(planned))
    if faults.duplicate:
        planned = [copy for one in planned for copy in (one, _noted(one, "a repeat: the same id once more"))]
    if faults.malformed:
        last = planned[-1]
        planned[-1] = PlannedPost(last.event_id, last.body[: len(last.body) // 2], "cut in the middle")
    return planned


def fewest_events(faults: Faults) -> int:
    """Return how many events it takes to show the faults."""
    if faults.gap:
        return 3
    return 2 if faults.out_of_order else 1


def read_changes(words: Iterable[str]) -> dict[str, str]:
    """Read `data.version=9.9.9`. Raises InvalidUsage."""
    changes: dict[str, str] = {}
    for word in words:
        name, found, value = word.partition("=")
        if not found or not name.startswith("data.") or not name.removeprefix("data."):
            raise InvalidUsage(
                f'--set "{shown(word, limit=80)}" must be written data.FIELD=VALUE; all else of a test event '
                "follows from its data."
            )
        changes[name.removeprefix("data.")] = value
    return changes


def body_of(document: Mapping[str, Any]) -> bytes:
    """Write an event as the platform does."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _set(data: Document, name: str, text: str) -> None:
    """Change a field that the type has; below `payload` any may be added."""
    *path, last = name.split(".")
    place: Any = data
    for step in path:
        place = place.get(step) if isinstance(place, dict) else None
    if not isinstance(place, dict) or (last not in place and not (path and path[0] == "payload")):
        raise InvalidUsage(
            f'--set names "data.{shown(name, limit=80)}", which the event does not have. '
            f"Its data has {', '.join(data)}."
        )
    place[last] = text if isinstance(place.get(last), str) else _value(text)


def _value(text: str) -> Any:
    try:
        return read_strict_json(text.encode())
    except NotStrictJson:
        return text


def _noted(delivery: PlannedPost, note: str) -> PlannedPost:
    return PlannedPost(delivery.event_id, delivery.body, note)


def _swapped(planned: Sequence[PlannedPost]) -> Iterable[PlannedPost]:
    for place in range(0, len(planned), 2):
        pair = planned[place : place + 2]
        if len(pair) == 2:  # noqa: PLR2004 - a pair
            yield _noted(pair[1], pair[1].note or "out of order: the younger first")
            yield _noted(pair[0], pair[0].note or "out of order: the older after it")
        else:
            yield pair[0]
