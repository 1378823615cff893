"""Where the lines of guests go: into the ring at once, and to Redis in batches from a bounded queue."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from annex_runner_proxy.adapters.redis_debug_stream import DebugStreamAway
from annex_runner_proxy.domain.debug_rings import DebugRings
from annex_runner_proxy.domain.line_queue import LineQueue
from annex_runner_proxy.domain.ports import GuestLine
from annex_shared.clock import Clock
from annex_shared.contracts.debug_lines import (
    PLATFORM,
    DebugEvent,
    DebugLine,
    DebugLines,
    LineFilter,
    StreamState,
    cut_text,
)

_BATCH_LINES: Final = 200
_LAST_FLUSH_SECONDS: Final = 1.0

log = structlog.get_logger()


class DebugStream(Protocol):
    """Takes lines for good. Raises DebugStreamAway."""

    async def append(self, lines: Sequence[DebugLine]) -> None: ...


@dataclass(frozen=True, slots=True)
class DebugPolicy:
    """The waits between attempts double up to the maximum."""

    line_bytes: int = 8_192
    first_delay_seconds: float = 0.5
    max_delay_seconds: float = 10.0


class DebugLog:
    """Takes lines without ever waiting; ``run`` writes them to ``stream``, which may come and go."""

    def __init__(
        self,
        stream: DebugStream | None,
        *,
        writer: str,
        clock: Clock,
        policy: DebugPolicy | None = None,
        rings: DebugRings | None = None,
        queue: LineQueue | None = None,
    ) -> None:
        self.rings = DebugRings() if rings is None else rings
        self.queue = LineQueue() if queue is None else queue
        self.state: StreamState = "off" if stream is None else "connected"
        self._stream = stream
        self._writer = writer
        self._clock = clock
        self._policy = policy or DebugPolicy()
        self._numbers = itertools.count(1)
        self._wake = asyncio.Event()

    def write(self, line: GuestLine) -> None:
        install = line.install
        message, is_cut = cut_text(line.message, max_bytes=self._policy.line_bytes)
        self._keep(
            DebugLine(
                ts_ms=self._now_ms(),
                level=line.level,
                stream=line.stream,
                tenant=str(install.tenant_id),
                extension=str(install.extension_id),
                install=str(install.install_id),
                request=line.request_id,
                version=install.version_id,
                content_hash=str(install.content_hash),
                message=message,
                is_truncated=is_cut,
                execution=str(line.execution_id),
                line_id=self._line_id(),
            )
        )

    def lines(
        self, tenant: str, extension: str, after: int | None, limit: int, wanted: LineFilter
    ) -> DebugLines:
        """Read the ring of one extension."""
        found, reached = self.rings.after((tenant, extension), after, limit=limit, fits=wanted.fits)
        return DebugLines(state=self.state, lines=[DebugEvent.of(line) for line in found], next=reached)

    async def run(self) -> None:
        """Write what was queued, for as long as the service runs, and once more at its end."""
        delay = self._policy.first_delay_seconds
        try:
            while True:
                await self._wake.wait()
                if await self._write_batch():
                    delay = self._policy.first_delay_seconds
                else:
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, self._policy.max_delay_seconds)
        finally:
            await self._flush()

    def _keep(self, line: DebugLine) -> None:
        self.rings.add(line)
        if self._stream is not None:
            self.queue.put(line)
            self._wake.set()

    async def _write_batch(self) -> bool:
        """Write the oldest lines, losses told first; on failure they are the oldest again."""
        assert self._stream is not None  # noqa: S101 - nothing is queued without one
        batch = [*self._told_losses(), *self.queue.take(_BATCH_LINES)]
        try:
            await self._stream.append(batch)
        except DebugStreamAway as error:
            self.queue.put_back(batch)
            self._note("away", reason=str(error))
            return False
        except BaseException:
            self.queue.put_back(batch)
            raise
        self._note("connected")
        if not len(self.queue):
            self._wake.clear()
        return True

    async def _flush(self) -> None:
        """Write what is left when the service stops, within a second; what Redis does not take is lost."""
        try:
            async with asyncio.timeout(_LAST_FLUSH_SECONDS):
                while len(self.queue) and await self._write_batch():
                    pass
        except TimeoutError:
            pass
        if len(self.queue):
            log.warning("debug_lines_lost", lines=len(self.queue))

    def _told_losses(self) -> list[DebugLine]:
        losses = self.queue.take_losses()
        if losses:
            log.warning("debug_lines_dropped", lines=sum(count for count, _ in losses))
        return [
            replace(
                last,
                level="warn",
                stream=PLATFORM,
                message=f"{count} lines not kept: they could not be written in time.",
                is_truncated=False,
                install="",
                request="",
                execution="",
                line_id=self._line_id(),
            )
            for count, last in losses
        ]

    def _note(self, state: StreamState, *, reason: str | None = None) -> None:
        if state == self.state:
            return
        self.state = state
        if state == "away":
            log.warning("debug_stream_away", reason=reason, advice="lines are kept in this process only")
        else:
            log.info("debug_stream_back")

    def _line_id(self) -> str:
        return f"{self._writer}-{next(self._numbers)}"

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
