"""Links ``alga:extension/*``, which the broker answers, and WASI, which is answered here or traps.

No exception may reach the binding: one that is not an ``Exception`` kills the process there, and the
binding keeps the others in a global that the next tenant's call would raise. So functions are added through
the C interface with a callback of ours that catches everything.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from wasmtime import Engine
from wasmtime.component import Component, Linker, LinkerInstance, ResourceType
from wasmtime.component import _types as types

from annex_runner_proxy.sandbox import wasi
from annex_runner_proxy.sandbox.binding import (
    add_function,
    add_resource,
    new_callback,
    new_destructor,
    new_error,
    new_finaliser,
)
from annex_runner_proxy.sandbox.channel import Channel
from annex_runner_proxy.sandbox.guest_output import LOG_LINE_BYTES, text_of
from annex_runner_proxy.sandbox.messages import (
    MAX_ARGUMENT_ELEMENTS,
    CallEnded,
    Failure,
    FromWorker,
    ToWorker,
)
from annex_runner_proxy.sandbox.values import Codec, LiftBudget, StoreOfCall, ValueTooLarge, codec_of
from annex_runner_proxy.sandbox.wasi import WasiOfCall

PACKAGE: Final = "alga:extension/"
_LOG_FUNCTIONS: Final = {
    "logging.log-info": "info",
    "logging.log-warn": "warn",
    "logging.log-error": "error",
}
ARGUMENT_BYTES: Final = 4 << 20
# An empty line costs the broker as much as a short one.
_LEAST_LINE_BYTES: Final = 16
_STREAM_LEVELS: Final = {"stdout": "info", "stderr": "error"}
_UNRECOVERABLE: Final = 71


@dataclass(slots=True)
class CurrentCall:
    """What the host functions know of the one running call. Identity and grants stay in the broker."""

    call_id: int
    deadline: float
    host_calls_left: int
    log_bytes_left: int
    host_calls: int = 0
    log_bytes_dropped: int = 0
    ended: CallEnded | None = None
    wasi: WasiOfCall | None = None


class HostImports:
    """Answers the imports of every component in this worker; ``call`` says for which call."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._sequence = itertools.count(1)
        self._store = StoreOfCall()
        self.call: CurrentCall | None = None

    def link(self, linker: Linker, component: Component, engine: Engine) -> None:
        """Define every function the component imports from us or WASI, whatever subset that is."""
        with linker.root() as root:
            for name, interface in _imported_instances(component, engine):
                plain = name.partition("@")[0]
                if plain.startswith((PACKAGE, wasi.PREFIX)):
                    with root.add_instance(name) as instance:
                        self._define(instance, plain.removeprefix(PACKAGE), interface, engine)
        linker.define_unknown_imports_as_traps(component)

    def _define(
        self, instance: LinkerInstance, name: str, interface: "types.ComponentInstanceType", engine: Engine
    ) -> None:
        for item, extern in interface.exports(engine).items():
            kind = extern.ty
            function = f"{name}.{item}"
            if isinstance(kind, types.FuncType):
                if not name.startswith(wasi.PREFIX):
                    _add_function(instance, item, _HostFunction(self, function, kind))
                elif wasi.function_of(function) is not None:
                    _add_function(instance, item, _HostFunction(self, function, kind, self._store))
            elif isinstance(kind, ResourceType) and item in wasi.RESOURCES:
                _add_resource(instance, item, self)

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

    def answer_wasi(self, function: str, arguments: list[Any]) -> Any:
        """Answer one call of WASI; what is not answered is not linked. Raises CallEnded."""
        call = self.call
        answer = wasi.function_of(function)
        if call is None or answer is None:
            raise CallEnded(Failure.WORKER_FAULT, f"{function} outside a call")
        return answer(self._wasi_of(call), *arguments)

    def forget(self, kind: int, number: int) -> None:
        if self.call is not None and self.call.wasi is not None:
            wasi.forget(self.call.wasi, kind, number)

    def note_end(self, function: str, error: BaseException) -> None:
        """Remember why the call ends inside a host function; the first reason stays."""
        call = self.call
        if call is None or call.ended is not None:
            return
        if isinstance(error, CallEnded):
            call.ended = error
        elif isinstance(error, ValueTooLarge):
            call.ended = CallEnded(Failure.HOST_CALL_TOO_LARGE, function)
        elif isinstance(error, MemoryError):
            call.ended = CallEnded(Failure.MEMORY_LIMIT_EXCEEDED, function)
        else:
            call.ended = CallEnded(Failure.WORKER_FAULT, f"{function}: {type(error).__name__}")

    def remaining_ms(self) -> int:
        return 0 if self.call is None else round(_remaining(self.call) * 1000)

    def end_output(self) -> None:
        """Send what the guest wrote after its last line break, while somebody still listens."""
        if self.call is not None and self.call.wasi is not None:
            with suppress(CallEnded):
                self.call.wasi.flush()

    def _wasi_of(self, call: CurrentCall) -> WasiOfCall:
        if call.wasi is None:

            def write_line(stream: str, line: str) -> None:
                self._write_line(call, _STREAM_LEVELS[stream], line, stream)

            call.wasi = WasiOfCall(call.deadline, write_line)
        return call.wasi

    def _log(self, call: CurrentCall, level: str, text: str) -> None:
        raw = text.encode()
        call.log_bytes_dropped += max(0, len(raw) - LOG_LINE_BYTES)
        self._write_line(call, level, text_of(raw[:LOG_LINE_BYTES], is_cut=len(raw) > LOG_LINE_BYTES), "log")

    def _write_line(self, call: CurrentCall, level: str, line: str, stream: str) -> None:
        """Send a line without waiting for an answer; beyond the budget lines are dropped, not fatal."""
        size_bytes = max(_LEAST_LINE_BYTES, len(line.encode()))
        if size_bytes > call.log_bytes_left:
            call.log_bytes_left = 0
            call.log_bytes_dropped += size_bytes
            return
        call.log_bytes_left -= size_bytes
        self._send(
            call,
            {
                "kind": FromWorker.LOG,
                "call_id": call.call_id,
                "level": level,
                "stream": stream,
                "message": line,
            },
        )

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

    def __init__(
        self, imports: HostImports, name: str, kind: types.FuncType, store: StoreOfCall | None = None
    ) -> None:
        self._imports = imports
        self._name = name
        self._kind = kind
        self._store = store
        self._answer: Callable[[str, list[Any]], Any] = (
            imports.answer if store is None else imports.answer_wasi
        )
        self._codecs: tuple[list[Codec], Codec | None] | None = None

    def enter(self, context: Any, arguments: Any, count: int, results: Any) -> None:
        if self._store is not None:
            self._store.context = context
        parameters, result = self._built()
        budget = LiftBudget(ARGUMENT_BYTES, elements=MAX_ARGUMENT_ELEMENTS)
        values = [parameters[position].lift(arguments[position], budget) for position in range(count)]
        answer = self._answer(self._name, values)
        if result is not None:
            result.lower(answer, results[0])

    def end_call(self, error: BaseException) -> None:
        self._imports.note_end(self._name, error)

    def _built(self) -> tuple[list[Codec], Codec | None]:
        if self._codecs is None:
            result = self._kind.result
            self._codecs = (
                [codec_of(kind, self._store) for _, kind in self._kind.params],
                None if result is None else codec_of(result, self._store),
            )
        return self._codecs


