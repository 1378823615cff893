"""Links ``alga:extension/*``: functions the broker answers, and a clear end for every other one.

No exception may reach the binding: one that is not an ``Exception`` kills the process there, and the
binding keeps the others in a global that the next tenant's call would raise. So functions are added through
the C interface with a callback of ours that catches everything.
"""

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from wasmtime import Engine
from wasmtime.component import Component, Linker, LinkerInstance
from wasmtime.component import _types as types

from annex_runner_proxy.sandbox.binding import add_function, new_callback, new_error, new_finaliser
from annex_runner_proxy.sandbox.channel import Channel
from annex_runner_proxy.sandbox.messages import Failure, FromWorker, ToWorker
from annex_runner_proxy.sandbox.values import Codec, LiftBudget, ValueTooLarge, codec_of

PACKAGE: Final = "alga:extension/"
_LOG_FUNCTIONS: Final = {
    "logging.log-info": "info",
    "logging.log-warn": "warn",
    "logging.log-error": "error",
}
_ARGUMENT_BYTES: Final = 4 << 20
_LOG_LINE_BYTES: Final = 8 << 10
_UNRECOVERABLE: Final = 71


class CallEnded(Exception):
    """The call can have no answer any more; whoever raises it has said why."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(failure)
        self.failure = failure
        self.detail = detail


@dataclass(slots=True)
class CurrentCall:
    """What the host functions know of the one running call. Identity and grants stay in the broker."""

    call_id: int
    deadline: float
    host_calls_left: int
    log_bytes_left: int
    host_calls: int = 0
    ended: CallEnded | None = None


class HostImports:
    """Answers the imports of every component in this worker; ``call`` says for which call."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._sequence = itertools.count(1)
        self.call: CurrentCall | None = None

    def link(self, linker: Linker, component: Component, engine: Engine) -> None:
        """Define every function the component imports from our package, whatever subset that is."""
        with linker.root() as root:
            for name, interface in _our_imports(component, engine):
                with root.add_instance(name) as instance:
                    short = name.removeprefix(PACKAGE).partition("@")[0]
                    for function, extern in interface.exports(engine).items():
                        kind = extern.ty
                        if isinstance(kind, types.FuncType):
                            _add_function(
                                instance, function, _HostFunction(self, f"{short}.{function}", kind)
                            )
        linker.define_unknown_imports_as_traps(component)

    def answer(self, function: str, arguments: list[Any]) -> Any:
        """Answer one host call, spending its budget first. Raises CallEnded."""
        call = self.call
        if call is None:
            raise CallEnded(Failure.WORKER_FAULT, f"{function} outside a call")
        call.host_calls += 1
        call.host_calls_left -= 1
        if call.host_calls_left < 0:
            raise CallEnded(Failure.HOST_CALL_LIMIT_EXCEEDED, function)
        if function in _LOG_FUNCTIONS:
            return self._log(call, _LOG_FUNCTIONS[function], str(arguments[0]))
        # Which functions there are is the broker's to know; a worker decides nothing about a call.
        return self._ask_broker(call, function, arguments)

    def _log(self, call: CurrentCall, level: str, text: str) -> None:
        """Send a line without waiting for an answer; beyond the budget lines are dropped, not fatal."""
        line = text.encode()[:_LOG_LINE_BYTES].decode("utf-8", "ignore")
        size_bytes = len(line.encode())
        if size_bytes > call.log_bytes_left:
            call.log_bytes_left = 0
            return
        call.log_bytes_left -= size_bytes
        self._send(call, {"kind": FromWorker.LOG, "call_id": call.call_id, "level": level, "message": line})

    def _ask_broker(self, call: CurrentCall, function: str, arguments: list[Any]) -> Any:
        sequence = next(self._sequence)
        self._send(
            call,
            {
                "kind": FromWorker.HOST_CALL,
                "call_id": call.call_id,
                "sequence": sequence,
                "function": function,
                "arguments": arguments,
            },
        )
        try:
            reply = self._channel.receive(timeout_seconds=_remaining(call))
        except TimeoutError:
            raise CallEnded(Failure.DEADLINE_EXCEEDED, function) from None
        if reply["kind"] != ToWorker.HOST_ANSWER or reply["sequence"] != sequence:
            raise CallEnded(Failure.WORKER_FAULT, "the broker answered another question")
        if "refused" in reply:
            raise CallEnded(Failure(reply["refused"]), reply.get("detail", function))
        return reply["value"]

    def _send(self, call: CurrentCall, message: dict[str, Any]) -> None:
        try:
            self._channel.send(message, timeout_seconds=_remaining(call))
        except TimeoutError:
            raise CallEnded(Failure.DEADLINE_EXCEEDED, "the broker does not listen") from None


