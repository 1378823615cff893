"""A core module with the ``alloc``/``handler`` ABI: JSON in the guest's memory instead of component values.

The host writes the request where ``alloc`` says, calls ``handler(request, length, answer)``, and reads at
``answer`` two little-endian words: where the answer lies and how long it is. Every one of these numbers is
the guest's, so each is checked against the memory as it is at that moment. Nothing is given back through
``dealloc``: the instance is dropped after its one call.
"""

import itertools
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from wasmtime import Engine, Func, FuncType, Linker, Memory, Module, Store, ValType

from annex_runner_proxy.sandbox.binding import (
    add_module_function,
    new_finaliser,
    new_module_callback,
    new_trap,
)
from annex_runner_proxy.sandbox.host_imports import HostImports
from annex_runner_proxy.sandbox.messages import CallEnded, Failure
from annex_runner_proxy.sandbox.module_json import (
    MalformedFetch,
    answer_of,
    fetch_answer_json,
    fetch_request_of,
    request_json,
)
from annex_runner_proxy.sandbox.store_limits import limited_store

HOST_MODULE: Final = "alga"
_WORD: Final = 0xFFFF_FFFF
_ANSWER: Final = struct.Struct("<II")
# Base64 takes four bytes for three, and status and headers come beside the body.
_JSON_AROUND_BODY: Final = 64 << 10
_ARGUMENT_BYTES: Final = 4 << 20
_UNRECOVERABLE: Final = 71

_FETCHED: Final = 0
_FETCH_MALFORMED: Final = 1
# In the order of the enum `http-error`.
_FETCH_ERRORS: Final = {"invalid-url": 2, "not-allowed": 3, "transport": 4, "internal": 5}


def _i32s(count: int) -> list[ValType]:
    return [ValType.i32() for _ in range(count)]


_OFFERED: Final[dict[str, tuple[int, int]]] = {"log_info": (2, 0), "log_error": (2, 0), "http.fetch": (3, 1)}
_NEEDED: Final[dict[str, tuple[int, int]]] = {"alloc": (1, 1), "handler": (3, 1)}


def refuse_unfit(module: Module) -> None:
    """Raise CallEnded, saying why, unless the module imports and exports what the ABI knows."""
    for wanted in module.imports:
        name = f"{wanted.module}.{wanted.name}"
        shape = _OFFERED.get(wanted.name or "") if wanted.module == HOST_MODULE else None
        if shape is None:
            raise CallEnded(Failure.COMPONENT_INVALID, f"the module imports {name}, which is not offered")
        if not _has_shape(wanted.type, shape):
            raise CallEnded(Failure.COMPONENT_INVALID, f"the module imports {name} with another type")
    exports = {export.name: export.type for export in module.exports}
    for name, shape in _NEEDED.items():
        if not _has_shape(exports.get(name), shape):
            arguments = ", ".join(["i32"] * shape[0])
            raise CallEnded(
                Failure.COMPONENT_INVALID, f"the module exports no function {name}({arguments}) -> i32"
            )
    if type(exports.get("memory")).__name__ != "MemoryType":
        raise CallEnded(Failure.COMPONENT_INVALID, 'the module exports no memory "memory"')


def _has_shape(kind: object, shape: tuple[int, int]) -> bool:
    if not isinstance(kind, FuncType):
        return False
    parameters, results = [str(each) for each in kind.params], [str(each) for each in kind.results]
    return parameters == ["i32"] * shape[0] and results == ["i32"] * shape[1]


@dataclass(slots=True)
class _Running:
    """The one instance that runs; without a memory it is still being made."""

    store: Store
    memory: Memory | None = None
    alloc: Func | None = None

    def read(self, start: int, length: int) -> bytes:
        memory = self._memory()
        start, length = start & _WORD, length & _WORD
        if start + length > memory.data_len(self.store):
            raise _violation(f"it names {length} bytes at {start}, outside its memory")
        return bytes(memory.read(self.store, start, start + length))

    def place(self, data: bytes) -> int:
        """Ask the guest for room and write there."""
        memory, alloc = self._memory(), self.alloc
        assert alloc is not None  # noqa: S101 - it is set together with the memory
        start = int(alloc(self.store, len(data))) & _WORD
        if start == 0 or start + len(data) > memory.data_len(self.store):
            raise _violation(f"alloc({len(data)}) gave {start}, where that many bytes do not fit")
        memory.write(self.store, data, start)
        return start

    def write(self, start: int, data: bytes) -> None:
        memory = self._memory()
        start &= _WORD
        if start + len(data) > memory.data_len(self.store):
            raise _violation(f"it wants {len(data)} bytes at {start}, outside its memory")
        memory.write(self.store, data, start)

    def _memory(self) -> Memory:
        if self.memory is None:
            raise _violation("it calls the host while it is being made")
        return self.memory


