"""The program that runs extension code: ``python -m annex_runner_proxy.sandbox.worker <fd> <parent>``.

One call at a time, over one inherited socket. It holds no identity and no secret: whatever a guest may ask
for is asked from the broker, which knows whose call it is.
"""

import gc
import os
import sys
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from wasmtime import Engine

from annex_runner_proxy.sandbox.channel import Channel, ChannelClosed
from annex_runner_proxy.sandbox.engine import Allocator, build_engine, fingerprint
from annex_runner_proxy.sandbox.frames import FrameRefused, Message
from annex_runner_proxy.sandbox.guest import Guest, cause_of, load_guest
from annex_runner_proxy.sandbox.host_imports import CurrentCall, HostImports
from annex_runner_proxy.sandbox.isolation import cap_resources, confine, leave_the_parents_world
from annex_runner_proxy.sandbox.kept_instance import KeptInstance, ReuseTerms, Seated
from annex_runner_proxy.sandbox.memory_meter import HeapMeter, MemoryMeter
from annex_runner_proxy.sandbox.messages import CallEnded, Failure, FromWorker, ToWorker
from annex_runner_proxy.sandbox.watch import Watch

_KEPT_GUESTS: Final = 8
# The engine's size of a reference; what else an instance allocates is far below the allowance.
_TABLE_ELEMENT_BYTES: Final = 8
_HEAP_ALLOWANCE_BYTES: Final = 1 << 20
_OPEN_FILES: Final = 64
_START_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 5.0
_LAST_WORD_SECONDS: Final = 0.5


def main(arguments: list[str]) -> None:
    descriptor, parent = int(arguments[0]), int(arguments[1])
    leave_the_parents_world(parent)
    channel = Channel(descriptor)
    with suppress(ChannelClosed):
        start = channel.receive(timeout_seconds=_START_SECONDS)
        _serve(channel, start)


def _serve(channel: Channel, start: Message) -> None:
    engines = _Engines(Allocator(start["allocator"]))
    engine_name = fingerprint()
    worker = _Worker(channel, engines)
    cap_resources(data_bytes=start["data_bytes"], open_files=_OPEN_FILES)
    isolation = confine(readable=[Path(start["module_root"])])
    worker.begin_watching()
    gc.collect()
    gc.freeze()
    channel.send(
        {"kind": FromWorker.READY, "fingerprint": engine_name, "isolation": isolation.to_message()},
        timeout_seconds=_START_SECONDS,
    )
    while True:
        try:
            message = channel.receive(timeout_seconds=worker.idle_seconds_left())
        except TimeoutError:
            worker.drop_idle()
            continue
        if message["kind"] == ToWorker.CALL:
            worker.run(message)


class _Engines:
    """The engine of every call, and one that counts fuel, made when the first call asks for it."""

    def __init__(self, allocator: Allocator) -> None:
        self._allocator = allocator
        self._plain = build_engine(allocator=allocator)
        self._counting: Engine | None = None

    def of(self, fuel: int | None) -> Engine:
        if fuel is None:
            return self._plain
        if self._counting is None:
            self._counting = build_engine(counts_fuel=True, allocator=self._allocator)
        return self._counting


