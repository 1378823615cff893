"""Guests ready to run: a store and an instance of their own, the end of a call told apart by cause."""

import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wasmtime import Engine, Module, Trap, WasmtimeError
from wasmtime.component import Component, ExportIndex, Func, Linker
from wasmtime.component import _types as types

from annex_runner_proxy.sandbox.binding import call_function
from annex_runner_proxy.sandbox.host_imports import HostImports
from annex_runner_proxy.sandbox.messages import (
    HOST_ALLOWANCE_BYTES,
    MAX_ANSWER_HEADERS,
    TOO_MANY_HEADERS,
    CallEnded,
    Failure,
)
from annex_runner_proxy.sandbox.module_guest import ModuleGuest
from annex_runner_proxy.sandbox.store_limits import limited_store
from annex_runner_proxy.sandbox.values import (
    Codec,
    LiftBudget,
    TooManyElements,
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
_TOO_MANY = re.compile(r"resource limit exceeded: (\w+) count too high")
_REFUSED_ALLOCATION = re.compile(r"out of memory \(failed to allocate (\d+) bytes\)")
_TRAP = re.compile(r"wasm trap: (.+)")
_TOO_MANY_OF: Final = {
    "table": Failure.TABLE_LIMIT_EXCEEDED,
    "memory": Failure.MEMORY_LIMIT_EXCEEDED,
}
_TRAPS_OF_LIMITS: Final = (
    ("interrupt", Failure.DEADLINE_EXCEEDED),
    ("all fuel consumed", Failure.FUEL_EXHAUSTED),
    ("call stack exhausted", Failure.STACK_OVERFLOW),
)
_MAX_DETAIL = 300


class LiveGuest(Protocol):
    """One instance in a store of its own. Whoever made it closes it, whatever came of its calls."""

    @property
    def is_reusable(self) -> bool:
        """Say whether a second call may follow the first."""
        ...

    def call(self, request: dict[str, Any], *, response_bytes: int, fuel: int | None) -> dict[str, Any]:
        """Call the handler; the first call makes the instance. Raises CallEnded or an engine's error."""
        ...

    def fuel_used(self) -> int | None:
        """Say what the last call used, None if nobody counted."""
        ...

    def close(self) -> None: ...


class Guest(Protocol):
    """Extension code with its imports linked."""

    def live(self, engine: Engine) -> LiveGuest:
        """Make a store for one instance."""
        ...


def load_guest(path: str, *, engine: Engine, imports: HostImports) -> Guest:
    """Map compiled code from our own cache; the broker has authenticated it. Raises CallEnded."""
    try:
        component = Component.deserialize_file(engine, path)
    except WasmtimeError:
        # The engine says which of the two a file is only by refusing the other.
        return ModuleGuest(_module(path, engine), engine, imports)
    return ComponentGuest.of(component, engine=engine, imports=imports)


def _module(path: str, engine: Engine) -> Module:
    try:
        return Module.deserialize_file(engine, path)
    except WasmtimeError:
        # Nothing of the guest has run: whoever gave us this path is at fault.
        raise CallEnded(Failure.WORKER_FAULT, "the code was made for another engine") from None


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

    def live(self, engine: Engine) -> "LiveComponent":
        return LiveComponent(self, engine)


class LiveComponent:
    """One instance of a component."""

    is_reusable = True

    def __init__(self, guest: ComponentGuest, engine: Engine) -> None:
        self._guest = guest
        self._store = limited_store(engine)
        self._function: Func | None = None
        self._fuel: int | None = None

    def call(self, request: dict[str, Any], *, response_bytes: int, fuel: int | None) -> dict[str, Any]:
        self._store.set_epoch_deadline(1)
        self._fuel = fuel
        if fuel is not None:
            self._store.set_fuel(fuel)
        function = self._function or self._instantiated()
        parameters = new_parameters(1)
        result = new_value()
        try:
            self._guest.request.lower(request, parameters[0])
            call_function(function, self._store, parameters, result)
            return self._lift(result, response_bytes)
        finally:
            delete_value(parameters[0])
            delete_value(result)

    def fuel_used(self) -> int | None:
        return None if self._fuel is None else self._fuel - self._store.get_fuel()

    def close(self) -> None:
        self._store.close()

    def _instantiated(self) -> Func:
        instance = self._guest.linker.instantiate(self._store, self._guest.component)
        self._function = instance.get_func(self._store, self._guest.handler)
        if self._function is None:
            raise CallEnded(Failure.COMPONENT_INVALID, "no handler")
        return self._function

    def _lift(self, result: Any, response_bytes: int) -> dict[str, Any]:
        try:
            budget = LiftBudget(response_bytes, elements=MAX_ANSWER_HEADERS)
            answer = self._guest.response.lift(result, budget)
        except TooManyElements:
            raise CallEnded(Failure.RESPONSE_TOO_LARGE, TOO_MANY_HEADERS) from None
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
    refused = _REFUSED_ALLOCATION.search(text)
    if refused is not None:
        # Values between guest and host are far smaller; only a table is asked for in one such piece.
        is_table = int(refused[1]) > HOST_ALLOWANCE_BYTES
        return CallEnded(Failure.TABLE_LIMIT_EXCEEDED if is_table else Failure.MEMORY_LIMIT_EXCEEDED)
    too_many = _TOO_MANY.search(text)
    if too_many is not None:
        return CallEnded(_TOO_MANY_OF.get(too_many[1], Failure.COMPONENT_INVALID), too_many[0])
    trap = _TRAP.search(text)
    if trap is None:
        return CallEnded(Failure.GUEST_TRAP, text.strip().splitlines()[-1][:_MAX_DETAIL] if text else "")
    limit = next((failure for words, failure in _TRAPS_OF_LIMITS if words in trap[1]), None)
    return CallEnded(Failure.GUEST_TRAP, trap[1][:_MAX_DETAIL]) if limit is None else CallEnded(limit)