class ModuleGuest:
    """A core module ready to run: fresh store and instance for each call."""

    def __init__(self, module: Module, engine: Engine, imports: HostImports) -> None:
        refuse_unfit(module)
        self._module = module
        self._imports = imports
        self._running: _Running | None = None
        self._linker = Linker(engine)
        for name, answer in (
            ("log_info", lambda *at: self._log("logging.log-info", *at)),
            ("log_error", lambda *at: self._log("logging.log-error", *at)),
            ("http.fetch", self._fetch),
        ):
            self._define(name, answer)

    def live(self, engine: Engine) -> "LiveModule":
        return LiveModule(self, engine)

    def call(self, store: Store, request: dict[str, Any], response_bytes: int) -> dict[str, Any]:
        """Make an instance in ``store`` and call its handler. Raises CallEnded, or an engine's error."""
        self._running = _Running(store)
        try:
            return self._call(self._running, request, response_bytes)
        finally:
            self._running = None

    def _call(self, running: _Running, request: dict[str, Any], response_bytes: int) -> dict[str, Any]:
        store = running.store
        exports = self._linker.instantiate(store, self._module).exports(store)
        memory, alloc, handler = exports["memory"], exports["alloc"], exports["handler"]
        assert isinstance(memory, Memory)  # noqa: S101 - refuse_unfit has looked at all three
        assert isinstance(alloc, Func)  # noqa: S101
        assert isinstance(handler, Func)  # noqa: S101
        running.memory, running.alloc = memory, alloc
        body = request_json(request, remaining_ms=self._imports.remaining_ms())
        place, answer = running.place(body), running.place(bytes(_ANSWER.size))
        code = handler(store, place, len(body), answer)
        if code != 0:
            raise CallEnded(Failure.GUEST_HANDLER_FAILED, str(code))
        start, length = _ANSWER.unpack(running.read(answer, _ANSWER.size))
        if length > response_bytes * 4 // 3 + _JSON_AROUND_BODY:
            raise CallEnded(Failure.RESPONSE_TOO_LARGE)
        return answer_of(running.read(start, length), response_bytes=response_bytes)

    def _log(self, function: str, start: int, length: int) -> None:
        text = self._read_argument(function, start, length).decode("utf-8", "replace")
        self._imports.answer(function, [text])

    def _fetch(self, start: int, length: int, answer: int) -> int:
        """Answer ``http.fetch``: 0 and where the response lies, or a number that says what is wrong."""
        try:
            request = fetch_request_of(self._read_argument("http.fetch", start, length))
        except MalformedFetch:
            return _FETCH_MALFORMED
        tag, value = self._imports.answer("http.fetch", [request])
        if tag != "ok":
            return _FETCH_ERRORS.get(value, _FETCH_ERRORS["internal"])
        running = self._instance()
        response = fetch_answer_json(value)
        place = running.place(response)
        running.write(answer, _ANSWER.pack(place, len(response)))
        return _FETCHED

    def _read_argument(self, function: str, start: int, length: int) -> bytes:
        if length & _WORD > _ARGUMENT_BYTES:
            raise CallEnded(Failure.HOST_CALL_TOO_LARGE, function)
        return self._instance().read(start, length)

    def _instance(self) -> _Running:
        if self._running is None:
            raise CallEnded(Failure.WORKER_FAULT, "a host call outside a call")
        return self._running

    def _define(self, name: str, answer: Callable[..., int | None]) -> None:
        parameters, results = _OFFERED[name]
        function_id = next(_function_ids)
        _functions[function_id] = _ModuleFunction(name, answer, self._imports)
        add_module_function(
            self._linker,
            HOST_MODULE,
            name,
            FuncType(_i32s(parameters), _i32s(results)),
            function_id,
            callback=_enter_host_callback,
            finaliser=_forget_function_callback,
        )


class LiveModule:
    """One instance of a core module: for one call, because nothing the guest allocated is given back."""

    is_reusable = False

    def __init__(self, guest: ModuleGuest, engine: Engine) -> None:
        self._guest = guest
        self._store = limited_store(engine)
        self._fuel: int | None = None

    def call(self, request: dict[str, Any], *, response_bytes: int, fuel: int | None) -> dict[str, Any]:
        self._store.set_epoch_deadline(1)
        self._fuel = fuel
        if fuel is not None:
            self._store.set_fuel(fuel)
        return self._guest.call(self._store, request, response_bytes)

    def fuel_used(self) -> int | None:
        return None if self._fuel is None else self._fuel - self._store.get_fuel()

    def close(self) -> None:
        self._store.close()


@dataclass(frozen=True, slots=True)
class _ModuleFunction:
    name: str
    answer: Callable[..., int | None]
    imports: HostImports


_functions: dict[int, _ModuleFunction] = {}
_function_ids = itertools.count(1)


def _enter_host(
    function_id: Any, _caller: Any, arguments: Any, count: int, results: Any, _results: int
) -> int:
    """Answer a host call; as with components, nothing may be raised from here."""
    function = _functions[function_id]
    try:
        answer = function.answer(*(arguments[position].of.i32 for position in range(count)))
        if answer is not None:
            results[0].kind = _I32
            results[0].of.i32 = answer
    except BaseException as error:  # noqa: BLE001 - anything that leaves this callback is a crash
        try:
            function.imports.note_end(function.name, error)
            return new_trap("the host ended the call")
        except BaseException:  # noqa: BLE001 - out of memory while refusing: only the process can end now
            os._exit(_UNRECOVERABLE)
    return 0


def _forget_function(function_id: Any) -> None:
    _functions.pop(function_id, None)


_I32: Final = 0
_enter_host_callback: Final = new_module_callback(_enter_host)
_forget_function_callback: Final = new_finaliser(_forget_function)


def _violation(reason: str) -> CallEnded:
    return CallEnded(Failure.GUEST_ABI_VIOLATED, reason)
