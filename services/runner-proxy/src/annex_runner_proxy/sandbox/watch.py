"""One thread per worker that ends calls which outstay their time or outgrow their memory.

Time is both: of the clock on the wall and of the processor.

It sleeps while the worker is idle. While calls run it looks every few milliseconds, and stops a guest by
moving the engine's epoch. What cannot be stopped so (a single bulk instruction, a conversion in the host)
is ended with the whole process: the last word is sent from here.
"""

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wasmtime import Engine

from annex_runner_proxy.sandbox.memory_meter import MemoryMeter, ProcessSizes
from annex_runner_proxy.sandbox.messages import HOST_ALLOWANCE_BYTES, Failure

_LOOK_EVERY_SECONDS: Final = 0.002
_STAY_AWAKE_SECONDS: Final = 0.05
# Python's own allocations move the cheap figure a little; within this distance of the limit we look closely.
_NEAR_LIMIT_BYTES: Final = 8 << 20
ENDED_BY_WATCH: Final = 70
# How long a call may go on that does not heed the epoch; for a deadline the broker sees to it.
_GRACE_SECONDS: Final = {
    Failure.MEMORY_LIMIT_EXCEEDED: 0.03,
    Failure.TABLE_LIMIT_EXCEEDED: 0.03,
    Failure.CPU_LIMIT_EXCEEDED: 0.25,
}


@dataclass(slots=True)
class Watched:
    """A call under watch; ``ended_for`` is set once and never changes.

    ``peak_bytes`` is the most private memory it was seen to hold, the conversions of the host included.
    """

    call_id: int
    engine: Engine
    deadline: float
    cpu_until: float
    memory_bytes: int
    private_bytes_before: int
    ended_for: Failure | None = None
    ended_at: float = 0.0
    peak_bytes: int = 0


class Watch:
    """Starts its thread at once, and watches the thread that made it.

    ``last_word`` tells the broker what the process is about to die of.
    """

    def __init__(self, meter: MemoryMeter, *, last_word: Callable[[int, Failure], None]) -> None:
        self._processor_clock = time.pthread_getcpuclockid(threading.get_ident())
        self._meter = meter
        self._last_word = last_word
        self._guarding = threading.Lock()
        self._wake = threading.Event()
        self._is_parked = False
        self._call: Watched | None = None
        threading.Thread(target=self._look_on, name="watch", daemon=True).start()

    def begin(
        self,
        call_id: int,
        engine: Engine,
        *,
        deadline: float,
        cpu_seconds: float,
        memory_bytes: int,
        before: ProcessSizes,
    ) -> Watched:
        """Watch a call from now on; ``before`` is what the process held when its instance was not there."""
        watched = Watched(
            call_id,
            engine,
            deadline,
            self._processor_seconds() + cpu_seconds,
            memory_bytes,
            before.private_bytes,
        )
        with self._guarding:
            self._call = watched
            if self._is_parked:
                self._wake.set()
        return watched

    def end(self, watched: Watched) -> Failure | None:
        """Stop watching; say whether the call is over a limit, also if it was too quick to be stopped for it.

        Size and processor time are looked at after every call, so the verdict does not depend on timing.
        """
        with self._guarding:
            self._call = None
        if watched.ended_for is None and self._has_outgrown(watched):
            watched.ended_for = self._outgrown_by(watched)
        if watched.ended_for is None and self._processor_seconds() > watched.cpu_until:
            watched.ended_for = Failure.CPU_LIMIT_EXCEEDED
        return watched.ended_for

    def _processor_seconds(self) -> float:
        return time.clock_gettime(self._processor_clock)

    def _look_on(self) -> None:
        last_busy = time.monotonic()
        while True:
            now = time.monotonic()
            if self._call is not None:
                last_busy = now
                self._look_at_call(now)
            elif now - last_busy > _STAY_AWAKE_SECONDS:
                self._park()
                last_busy = time.monotonic()
            time.sleep(_LOOK_EVERY_SECONDS)

    def _park(self) -> None:
        with self._guarding:
            self._wake.clear()
            self._is_parked = self._call is None
        if self._is_parked:
            self._wake.wait()
            self._is_parked = False

    def _look_at_call(self, now: float) -> None:
        call = self._call
        if call is None:
            return
        if call.ended_for is None:
            failure = self._overstepping(call, now)
            if failure is not None:
                self._interrupt(call, failure, now)
        elif now - call.ended_at > _GRACE_SECONDS.get(call.ended_for, math.inf):
            self._die_of(call)

    def _overstepping(self, call: Watched, now: float) -> Failure | None:
        if now >= call.deadline:
            return Failure.DEADLINE_EXCEEDED
        if self._processor_seconds() >= call.cpu_until:
            return Failure.CPU_LIMIT_EXCEEDED
        return self._outgrown_by(call) if self._has_outgrown(call) else None

    def _outgrown_by(self, call: Watched) -> Failure:
        """Say by what: beyond the host's allowance only tables can grow outside linear memory."""
        if self._meter.linear_memory_bytes() > call.memory_bytes:
            return Failure.MEMORY_LIMIT_EXCEEDED
        return Failure.TABLE_LIMIT_EXCEEDED

    def _has_outgrown(self, call: Watched) -> bool:
        grown = self._meter.private_bytes() - call.private_bytes_before
        call.peak_bytes = max(call.peak_bytes, grown)
        if grown > call.memory_bytes + HOST_ALLOWANCE_BYTES:
            return True
        if grown <= call.memory_bytes - _NEAR_LIMIT_BYTES:
            return False
        return self._meter.linear_memory_bytes() > call.memory_bytes

    def _interrupt(self, call: Watched, failure: Failure, now: float) -> None:
        with self._guarding:
            # Never moves the epoch of a call that begins after the one we looked at.
            if self._call is call:
                call.ended_for, call.ended_at = failure, now
                call.engine.increment_epoch()

    def _die_of(self, call: Watched) -> None:
        with self._guarding:
            if self._call is not call or call.ended_for is None:
                return
            try:
                self._last_word(call.call_id, call.ended_for)
            finally:
                os._exit(ENDED_BY_WATCH)