class _Worker:
    def __init__(self, channel: Channel, engines: _Engines) -> None:
        self._channel = channel
        self._engines = engines
        self._imports = HostImports(channel)
        # Its two files cannot be opened any more once the process is confined.
        self._meter = MemoryMeter()
        self._heap = HeapMeter()
        self._watch: Watch | None = None
        self._guests: OrderedDict[str, Guest] = OrderedDict()
        self._kept = KeptInstance()

    def begin_watching(self) -> None:
        """Start the thread that ends calls; it inherits the confinement."""
        self._watch = Watch(self._meter, last_word=self._say_last_word)

    def idle_seconds_left(self) -> float | None:
        return self._kept.idle_seconds_left()

    def drop_idle(self) -> None:
        self._kept.drop()

    def run(self, message: Message) -> None:
        """Run one call and say how it ended; the instance is dropped after the answer has left."""
        started, started_cpu = time.monotonic(), time.thread_time()
        call = CurrentCall(
            message["call_id"],
            started + message["remaining_ms"] / 1000,
            message["host_calls"],
            log_bytes_left=message["log_bytes"],
        )
        terms = ReuseTerms.of(message["reuse"])
        seated = self._kept.take(terms, message["module"])
        is_reused = seated is not None
        resident_bytes = self._meter.sizes().resident_bytes
        self._imports.call = call
        answer: dict[str, Any] = {}
        peak_bytes = 0
        try:
            if seated is None:
                seated = self._seat(message["module"], message["fuel"])
            seated.calls += 1
            answer, ended, peak_bytes = self._call(seated, call, message)
        except ChannelClosed:
            raise
        except BaseException as error:  # noqa: BLE001 - however a call ends, the broker hears of it
            ended = call.ended or cause_of(error)
        finally:
            self._imports.end_output()
            self._imports.call = None
        usage = {
            "wall_ms": (time.monotonic() - started) * 1000,
            "cpu_ms": (time.thread_time() - started_cpu) * 1000,
            "memory_bytes": peak_bytes,
            "resident_bytes": resident_bytes,
            "host_calls": call.host_calls,
            "log_bytes_dropped": call.log_bytes_dropped,
            "fuel": None if seated is None else seated.live.fuel_used(),
            "reused": is_reused,
        }
        self._reply(call.call_id, answer, ended, usage)
        if seated is not None:
            self._kept.keep(seated, terms if ended is None else None)

    def _seat(self, path: str, fuel: int | None) -> Seated:
        """Make a store for a call; loading the code is our cost, not the call's."""
        engine = self._engines.of(fuel)
        guest = self._guest(path, engine)
        return Seated(guest.live(engine), path, self._meter.sizes(), self._heap.used_bytes())

    def _call(
        self, seated: Seated, call: CurrentCall, message: Message
    ) -> tuple[dict[str, Any], CallEnded | None, int]:
        """Call the guest under watch; return its answer, why there is none, and the most memory it held."""
        assert self._watch is not None  # noqa: S101 - it begins before the first call
        answer: dict[str, Any] = {}
        ended: CallEnded | None = None
        watched = self._watch.begin(
            call.call_id,
            self._engines.of(message["fuel"]),
            deadline=call.deadline,
            cpu_seconds=message["cpu_ms"] / 1000,
            memory_bytes=message["memory_bytes"],
            before=seated.before,
        )
        try:
            answer = seated.live.call(
                message["request"], response_bytes=message["response_bytes"], fuel=message["fuel"]
            )
        except ChannelClosed:
            raise
        except BaseException as error:  # noqa: BLE001 - however a call ends, the broker hears of it
            ended = call.ended or cause_of(error)
        finally:
            overstepped = self._watch.end(watched)
        if overstepped is not None:
            ended = CallEnded(overstepped)
        elif self._tables_outgrown(seated, answer, ended, message):
            ended = CallEnded(Failure.TABLE_LIMIT_EXCEEDED)
        return answer, ended, watched.peak_bytes

    def _tables_outgrown(
        self, seated: Seated, answer: dict[str, Any], ended: CallEnded | None, message: Message
    ) -> bool:
        """Measure what the instance keeps in the heap, which is its tables and little else."""
        if ended is not None and ended.failure is not Failure.GUEST_TRAP:
            return False
        held_bytes = self._heap.used_bytes() - seated.heap_bytes_before - _size_of(answer)
        allowed_bytes: int = message["table_elements"] * _TABLE_ELEMENT_BYTES + _HEAP_ALLOWANCE_BYTES
        return held_bytes > allowed_bytes

    def _guest(self, path: str, engine: Engine) -> Guest:
        """Return the loaded component, keeping the last few; the compiled code is shared file memory."""
        guest = self._guests.pop(path, None)
        if guest is None:
            guest = load_guest(path, engine=engine, imports=self._imports)
            if len(self._guests) >= _KEPT_GUESTS:
                self._guests.popitem(last=False)
        self._guests[path] = guest
        return guest

    def _reply(
        self, call_id: int, answer: dict[str, Any], ended: CallEnded | None, usage: dict[str, Any]
    ) -> None:
        try:
            self._channel.send(_reply(call_id, answer, ended, usage), timeout_seconds=_ANSWER_SECONDS)
        except FrameRefused:
            too_large = CallEnded(Failure.RESPONSE_TOO_LARGE)
            self._channel.send(_reply(call_id, {}, too_large, usage), timeout_seconds=_ANSWER_SECONDS)

    def _say_last_word(self, call_id: int, failure: Failure) -> None:
        self._channel.send(_reply(call_id, {}, CallEnded(failure), {}), timeout_seconds=_LAST_WORD_SECONDS)


def _size_of(answer: dict[str, Any]) -> int:
    """Say what of the heap is the answer's own, which is lifted already."""
    headers = answer.get("headers", ())
    return len(answer.get("body") or b"") + sum(len(pair["name"]) + len(pair["value"]) for pair in headers)


def _reply(call_id: int, answer: dict[str, Any], ended: CallEnded | None, usage: dict[str, Any]) -> Message:
    if ended is None:
        return {
            "kind": FromWorker.ANSWER,
            "call_id": call_id,
            "status": answer["status"],
            "headers": [[header["name"], header["value"]] for header in answer["headers"]],
            "body": answer["body"],
            "usage": usage,
        }
    return {
        "kind": FromWorker.FAILED,
        "call_id": call_id,
        "code": ended.failure,
        "detail": ended.detail,
        "usage": usage,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
    # Nothing is left to tidy: finalisers of the engine only cost time.
    os._exit(0)
