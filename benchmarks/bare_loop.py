"""The yardstick: one process that calls a component in a loop, with the stock binding and nothing around it.

`python -m benchmarks.bare_loop BUNDLE` compiles the bundle's component, says so, and then runs one round for
every line of its input: `{"seconds": 1.0}` -> `{"seconds": …, "milliseconds": […], "cpu_seconds": …}`. An
order may name `method`, `url`, `body_bytes` and what is `expected` in the answer. BUNDLE may be a component.

Every call is what the platform promises a caller, too: a fresh store and instance, the handler's
`GET /hello`, the answer read whole, everything dropped. Host calls are answered by plain Python functions.
"""

import gc
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record

from annex_shared.bundle import HANDLER_PATH, BundleLimits, iter_entries

CONFIG = {"greeting": "Hello"}
CONTEXT = {
    "request-id": "00000000-0000-4000-8000-000000000001",
    "tenant-id": "00000000-0000-4000-8000-000000000002",
    "extension-id": "00000000-0000-4000-8000-000000000003",
    "install-id": "00000000-0000-4000-8000-000000000004",
    "version-id": "00000000-0000-4000-8000-000000000005",
}
URL = "/hello?name=bench"
EXPECTED = b"Hello, bench!"
# As many headers, and as long, as a guest behind the gateway is shown.
HEADERS = {
    "accept": "*/*",
    "user-agent": "annex-benchmark",
    "x-request-id": CONTEXT["request-id"],
    "x-tenant-id": CONTEXT["tenant-id"],
}


class BareLoop:
    """One compiled component and its imports."""

    def __init__(self, wasm: bytes) -> None:
        config = Config()
        config.wasm_component_model = True
        config.epoch_interruption = True
        self._engine = Engine(config)
        self._component = Component(self._engine, wasm)
        self._has_wasi = any(name.startswith("wasi:") for name in self._component.type.imports(self._engine))
        self._linker = _linked(self._engine, self._component, with_wasi=self._has_wasi)

    def call(self, request: Record) -> bytes:
        """Call the handler once, in a store and an instance of its own; return the answer's body."""
        store = Store(self._engine)
        store.set_epoch_deadline(1)
        if self._has_wasi:
            # A store without it aborts the process on the first use of WASI.
            store.set_wasi(WasiConfig())
        handler = self._linker.instantiate(store, self._component).get_func(store, "handler")
        if handler is None:
            raise RuntimeError("the component exports no handler")
        answer = handler(store, request)
        body = bytes(answer.body)
        store.close()
        return body

    def round(self, order: dict[str, Any]) -> Iterator[float]:
        """Call until the time is over, once at least; yield how many milliseconds each call took."""
        request, expected = _request(order), order.get("expected", EXPECTED.decode()).encode()
        started = time.perf_counter()
        over = started + order["seconds"]
        while True:
            body = self.call(request)
            yield (time.perf_counter() - started) * 1000
            if expected not in body:
                raise RuntimeError(f"the handler answered {body[:200]!r}")
            if (started := time.perf_counter()) >= over:
                return


def _linked(engine: Engine, component: Component, *, with_wasi: bool) -> Linker:
    linker = Linker(engine)
    if with_wasi:
        linker.add_wasip2()
    with linker.root() as root:
        with root.add_instance("alga:extension/config") as interface:
            interface.add_func("get", lambda _store, key: CONFIG.get(key))
        with root.add_instance("alga:extension/context") as interface:
            interface.add_func("get-context", lambda _store: _record(**CONTEXT))
        with root.add_instance("alga:extension/logging") as interface:
            for level in ("log-info", "log-warn", "log-error"):
                interface.add_func(level, lambda _store, _message: None)
    linker.define_unknown_imports_as_traps(component)
    return linker


def _request(order: dict[str, Any]) -> Record:
    headers = [_record(name=name, value=value) for name, value in HEADERS.items()]
    method, url = order.get("method", "GET"), order.get("url", URL)
    body = b"x" * order.get("body_bytes", 0) or None
    return _record(
        context=_record(**CONTEXT), http=_record(method=method, url=url, headers=headers, body=body)
    )


def _record(**fields: Any) -> Record:
    record = Record()
    for name, value in fields.items():
        setattr(record, name, value)
    return record


def component_of(bundle: Path) -> bytes:
    """Read the handler's component out of a bundle; a component is one."""
    if bundle.suffix == ".wasm":
        return bundle.read_bytes()
    with bundle.open("rb") as archive:
        return next(
            entry.data for entry in iter_entries(archive, BundleLimits()) if entry.path == HANDLER_PATH
        )


def main() -> None:
    started = time.perf_counter()
    loop = BareLoop(component_of(Path(sys.argv[1])))
    loop.call(_request({}))
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True, "seconds": time.perf_counter() - started}), flush=True)
    for line in sys.stdin:
        started, used = time.perf_counter(), time.process_time()
        milliseconds = list(loop.round(json.loads(line)))
        result = {
            "seconds": time.perf_counter() - started,
            "milliseconds": milliseconds,
            "cpu_seconds": time.process_time() - used,
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
