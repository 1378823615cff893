from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from annex_gateway.actions.watch_lines import Watch, WatchPorts
from annex_gateway.domain.debug import Cursor, StreamEntry, Watched
from annex_gateway.domain.errors import RunnerUnavailable
from annex_gateway.domain.ports import DebugStreamAway
from annex_shared.contracts.debug_lines import DebugEvent, DebugLine, DebugLines, LineFilter, StreamState
from annex_shared.ids import ExtensionId, TenantId
from annex_shared.service_tokens import Caller

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
EXTENSION = ExtensionId(UUID("33333333-3333-4333-8333-333333333333"))
WATCHED = Watched(TENANT, EXTENSION, LineFilter(), Caller("someone", TENANT))
EVENT = DebugEvent.of(DebugLine.of_fields({"ts": "1", "stream": "log", "level": "info"}))


def _event(name: str) -> DebugEvent:
    return EVENT.model_copy(update={"message": name, "line_id": name})


@dataclass(slots=True)
class MemoryStream:
    """A debug stream; entries are numbered from 1."""

    events: list[DebugEvent | None] = field(default_factory=list)
    trimmed: int = 0
    is_away: bool = False

    def _entries(self) -> list[StreamEntry]:
        if self.is_away:
            raise DebugStreamAway
        entries = [StreamEntry(f"{number}-0", event) for number, event in enumerate(self.events, 1)]
        return entries[self.trimmed :]

    async def tail(self, _watched: Watched, *, count: int) -> list[StreamEntry]:
        return self._entries()[-count:]

    async def after(self, _watched: Watched, entry: str, *, wait_seconds: float) -> list[StreamEntry]:
        assert wait_seconds >= 0
        return [one for one in self._entries() if Cursor(entry).is_before(one.entry)]

    async def first(self, _watched: Watched) -> str | None:
        entries = self._entries()
        return entries[0].entry if entries else None


@dataclass(slots=True)
class MemoryRing:
    """A runner-proxy's memory."""

    events: list[DebugEvent] = field(default_factory=list)
    state: StreamState = "connected"
    is_away: bool = False

    async def debug_lines(self, _watched: Watched, *, after: int | None, limit: int) -> DebugLines:
        if self.is_away:
            raise RunnerUnavailable("away")
        assert limit > 0
        return DebugLines(state=self.state, lines=self.events[after or 0 :], next=len(self.events))


@dataclass(slots=True)
class Around:
    stream: MemoryStream = field(default_factory=MemoryStream)
    ring: MemoryRing = field(default_factory=MemoryRing)

    def watch(self, cursor: Cursor | None = None, tail: int = 10) -> Watch:
        ports = WatchPorts(
            self.stream, self.ring, lambda: datetime(2026, 11, 21, tzinfo=UTC), wait_seconds=0, ring_seconds=0
        )
        return Watch(WATCHED, ports, tail=tail, cursor=cursor)


async def _read(watch: Watch) -> list[str]:
    return [line.event.message for line in await watch.read()]


async def test_last_lines_come_first_and_then_what_is_new() -> None:
    around = Around(MemoryStream([_event("a"), _event("b"), _event("c")]))
    watch = around.watch(tail=2)

    tail = await _read(watch)
    around.stream.events.append(_event("d"))

    assert tail == ["b", "c"]
    assert await _read(watch) == ["d"]


async def test_reader_resumes_behind_the_line_it_took_last() -> None:
    around = Around(MemoryStream([_event("a"), _event("b"), _event("c")]))
    first, *_ = await around.watch().read()

    assert await _read(around.watch(first.cursor)) == ["b", "c"]


async def test_reader_who_was_away_too_long_is_told_of_the_gap() -> None:
    around = Around(MemoryStream([_event("a"), _event("b"), _event("c")], trimmed=2))

    gap, line = await around.watch(Cursor("1-0")).read()

    assert (gap.event.stream, gap.event.level) == ("platform", "warn")
    assert "not kept any more" in gap.event.message
    assert line.event.message == "c"


async def test_entry_that_is_not_wanted_is_passed_over_for_good() -> None:
    around = Around(MemoryStream([_event("a"), None]))
    watch = around.watch()

    assert await _read(watch) == ["a"]
    assert watch.cursor == Cursor("2-0")


async def test_without_redis_a_runners_memory_serves_with_a_warning() -> None:
    around = Around(MemoryStream([_event("a")]), MemoryRing([_event("a"), _event("b")]))
    watch = around.watch()
    await watch.read()
    around.stream.is_away = True

    warning, line = await watch.read()

    assert (warning.event.level, warning.event.stream) == ("warn", "platform")
    assert warning.event.message.startswith("Redis is away")
    assert line.event.message == "b"
    assert await _read(watch) == []


async def test_lines_shown_from_memory_are_not_shown_again_when_redis_is_back() -> None:
    around = Around(MemoryStream(is_away=True), MemoryRing([_event("a"), _event("b")]))
    watch = around.watch()
    shown = await _read(watch)
    around.stream.is_away = False
    around.stream.events = [_event("a"), _event("b"), _event("c")]

    back = await _read(watch)

    assert shown[1:] == ["a", "b"]
    assert back[0].startswith("Redis is back")
    assert back[1:] == ["c"]


async def test_runner_without_redis_is_read_directly_with_a_warning() -> None:
    around = Around(MemoryStream(), MemoryRing([_event("a")], state="off"))
    watch = around.watch()

    warning, line = await watch.read()
    around.ring.events.append(_event("b"))

    assert warning.event.message.startswith("The runner-proxy has no connection to Redis")
    assert line.event.message == "a"
    assert await _read(watch) == ["b"]


async def test_when_nobody_has_lines_the_reader_is_told_once() -> None:
    around = Around(MemoryStream(is_away=True), MemoryRing(is_away=True))
    watch = around.watch()

    (told,) = await _read(watch)

    assert told.startswith("Redis is away and no runner-proxy answers")
    assert await _read(watch) == []


async def test_lines_of_a_predecessors_runner_are_all_shown() -> None:
    around = Around(MemoryStream([_event("x"), _event("x")]))
    around.stream.events = [
        event.model_copy(update={"line_id": ""}) for event in around.stream.events if event is not None
    ]

    assert await _read(around.watch()) == ["x", "x"]