class _HostFunction:
    """One linked function; its conversions are built on first use, for most are never called."""

    def __init__(self, imports: HostImports, name: str, kind: types.FuncType) -> None:
        self._imports = imports
        self._name = name
        self._kind = kind
        self._codecs: tuple[list[Codec], Codec | None] | None = None

    def enter(self, arguments: Any, count: int, results: Any) -> None:
        parameters, result = self._built()
        budget = LiftBudget(_ARGUMENT_BYTES)
        values = [parameters[position].lift(arguments[position], budget) for position in range(count)]
        answer = self._imports.answer(self._name, values)
        if result is not None:
            result.lower(answer, results[0])

    def end_call(self, error: BaseException) -> None:
        """Remember why the call ends; the first reason stays."""
        call = self._imports.call
        if call is None or call.ended is not None:
            return
        if isinstance(error, CallEnded):
            call.ended = error
        elif isinstance(error, ValueTooLarge):
            call.ended = CallEnded(Failure.HOST_CALL_TOO_LARGE, self._name)
        elif isinstance(error, MemoryError):
            call.ended = CallEnded(Failure.MEMORY_LIMIT_EXCEEDED, self._name)
        else:
            call.ended = CallEnded(Failure.WORKER_FAULT, f"{self._name}: {type(error).__name__}")

    def _built(self) -> tuple[list[Codec], Codec | None]:
        if self._codecs is None:
            result = self._kind.result
            self._codecs = (
                [codec_of(kind) for _, kind in self._kind.params],
                None if result is None else codec_of(result),
            )
        return self._codecs


_functions: dict[int, _HostFunction] = {}
_function_ids = itertools.count(1)


def _enter_host(
    function_id: Any, _context: Any, _kind: Any, arguments: Any, count: Any, results: Any, _results: Any
) -> int:
    function = _functions[function_id]
    try:
        function.enter(arguments, count, results)
    except BaseException as error:  # noqa: BLE001 - anything that leaves this callback is a crash
        return _stop_guest(function, error)
    return 0


def _forget_function(function_id: Any) -> None:
    _functions.pop(function_id, None)


_enter_host_callback: Final = new_callback(_enter_host)
_forget_function_callback: Final = new_finaliser(_forget_function)


def _stop_guest(function: _HostFunction, error: BaseException) -> int:
    try:
        function.end_call(error)
        return new_error("the host ended the call")
    except BaseException:  # noqa: BLE001 - out of memory while refusing: only the process can end now
        os._exit(_UNRECOVERABLE)


def _our_imports(component: Component, engine: Engine) -> Iterator[tuple[str, "types.ComponentInstanceType"]]:
    for name, extern in component.type.imports(engine).items():
        if name.startswith(PACKAGE):
            kind = extern.ty
            if isinstance(kind, types.ComponentInstanceType):
                yield name, kind


def _add_function(instance: LinkerInstance, name: str, function: _HostFunction) -> None:
    function_id = next(_function_ids)
    _functions[function_id] = function
    add_function(
        instance, name, function_id, callback=_enter_host_callback, finaliser=_forget_function_callback
    )


def _remaining(call: CurrentCall) -> float:
    return max(0.0, call.deadline - time.monotonic())
