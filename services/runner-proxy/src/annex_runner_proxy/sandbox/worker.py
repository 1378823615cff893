"""The program that runs extension code: ``python -m annex_runner_proxy.sandbox.worker <fd> <parent>``.

One call at a time, over one inherited socket. It holds no identity and no secret: whatever a guest may ask
for is asked from the broker, which knows whose call it is.
"""

import gc
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from wasmtime import Engine

from annex_runner_proxy.sandbox.channel import Channel, ChannelClosed
from annex_runner_proxy.sandbox.engine import build_engine, fingerprint
from annex_runner_proxy.sandbox.frames import FrameRefused, Message
from annex_runner_proxy.sandbox.guest import Guest, cause_of, load_guest
from annex_runner_proxy.sandbox.host_imports import CurrentCall, HostImports
from annex_runner_proxy.sandbox.isolation import cap_resources, confine, leave_the_parents_world
from annex_runner_proxy.sandbox.memory_meter import MemoryMeter
from annex_runner_proxy.sandbox.messages import CallEnded, Failure, FromWorker, ToWorker
from annex_runner_proxy.sandbox.watch import Watch

_KEPT_GUESTS: Final = 8
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
    engine = build_engine()
    meter = MemoryMeter()
    engine_name = fingerprint()
    cap_resources(data_bytes=start["data_bytes"], open_files=_OPEN_FILES)
    isolation = confine(readable=[Path(start["module_root"])])
    worker = _Worker(channel, engine, meter)
    gc.collect()
    gc.freeze()
    channel.send(
        {"kind": FromWorker.READY, "fingerprint": engine_name, "isolation": isolation.to_message()},
        timeout_seconds=_START_SECONDS,
    )
    while True:
        message = channel.receive(timeout_seconds=None)
        if message["kind"] == ToWorker.CALL:
            worker.run(message)


class _Worker:
    def __init__(self, channel: Channel, engine: Engine, meter: MemoryMeter) -> None:
        self._channel = channel
        self._engine = engine
        self._imports = HostImports(channel)
        self._watch = Watch(engine, meter, last_word=self._say_last_word)
        self._guests: OrderedDict[str, Guest] = OrderedDict()

    def run(self, message: Message) -> None:
        """Run one call and say how it ended; the instance is dropped after the answer has left."""
        started, started_cpu = time.monotonic(), time.thread_time()
        deadline = started + message["remaining_ms"] / 1000
        call = CurrentCall(
            message["call_id"], deadline, message["host_calls"], log_bytes_left=message["log_bytes"]
        )
        self._imports.call = call
        drop: Callable[[], None] | None = None
        ended: CallEnded | None = None
        answer: dict[str, Any] = {}
        watched = self._watch.begin(call.call_id, deadline=deadline, memory_bytes=message["memory_bytes"])
        try:
            guest = self._guest(message["module"])
            answer, drop = guest.run(
                message["request"], engine=self._engine, response_bytes=message["response_bytes"]
            )
        except ChannelClosed:
            raise
        except BaseException as error:  # noqa: BLE001 - however a call ends, the broker hears of it
            ended = call.ended or cause_of(error)
        finally:
            overstepped = self._watch.end(watched)
            self._imports.end_output()
            self._imports.call = None
        if overstepped is not None:
            ended = CallEnded(overstepped)
        usage = {
            "wall_ms": (time.monotonic() - started) * 1000,
            "cpu_ms": (time.thread_time() - started_cpu) * 1000,
            "memory_bytes": watched.peak_bytes,
            "host_calls": call.host_calls,
        }
        self._reply(call.call_id, answer, ended, usage)
        if drop is not None:
            drop()

    def _guest(self, path: str) -> Guest:
        """Return the loaded component, keeping the last few; the compiled code is shared file memory."""
        guest = self._guests.pop(path, None)
        if guest is None:
            guest = load_guest(path, engine=self._engine, imports=self._imports)
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
