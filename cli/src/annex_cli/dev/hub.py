"""Everything that happens, told once: to a person as lines, to a program as JSON, to open pages as events."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from annex_cli.dev.state import DevState
from annex_cli.json_stream import JsonStream
from annex_cli.session import Session
from annex_shared.clock import SystemClock

# A page that does not read for so long is told the whole state when it comes back.
_WAITING_EVENTS: Final = 500
_TEXT_WIDTH: Final = 9
# What the last line of the stream counts.
_COUNTED: Final = {"call": "calls", "reloaded": "reloads"}

Told = tuple[str, Mapping[str, JsonValue]]


@dataclass(slots=True)
class Hub:
    session: Session
    stream: JsonStream
    state: DevState = field(default_factory=DevState)
    _pages: set[asyncio.Queue[Told]] = field(default_factory=set)

    def tell(self, kind: str, facts: Mapping[str, JsonValue], text: str | None = None) -> None:
        """Tell everybody. ``text`` is for the person; without it they hear nothing."""
        counted = _COUNTED.get(kind)
        if counted is not None:
            self.stream.counted[counted] = int(str(self.stream.counted.get(counted, 0))) + 1
        self.stream.line(kind, facts)
        if text is not None:
            self.session.terminal.say(text)
        self.tell_pages(kind, facts)

    def tell_pages(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        for page in self._pages:
            if page.full():
                page.get_nowait()
            page.put_nowait((kind, facts))

    def tell_state(self) -> None:
        self.tell_pages("state", self.state.to_document())

    @asynccontextmanager
    async def page(self) -> AsyncIterator[asyncio.Queue[Told]]:
        """Give a page its queue of events for as long as it listens."""
        queue: asyncio.Queue[Told] = asyncio.Queue(_WAITING_EVENTS)
        self._pages.add(queue)
        queue.put_nowait(("state", self.state.to_document()))
        try:
            yield queue
        finally:
            self._pages.discard(queue)


def stamped(word: str, text: str) -> str:
    """Write a line with the time of day: `12:03:31  changed  src/notes.ts`."""
    return f"{SystemClock().now().astimezone():%H:%M:%S}  {word:<{_TEXT_WIDTH}}{text}"
