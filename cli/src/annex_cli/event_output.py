"""Events as they are shown: rows with what a subscriber answered, and what a stream says between them."""

import json
from dataclasses import dataclass
from datetime import UTC

from pydantic import JsonValue

from annex_cli.event_posts import PostAnswer
from annex_cli.json_stream import JsonStream
from annex_cli.session import Session
from annex_shared.contracts.events import REGISTRY_FEED, CloudEvent
from annex_shared.display_text import shown

_SERIAL_WIDTH = 6
_EVENT_WIDTH = 44


@dataclass(slots=True)
class EventOutput:
    """Writes one stream of events; it is the watch of the tail, too."""

    session: Session
    stream: JsonStream
    feed: str
    forwards: bool = False

    def head(self) -> None:
        forward = f"{'event':<{_EVENT_WIDTH}}  forward" if self.forwards else "event"
        self.session.terminal.say(f"{'serial':>{_SERIAL_WIDTH}}  {'time':8}  {forward}")

    def event(self, event: CloudEvent) -> None:
        """Show an event; with a subscriber, its row is written with the first answer."""
        self.stream.line("event", {"serial": event.serial, "event": event.to_document()})
        if not self.forwards:
            self._row(event, "")

    def answered(self, event: CloudEvent, answer: PostAnswer, wait_seconds: float | None) -> None:
        facts: dict[str, JsonValue] = {"id": event.id, **answer.to_document(), "retry_in": wait_seconds}
        self.stream.line("forward", facts)
        then = f"   will retry: {wait_seconds:.0f} s" if wait_seconds else ""
        if not answer.is_success and not wait_seconds:
            then = "   given up"
        self._row(event, f"{answer}{then}")

    def lost(self, failure: Exception) -> None:
        self.stream.line("disconnected", {"message": str(failure)})
        self.session.terminal.say(f"{failure} Asking again.")

    def reconnected(self, *, after: int, seconds: float) -> None:
        self.stream.line("reconnected", {"after": after, "seconds": round(seconds, 1)})
        told = ", none missed" if self.feed == REGISTRY_FEED else ""
        self._between(f"reconnected after {seconds:.0f} s, resumed after {after}{told}")

    def gap(self, *, first: int, last: int) -> None:
        self.stream.line("gap", {"first": first, "last": last})
        self._between(f"gap: {_serials(first, last)} not in the feed's answer")

    def _row(self, event: CloudEvent, forward: str) -> None:
        if self.session.terminal.is_json:
            return
        what = f"{shown(event.type, limit=80)} {shown(event.subject)}"
        time = event.time.astimezone(UTC).strftime("%H:%M:%S")
        row = f"{event.serial:>{_SERIAL_WIDTH}}  {time}  {what:<{_EVENT_WIDTH}}  {forward}"
        self.session.terminal.result(row.rstrip())

    def _between(self, text: str) -> None:
        if not self.session.terminal.is_json:
            self.session.terminal.result(f"{'--':>{_SERIAL_WIDTH}}  {text}")


def pretty(document: JsonValue) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _serials(first: int, last: int) -> str:
    return f"{first} is" if first == last else f"{first} to {last} are"
