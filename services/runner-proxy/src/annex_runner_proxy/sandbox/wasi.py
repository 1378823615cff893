"""WASI 0.2 with nothing behind it: time, randomness, and output that becomes log lines.

The functions are ours and not the engine's: its own would bring sockets and files with them, run on threads
that the confinement forbids, and sleep where neither the epoch nor the deadline can end a call. A function
that is missing here traps; of sockets and HTTP none is here.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from annex_runner_proxy.sandbox.guest_output import LineCutter
from annex_runner_proxy.sandbox.messages import CallEnded, Failure
from annex_runner_proxy.sandbox.values import Handle

PREFIX: Final = "wasi:"
# What the engine calls a type of resource, wherever and in whichever version a guest imports it. The types
# that are never handed out are here because a guest that imports them has to be given them.
RESOURCES: Final = {
    "error": 1,
    "pollable": 2,
    "input-stream": 3,
    "output-stream": 4,
    "terminal-input": 5,
    "terminal-output": 6,
    "descriptor": 7,
    "directory-entry-stream": 8,
}
_STREAMS: Final = {1: "stdout", 2: "stderr"}
_STREAM_NUMBERS: Final = {name: number for number, name in _STREAMS.items()}
_NOTHING: Final = 0
_READY: Final = 0
_MAX_POLLABLES: Final = 10_000
_MAX_RANDOM_BYTES: Final = 1 << 20
_WRITABLE_BYTES: Final = 64 << 10
_NANOSECONDS: Final = 1_000_000_000
# Where the guests' monotonic clock begins: a kept instance must not see it go back between two calls.
_ORIGIN_NS: Final = time.monotonic_ns()
_CLOSED: Final = ("err", ("closed", None))


@dataclass(slots=True)
class WasiOfCall:
    """What one call has of WASI; ``deadline`` is a time of the monotonic clock.

    A pollable is the time at which it is ready; ``write_line`` is given the name of a stream and a line.
    """

    deadline: float
    write_line: Callable[[str, str], None]
    started_ns: int = _ORIGIN_NS
    pollables: dict[int, int] = field(default_factory=dict)
    last_pollable: int = _READY
    output: dict[int, LineCutter] = field(default_factory=dict)

    def flush(self) -> None:
        """Write what has no line break yet; nothing comes after it."""
        for number, cutter in self.output.items():
            rest = cutter.rest()
            if rest is not None:
                self.write_line(_STREAMS[number], rest)


# By name without version; the arguments are the function's own, a handle being its number.
Function = Callable[..., Any]
_FUNCTIONS: dict[str, Function] = {}


def function_of(name: str) -> Function | None:
    """Return what answers ``wasi:package/interface.function``, or None: then it traps."""
    return _FUNCTIONS.get(name)


def forget(call: WasiOfCall, kind: int, number: int) -> None:
    """Drop a resource a guest is done with."""
    if kind == RESOURCES["pollable"]:
        call.pollables.pop(number, None)


def _answers(*names: str) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        _FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return register


# Time.


@_answers("wasi:clocks/wall-clock.now")
def _wall_clock(_call: WasiOfCall) -> dict[str, int]:
    seconds, nanoseconds = divmod(time.time_ns(), _NANOSECONDS)
    return {"seconds": seconds, "nanoseconds": nanoseconds}


@_answers("wasi:clocks/wall-clock.resolution")
def _wall_clock_resolution(_call: WasiOfCall) -> dict[str, int]:
    return {"seconds": 0, "nanoseconds": 1}


@_answers("wasi:clocks/monotonic-clock.now")
def _monotonic_clock(call: WasiOfCall) -> int:
    """Count from the start of the process: how long the machine has been up is nobody's business."""
    return time.monotonic_ns() - call.started_ns


@_answers("wasi:clocks/monotonic-clock.resolution")
def _monotonic_resolution(_call: WasiOfCall) -> int:
    return 1


@_answers("wasi:clocks/monotonic-clock.subscribe-instant")
def _subscribe_instant(call: WasiOfCall, when: int) -> Handle:
    return _pollable(call, call.started_ns + when)


@_answers("wasi:clocks/monotonic-clock.subscribe-duration")
def _subscribe_duration(call: WasiOfCall, duration: int) -> Handle:
    return _pollable(call, time.monotonic_ns() + duration)


# Waiting.


@_answers("wasi:io/poll.[method]pollable.ready")
def _is_ready(call: WasiOfCall, pollable: int) -> bool:
    return _ready_at(call, pollable) <= time.monotonic_ns()


@_answers("wasi:io/poll.[method]pollable.block")
def _block(call: WasiOfCall, pollable: int) -> None:
    _wait(call, _ready_at(call, pollable))


@_answers("wasi:io/poll.poll")
def _poll(call: WasiOfCall, pollables: Sequence[int]) -> list[int]:
    if not pollables:
        raise CallEnded(Failure.GUEST_TRAP, "it waits for nothing")
    times = [_ready_at(call, pollable) for pollable in pollables]
    _wait(call, min(times))
    now = time.monotonic_ns()
    return [position for position, ready_at in enumerate(times) if ready_at <= now]


def _pollable(call: WasiOfCall, ready_at: int) -> Handle:
    if len(call.pollables) >= _MAX_POLLABLES:
        raise CallEnded(Failure.GUEST_TRAP, f"it waits for more than {_MAX_POLLABLES} things")
    call.last_pollable += 1
    call.pollables[call.last_pollable] = ready_at
    return Handle(RESOURCES["pollable"], call.last_pollable)


