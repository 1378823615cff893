import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from annex_runner_proxy.adapters.debug_log import DebugLog, DebugPolicy
from annex_runner_proxy.adapters.redis_debug_stream import DebugStreamAway
from annex_runner_proxy.domain.line_queue import LineQueue
from annex_runner_proxy.domain.ports import GuestLine
from annex_shared.contracts.debug_lines import DebugLine, LineFilter
from unit.runner_proxy.fakes import EXTENSION, TENANT, an_install

EXECUTION = UUID("66666666-4444-4444-8444-444444444444")


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(slots=True)
class MemoryStream:
    """Takes lines, unless it is away."""

    lines: list[DebugLine] = field(default_factory=list)
    is_away: bool = False
    attempts: int = 0
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def append(self, lines: Sequence[DebugLine]) -> None:
        async with self.heard:
            self.attempts += 1
            self.heard.notify_all()
            if self.is_away:
                raise DebugStreamAway("away")
            self.lines.extend(lines)

    async def until_attempted(self, attempts: int) -> None:
        async with asyncio.timeout(5), self.heard:
            await self.heard.wait_for(lambda: self.attempts >= attempts)

    async def until_told(self, count: int) -> None:
        async with asyncio.timeout(5), self.heard:
            await self.heard.wait_for(lambda: len(self.lines) >= count)

    @property
    def messages(self) -> list[str]:
        return [line.message for line in self.lines]


def _log(stream: MemoryStream | None, *, line_bytes: int = 8_192, max_lines: int = 100) -> DebugLog:
    return DebugLog(
        stream,
        writer="w",
        clock=StoppedClock(),
        policy=DebugPolicy(line_bytes, first_delay_seconds=0.01, max_delay_seconds=0.01),
        queue=LineQueue(max_lines=max_lines),
    )


@asynccontextmanager
async def _running(debug_log: DebugLog) -> AsyncIterator[None]:
    task = asyncio.create_task(debug_log.run())
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _line(message: str, stream: str = "log") -> GuestLine:
    return GuestLine(an_install(), EXECUTION, "req_1", "info", stream, message)


def _ring(debug_log: DebugLog) -> list[str]:
    found = debug_log.lines(str(TENANT), str(EXTENSION), None, 100, LineFilter())
    return [line.message for line in found.lines]


async def test_line_reaches_the_stream_with_whose_it_is() -> None:
    stream = MemoryStream()
    debug_log = _log(stream)

    async with _running(debug_log):
        debug_log.write(_line("héllo", "stdout"))
        await stream.until_told(1)

    (line,) = stream.lines
    assert (line.tenant, line.extension, line.execution) == (str(TENANT), str(EXTENSION), str(EXECUTION))
    assert (line.stream, line.message, line.ts_ms) == ("stdout", "héllo", 1_795_219_200_000)


async def test_long_line_is_cut_between_characters_and_says_so() -> None:
    stream = MemoryStream()
    debug_log = _log(stream, line_bytes=4)

    async with _running(debug_log):
        debug_log.write(_line("abcé"))
        await stream.until_told(1)

    assert (stream.lines[0].message, stream.lines[0].is_truncated) == ("abc", True)


async def test_lines_written_while_the_stream_is_away_reach_it_in_order_when_it_is_back() -> None:
    stream = MemoryStream(is_away=True)
    debug_log = _log(stream)

    async with _running(debug_log):
        debug_log.write(_line("one"))
        debug_log.write(_line("two"))
        await stream.until_attempted(2)
        state_while_away, ring = debug_log.state, _ring(debug_log)
        stream.is_away = False
        await stream.until_told(2)
        await stream.until_attempted(3)

    assert (state_while_away, ring) == ("away", ["one", "two"])
    assert stream.messages == ["one", "two"]
    assert debug_log.state == "connected"


async def test_lost_lines_are_told_in_the_stream_they_are_missing_from() -> None:
    stream = MemoryStream(is_away=True)
    debug_log = _log(stream, max_lines=2)

    async with _running(debug_log):
        for number in range(5):
            debug_log.write(_line(str(number)))
        stream.is_away = False
        await stream.until_told(3)

    told, *kept = stream.lines
    assert (told.level, told.stream, told.message[:16]) == ("warn", "platform", "3 lines not kept")
    assert [line.message for line in kept] == ["3", "4"]


async def test_what_is_queued_when_the_service_stops_is_written_first() -> None:
    stream = MemoryStream()
    debug_log = _log(stream)

    async with _running(debug_log):
        debug_log.write(_line("last words"))

    assert stream.messages == ["last words"]


async def test_without_redis_the_ring_serves_and_nothing_queues_up() -> None:
    debug_log = _log(None)

    debug_log.write(_line("hello"))

    assert (_ring(debug_log), len(debug_log.queue), debug_log.state) == (["hello"], 0, "off")


async def test_every_line_has_an_id_of_its_own() -> None:
    debug_log = _log(None)

    debug_log.write(_line("same"))
    debug_log.write(_line("same"))

    found = debug_log.lines(str(TENANT), str(EXTENSION), None, 100, LineFilter())
    assert [line.line_id for line in found.lines] == ["w-1", "w-2"]
