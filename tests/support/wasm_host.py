"""A small host for one guest call: real Wasmtime, the capabilities as plain dictionaries."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

from support.guests import guest_wasm

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Call:
    """What the guest is asked."""

    method: str = "GET"
    url: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the guest answered, unchecked."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass(slots=True)
class Capabilities:
    """What host calls find; ``lines`` collects what the guest logged."""

    config: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    entries: dict[tuple[str, str], bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def log(self, _store: object, message: str) -> None:
        self.lines.append(message)

    def config_value(self, _store: object, key: str) -> str | None:
        return self.config.get(key)

    def config_keys(self, _store: object) -> list[str]:
        return sorted(self.config)

    def secret(self, _store: object, key: str) -> Variant:
        if key in self.secrets:
            return Variant("ok", self.secrets[key])
        return Variant("err", "denied")

    def entry(self, _store: object, namespace: str, key: str) -> Record | str:
        value = self.entries.get((namespace, key))
        if value is None:
            return "missing"
        return _record(namespace=namespace, key=key, value=value, revision=1)

    def put_item(self, _store: object, namespace: str, write: Record) -> Record | str:
        """Create an item; whatever the condition is, what is there stays."""
        fields = vars(write)
        if (namespace, fields["key"]) in self.entries:
            return "conflict"
        self.entries[namespace, fields["key"]] = fields["value"]
        return _record(
            key=fields["key"],
            value=b"",
            metadata=None,
            revision=1,
            **{"expires-at": None, "updated-at": "2026-11-21T12:00:00Z"},
        )

    def context(self, _store: object) -> Record:
        return a_context()


def a_context() -> Record:
    return _record(
        **{
            "request-id": "request-1",
            "tenant-id": "tenant-1",
            "extension-id": "extension-1",
            "install-id": "install-1",
            "version-id": None,
        }
    )


def ask(
    wasm: bytes,
    call: Call | None = None,
    capabilities: Capabilities | None = None,
    *,
    memory_bytes: int = 64 * MEBIBYTE,
    interrupt_after_seconds: float = 20,
    with_wasi: bool = False,
) -> Answer:
    """Call ``handler`` of a component once, in a fresh instance; raise what Wasmtime raises."""
    store = Store(engine())
    store.set_limits(memory_size=memory_bytes)
    store.set_epoch_deadline(1)
    component = _compiled(wasm)
    linker = _linked(component, capabilities or Capabilities(), with_wasi=with_wasi)
    if with_wasi:
        # A store without it aborts the process on the first use of WASI.
        store.set_wasi(WasiConfig())
    with _interrupted(interrupt_after_seconds):
        handler = linker.instantiate(store, component).get_func(store, "handler")
        assert handler is not None
        return _answer(handler(store, _request(call or Call())))


def imported_names(wasm: bytes) -> set[str]:
    return set(_compiled(wasm).type.imports(engine()))


def component_type(name: str) -> dict[str, str]:
    """Name what a guest exports, and of which type."""
    exports = _compiled(guest_wasm(name)).type.exports(engine())
    return {export: type(extern.ty).__name__ for export, extern in exports.items()}


def ask_guest(name: str, call: Call | None = None, capabilities: Capabilities | None = None) -> Answer:
    """Ask a guest of ``tests/guests`` that comes to an end by itself."""
    return ask(guest_wasm(name), call, capabilities)


@cache
def engine() -> Engine:
    config = Config()
    config.epoch_interruption = True
    config.wasm_component_model = True
    return Engine(config)


@cache
def _compiled(wasm: bytes) -> Component:
    return Component(engine(), wasm)


def _linked(component: Component, capabilities: Capabilities, *, with_wasi: bool) -> Linker:
    linker = Linker(engine())
    if with_wasi:
        linker.add_wasip2()
    with linker.root() as root:
        for interface, functions in _host_functions(capabilities).items():
            with root.add_instance(interface) as instance:
                for name, function in functions.items():
                    instance.add_func(name, function)
    if not with_wasi:
        linker.define_unknown_imports_as_traps(component)
    return linker


def _host_functions(capabilities: Capabilities) -> dict[str, dict[str, Callable[..., Any]]]:
    levels = ("log-info", "log-warn", "log-error")
    return {
        "alga:extension/config": {"get": capabilities.config_value, "list-keys": capabilities.config_keys},
        "alga:extension/context": {"get-context": capabilities.context},
        "alga:extension/logging": dict.fromkeys(levels, capabilities.log),
        "alga:extension/secrets": {"get": capabilities.secret},
        "alga:extension/storage": {"get": capabilities.entry},
        "alga:extension/storage-v2": {"put": capabilities.put_item},
    }


@contextmanager
def _interrupted(after_seconds: float) -> Iterator[None]:
    timer = threading.Timer(after_seconds, engine().increment_epoch)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _request(call: Call) -> Record:
    headers = [_record(name=name, value=value) for name, value in call.headers]
    http = _record(method=call.method, url=call.url, headers=headers, body=call.body)
    return _record(context=a_context(), http=http)


def _answer(response: Record) -> Answer:
    fields = vars(response)
    headers = tuple((vars(header)["name"], vars(header)["value"]) for header in fields["headers"])
    return Answer(fields["status"], headers, fields["body"])


def _record(**fields: object) -> Record:
    record = Record()
    for name, value in fields.items():
        setattr(record, name, value)
    return record