def _ready_at(call: WasiOfCall, pollable: int) -> int:
    return call.pollables.get(pollable, _READY)


def _wait(call: WasiOfCall, ready_at: int) -> None:
    """Sleep, but never past the end of the call: the engine cannot interrupt a host function."""
    until = min(ready_at / _NANOSECONDS, call.deadline)
    while (remaining := until - time.monotonic()) > 0:
        time.sleep(remaining)
    if time.monotonic() >= call.deadline:
        raise CallEnded(Failure.DEADLINE_EXCEEDED, "wasi:io/poll")


# Randomness, from the machine in every call anew. What WASI calls insecure may be as good.


@_answers("wasi:random/random.get-random-bytes", "wasi:random/insecure.get-insecure-random-bytes")
def _random_bytes(_call: WasiOfCall, size: int) -> bytes:
    if size > _MAX_RANDOM_BYTES:
        raise CallEnded(Failure.HOST_CALL_TOO_LARGE, "wasi:random")
    return os.urandom(size)


@_answers("wasi:random/random.get-random-u64", "wasi:random/insecure.get-insecure-random-u64")
def _random_number(_call: WasiOfCall) -> int:
    return int.from_bytes(os.urandom(8))


@_answers("wasi:random/insecure-seed.insecure-seed", "wasi:random/insecure-seed.get-insecure-seed")
def _seed(call: WasiOfCall) -> tuple[int, int]:
    return _random_number(call), _random_number(call)


# Surroundings: there are none.


@_answers(
    "wasi:cli/environment.get-environment",
    "wasi:cli/environment.get-arguments",
    "wasi:filesystem/preopens.get-directories",
)
def _empty(_call: WasiOfCall) -> list[Any]:
    return []


@_answers(
    "wasi:cli/environment.initial-cwd",
    "wasi:cli/environment.get-initial-cwd",
    "wasi:cli/terminal-stdin.get-terminal-stdin",
    "wasi:cli/terminal-stdout.get-terminal-stdout",
    "wasi:cli/terminal-stderr.get-terminal-stderr",
    "wasi:filesystem/types.filesystem-error-code",
)
def _none(_call: WasiOfCall, *_arguments: Any) -> None:
    return None


@_answers("wasi:cli/exit.exit")
def _exit(_call: WasiOfCall, status: tuple[str, None]) -> None:
    raise CallEnded(Failure.GUEST_TRAP, f"it exited without an answer ({status[0]})")


@_answers("wasi:cli/exit.exit-with-code")
def _exit_with_code(_call: WasiOfCall, code: int) -> None:
    raise CallEnded(Failure.GUEST_TRAP, f"it exited without an answer ({code})")


# Streams.


@_answers("wasi:cli/stdin.get-stdin")
def _stdin(_call: WasiOfCall) -> Handle:
    return Handle(RESOURCES["input-stream"], _NOTHING)


@_answers("wasi:cli/stdout.get-stdout")
def _stdout(_call: WasiOfCall) -> Handle:
    return Handle(RESOURCES["output-stream"], _STREAM_NUMBERS["stdout"])


@_answers("wasi:cli/stderr.get-stderr")
def _stderr(_call: WasiOfCall) -> Handle:
    return Handle(RESOURCES["output-stream"], _STREAM_NUMBERS["stderr"])


@_answers(
    *(
        f"wasi:io/streams.[method]input-stream.{name}"
        for name in ("read", "blocking-read", "skip", "blocking-skip")
    ),
    *(f"wasi:io/streams.[method]output-stream.{name}" for name in ("splice", "blocking-splice")),
)
def _at_end(_call: WasiOfCall, *_arguments: Any) -> tuple[str, Any]:
    return _CLOSED


@_answers("wasi:io/streams.[method]input-stream.subscribe", "wasi:io/streams.[method]output-stream.subscribe")
def _always_ready(call: WasiOfCall, _stream: int) -> Handle:
    return _pollable(call, _READY)


@_answers("wasi:io/streams.[method]output-stream.check-write")
def _check_write(_call: WasiOfCall, _stream: int) -> tuple[str, int]:
    return "ok", _WRITABLE_BYTES


@_answers(
    "wasi:io/streams.[method]output-stream.write",
    "wasi:io/streams.[method]output-stream.blocking-write-and-flush",
)
def _write(call: WasiOfCall, stream: int, data: bytes) -> tuple[str, None]:
    for line in call.output.setdefault(stream, LineCutter()).feed(data):
        call.write_line(_STREAMS[stream], line)
    return "ok", None


@_answers(
    "wasi:io/streams.[method]output-stream.flush", "wasi:io/streams.[method]output-stream.blocking-flush"
)
def _flush(_call: WasiOfCall, _stream: int) -> tuple[str, None]:
    """Do nothing: a line is written when it is whole."""
    return "ok", None


@_answers(
    "wasi:io/streams.[method]output-stream.write-zeroes",
    "wasi:io/streams.[method]output-stream.blocking-write-zeroes-and-flush",
)
def _write_zeroes(call: WasiOfCall, stream: int, count: int) -> tuple[str, None]:
    _write(call, stream, bytes(min(count, _WRITABLE_BYTES)))
    return "ok", None
