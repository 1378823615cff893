"""Guests ready to run: a fresh store and instance for each call, and its end told apart by cause."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wasmtime import Engine, Module, Store, Trap, WasmtimeError
from wasmtime.component import Component, ExportIndex, Linker
from wasmtime.component import _types as types

from annex_runner_proxy.sandbox.binding import call_function
from annex_runner_proxy.sandbox.host_imports import HostImports
from annex_runner_proxy.sandbox.messages import CallEnded, Failure
from annex_runner_proxy.sandbox.module_guest import ModuleGuest
from annex_runner_proxy.sandbox.store_limits import limited_store
from annex_runner_proxy.sandbox.values import (
    Codec,
    LiftBudget,
    UnsupportedType,
    ValueMismatch,
    ValueTooLarge,
    codec_of,
    delete_value,
    new_parameters,
    new_value,
)

HANDLER: Final = "handler"
_UNKNOWN_IMPORT = re.compile(r"unknown import: `([^`]+)`")
_TRAP = re.compile(r"wasm trap: (.+)")
_MAX_DETAIL = 300


class Guest(Protocol):
    """Extension code with its imports linked."""

    def run(
        self, request: dict[str, Any], *, engine: Engine, response_bytes: int
    ) -> tuple[dict[str, Any], Callable[[], None]]: ...


def load_guest(path: str, *, engine: Engine, imports: HostImports) -> Guest:
    """Map compiled code from our own cache; the broker has authenticated it. Raises CallEnded."""
    try:
        component = Component.deserialize_file(engine, path)
    except WasmtimeError:
        # The engine says which of the two a file is only by refusing the other.
        return ModuleGuest(Module.deserialize_file(engine, path), engine, imports)
    return ComponentGuest.of(component, engine=engine, imports=imports)


@dataclass(frozen=True, slots=True)
class ComponentGuest:
    """A component with its imports linked."""

    component: Component
    linker: Linker
    handler: ExportIndex
    request: Codec
    response: Codec

    @classmethod
    def of(cls, component: Component, *, engine: Engine, imports: HostImports) -> "ComponentGuest":
        """Link a component. Raises CallEnded."""
        kind = handler_type(component, engine)
        linker = Linker(engine)
        imports.link(linker, component, engine)
        handler = component.get_export_index(HANDLER)
        if handler is None:
            raise CallEnded(Failure.COMPONENT_INVALID, "no handler")
        result = kind.result
        assert result is not None  # noqa: S101 - handler_type has looked
        return cls(component, linker, handler, codec_of(kind.params[0][1]), codec_of(result))

    def run(
        self, request: dict[str, Any], *, engine: Engine, response_bytes: int
    ) -> tuple[dict[str, Any], Callable[[], None]]:
        """Call the handler; return its answer and the function that drops the instance. Raises CallEnded."""
        store = limited_store(engine)
        try:
            return self._call(store, request, response_bytes), store.close
        except BaseException:
            store.close()
            raise

    def _call(self, store: Store, request: dict[str, Any], response_bytes: int) -> dict[str, Any]:
        instance = self.linker.instantiate(store, self.component)
        function = instance.get_func(store, self.handler)
        if function is None:
            raise CallEnded(Failure.COMPONENT_INVALID, "no handler")
        parameters = new_parameters(1)
        result = new_value()
        try:
            self.request.lower(request, parameters[0])
            call_function(function, store, parameters, result)
            return self._lift(result, response_bytes)
        finally:
            delete_value(parameters[0])
            delete_value(result)

    def _lift(self, result: Any, response_bytes: int) -> dict[str, Any]:
        try:
            answer = self.response.lift(result, LiftBudget(response_bytes))
        except ValueTooLarge:
            raise CallEnded(Failure.RESPONSE_TOO_LARGE) from None
        assert isinstance(answer, dict)  # noqa: S101 - handler_type has seen that it is a record
        return answer


def handler_type(component: Component, engine: Engine) -> "types.FuncType":
    """Return the type of the exported handler. Raises CallEnded if it is not ``func(record) -> record``."""
    export = component.type.exports(engine).get(HANDLER)
    kind = None if export is None else export.ty
    if not isinstance(kind, types.FuncType):
        raise CallEnded(Failure.COMPONENT_INVALID, 'the component exports no function "handler"')
    parameters = kind.params
    if len(parameters) != 1 or not isinstance(parameters[0][1], types.RecordType):
        raise CallEnded(Failure.COMPONENT_INVALID, "handler does not take one execute-request")
    if not isinstance(kind.result, types.RecordType):
        raise CallEnded(Failure.COMPONENT_INVALID, "handler does not return an execute-response")
    return kind


def cause_of(error: BaseException) -> CallEnded:
    """Tell apart why a call ended, by what the engine says; its texts are pinned by a test."""
    if isinstance(error, CallEnded):
        return error
    if isinstance(error, MemoryError):
        return CallEnded(Failure.MEMORY_LIMIT_EXCEEDED, "the host ran out of memory for this call")
    if isinstance(error, UnsupportedType | ValueMismatch):
        return CallEnded(Failure.COMPONENT_INVALID, f"{type(error).__name__}: {error}")
    if isinstance(error, WasmtimeError | Trap):
        return _cause_of_engine_error(str(error))
    return CallEnded(Failure.WORKER_FAULT, type(error).__name__)


def _cause_of_engine_error(text: str) -> CallEnded:
    if "fuel allocated for hostcalls has been exhausted" in text:
        return CallEnded(Failure.RESPONSE_TOO_LARGE, "too much data between guest and host")
    unknown = _UNKNOWN_IMPORT.search(text)
    if unknown is not None:
        return CallEnded(Failure.HOST_FUNCTION_UNAVAILABLE, unknown[1])
    trap = _TRAP.search(text)
    if trap is None:
        return CallEnded(Failure.GUEST_TRAP, text.strip().splitlines()[-1][:_MAX_DETAIL] if text else "")
    if "interrupt" in trap[1]:
        return CallEnded(Failure.DEADLINE_EXCEEDED)
    if "call stack exhausted" in trap[1]:
        return CallEnded(Failure.STACK_OVERFLOW)
    return CallEnded(Failure.GUEST_TRAP, trap[1][:_MAX_DETAIL])
