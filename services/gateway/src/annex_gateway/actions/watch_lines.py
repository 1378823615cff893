"""Follow an extension's lines: from Redis, and from a runner-proxy's memory where Redis fails somebody."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from annex_gateway.domain.debug import BEGINNING, Cursor, StreamEntry, Watched
from annex_gateway.domain.errors import RunnerUnavailable
from annex_gateway.domain.ports import DebugRing, DebugStream, DebugStreamAway
from annex_shared.contracts.debug_lines import PLATFORM, DebugEvent, DebugLines

_PAGE: Final = 100
_REMEMBERED_LINES: Final = 4_096
_NOT_HERE: Final = (
    "Redis is away: lines come from the memory of one runner-proxy. Lines of others, and of its time before "
    "its last start, are missing."
)
_NOT_THERE: Final = (
    "The runner-proxy has no connection to Redis: lines come from its memory. Lines of other runner-proxies, "
    "and of its time before its last start, are missing."
)
_NOWHERE: Final = "Redis is away and no runner-proxy answers: no lines can be shown. Trying again."
_BACK: Final = "Redis is back: all lines are shown again."
_GAP: Final = "Lines since you last looked are not kept any more; some are missing here."


@dataclass(frozen=True, slots=True)
class WatchPorts:
    """Where lines are read, and how patiently."""

    stream: DebugStream
    ring: DebugRing
    now: Callable[[], datetime]
    wait_seconds: float = 5.0
    ring_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line, and where a reader is who has taken it."""

    event: DebugEvent
    cursor: Cursor


@dataclass(slots=True)
class Watch:
    """One reader. It holds no more than a page of lines, and reads on only when that was taken."""

    watched: Watched
    ports: WatchPorts
    tail: int
    cursor: Cursor | None = None
    _trouble: str | None = None
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _has_begun: bool = False

    async def read(self, *, is_waiting: bool = True) -> list[ReadLine]:
        """Return what is new, nothing if that takes too long to come; words of the platform's among it."""
        try:
            found = await self._from_stream(is_waiting=is_waiting)
        except DebugStreamAway:
            return await self._from_ring(_NOT_HERE, is_waiting=is_waiting)
        if found:
            # What a runner-proxy without Redis had to say stays true while others write.
            return found if self._trouble == _NOT_THERE else [*self._note(None), *found]
        return await self._from_runner_without_redis()

    async def _from_stream(self, *, is_waiting: bool) -> list[ReadLine]:
        stream, watched = self.ports.stream, self.watched
        if self.cursor is None:
            entries = await stream.tail(watched, count=self.tail)
            self.cursor = Cursor()
            return self._taken(entries)
        told: list[ReadLine] = []
        if not self._has_begun and await self._has_lost_lines():
            told = [self._say("warn", _GAP)]
        self._has_begun = True
        patience = self.ports.wait_seconds if self._trouble is None else self.ports.ring_seconds
        entries = await stream.after(
            watched, self.cursor.entry, wait_seconds=patience if is_waiting and not told else 0
        )
        return [*told, *self._taken(entries)]

    async def _has_lost_lines(self) -> bool:
        cursor = self.cursor or Cursor()
        if cursor.entry == BEGINNING:
            return False
        first = await self.ports.stream.first(self.watched)
        return first is not None and cursor.is_before(first)

    def _taken(self, entries: list[StreamEntry]) -> list[ReadLine]:
        self._has_begun = True
        taken: list[ReadLine] = []
        for one in entries:
            self.cursor = (self.cursor or Cursor()).at(one.entry)
            if one.event is not None and self._is_new(one.event):
                taken.append(ReadLine(one.event, self.cursor))
        return taken

    async def _from_runner_without_redis(self) -> list[ReadLine]:
        """Ask in a quiet moment whether lines are quiet, or cannot get to Redis from where they are made."""
        try:
            lines = await self._ring_lines()
        except RunnerUnavailable:
            return self._note(None)
        if lines.state == "connected":
            self._reached(lines)
            return self._note(None)
        return [*self._note(_NOT_THERE), *self._ring_taken(lines)]

    async def _from_ring(self, trouble: str, *, is_waiting: bool) -> list[ReadLine]:
        if is_waiting and self._trouble is not None:
            await asyncio.sleep(self.ports.ring_seconds)
        try:
            lines = await self._ring_lines()
        except RunnerUnavailable:
            return self._note(_NOWHERE)
        return [*self._note(trouble), *self._ring_taken(lines)]

    async def _ring_lines(self) -> DebugLines:
        after = None if self.cursor is None else self.cursor.ring
        limit = min(self.tail, _PAGE) if after is None else _PAGE
        return await self.ports.ring.debug_lines(self.watched, after=after, limit=max(1, limit))

    def _ring_taken(self, lines: DebugLines) -> list[ReadLine]:
        """Take a page of a ring; it counts as read only with its last line."""
        before = self.cursor or Cursor()
        self._reached(lines)
        new = [ReadLine(event, before) for event in lines.lines if self._is_new(event)]
        return [*new[:-1], *(replace(last, cursor=self.cursor or before) for last in new[-1:])]

    def _reached(self, lines: DebugLines) -> None:
        self.cursor = Cursor((self.cursor or Cursor()).entry, lines.next)

    def _note(self, trouble: str | None) -> list[ReadLine]:
        """Say in the stream itself when it becomes worse or better, once."""
        if trouble == self._trouble:
            return []
        self._trouble = trouble
        return [self._say("info", _BACK) if trouble is None else self._say("warn", trouble)]

    def _is_new(self, event: DebugEvent) -> bool:
        """Tell a line that came another way before; lines of a predecessor's runner have no id."""
        if not event.line_id:
            return True
        if event.line_id in self._seen:
            return False
        self._seen[event.line_id] = None
        while len(self._seen) > _REMEMBERED_LINES:
            self._seen.popitem(last=False)
        return True

    def _say(self, level: str, message: str) -> ReadLine:
        watched = self.watched
        event = DebugEvent(
            ts=self.ports.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            level=level,
            stream=PLATFORM,
            tenant_id=str(watched.tenant_id),
            extension_id=str(watched.extension_id),
            install_id=watched.wanted.install or "",
            request_id=watched.wanted.request or "",
            version_id="",
            content_hash="",
            message=message,
        )
        return ReadLine(event, self.cursor or Cursor())