_functions: dict[int, _HostFunction] = {}
_resources: dict[int, tuple[HostImports, int]] = {}
_function_ids = itertools.count(1)


def _enter_host(
    function_id: Any, context: Any, _kind: Any, arguments: Any, count: Any, results: Any, _results: Any
) -> int:
    function = _functions[function_id]
    try:
        function.enter(context, arguments, count, results)
    except BaseException as error:  # noqa: BLE001 - anything that leaves this callback is a crash
        return _stop_guest(function, error)
    return 0


def _forget_function(function_id: Any) -> None:
    _functions.pop(function_id, None)


def _drop_resource(resource_id: Any, _context: Any, number: int) -> int:
    try:
        imports, kind = _resources[resource_id]
        imports.forget(kind, number)
    except BaseException:  # noqa: BLE001 - anything that leaves this callback is a crash
        os._exit(_UNRECOVERABLE)
    return 0


def _forget_resource(resource_id: Any) -> None:
    _resources.pop(resource_id, None)


_drop_resource_callback: Final = new_destructor(_drop_resource)
_forget_resource_callback: Final = new_finaliser(_forget_resource)
_enter_host_callback: Final = new_callback(_enter_host)
_forget_function_callback: Final = new_finaliser(_forget_function)


def _stop_guest(function: _HostFunction, error: BaseException) -> int:
    try:
        function.end_call(error)
        return new_error("the host ended the call")
    except BaseException:  # noqa: BLE001 - out of memory while refusing: only the process can end now
        os._exit(_UNRECOVERABLE)


def _imported_instances(
    component: Component, engine: Engine
) -> Iterator[tuple[str, "types.ComponentInstanceType"]]:
    for name, extern in component.type.imports(engine).items():
        kind = extern.ty
        if isinstance(kind, types.ComponentInstanceType):
            yield name, kind


def _add_resource(instance: LinkerInstance, name: str, imports: HostImports) -> None:
    resource_id = next(_function_ids)
    _resources[resource_id] = imports, wasi.RESOURCES[name]
    add_resource(
        instance,
        name,
        wasi.RESOURCES[name],
        destructor=_drop_resource_callback,
        data=resource_id,
        finaliser=_forget_resource_callback,
    )


def _add_function(instance: LinkerInstance, name: str, function: _HostFunction) -> None:
    function_id = next(_function_ids)
    _functions[function_id] = function
    add_function(
        instance, name, function_id, callback=_enter_host_callback, finaliser=_forget_function_callback
    )


def _remaining(call: CurrentCall) -> float:
    return max(0.0, call.deadline - time.monotonic())
