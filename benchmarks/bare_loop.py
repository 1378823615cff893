"""The yardstick: one process that calls a component in a loop, with the stock binding and nothing around it.

`python -m benchmarks.bare_loop BUNDLE` compiles the bundle's component, says so, and then runs one round for
every line of its input: `{"seconds": 1.0}` -> `{"seconds": …, "milliseconds": […]}`.

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

from wasmtime import Config, Engine, Store
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
        self._linker = _linked(self._engine, self._component)

    def call(self) -> bytes:
        """Call the handler once, in a store and an instance of its own; return the answer's body."""
        store = Store(self._engine)
        store.set_epoch_deadline(1)
        handler = self._linker.instantiate(store, self._component).get_func(store, "handler")
        if handler is None:
            raise RuntimeError("the component exports no handler")
        answer = handler(store, _request())
        body = bytes(answer.body)
        store.close()
        return body

    def round(self, seconds: float) -> Iterator[float]:
        """Call until the time is over; yield how many milliseconds each call took."""
        over = time.perf_counter() + seconds
        while (started := time.perf_counter()) < over:
            body = self.call()
            yield (time.perf_counter() - started) * 1000
            if EXPECTED not in body:
                raise RuntimeError(f"the handler answered {body[:200]!r}")


def _linked(engine: Engine, component: Component) -> Linker:
    linker = Linker(engine)
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


def _request() -> Record:
    headers = [_record(name=name, value=value) for name, value in HEADERS.items()]
    return _record(
        context=_record(**CONTEXT), http=_record(method="GET", url=URL, headers=headers, body=None)
    )


def _record(**fields: Any) -> Record:
    record = Record()
    for name, value in fields.items():
        setattr(record, name, value)
    return record


def component_of(bundle: Path) -> bytes:
    """Read the handler's component out of a bundle."""
    with bundle.open("rb") as archive:
        return next(
            entry.data for entry in iter_entries(archive, BundleLimits()) if entry.path == HANDLER_PATH
        )


def main() -> None:
    started = time.perf_counter()
    loop = BareLoop(component_of(Path(sys.argv[1])))
    loop.call()
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True, "seconds": time.perf_counter() - started}), flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        milliseconds = list(loop.round(json.loads(line)["seconds"]))
        print(
            json.dumps({"seconds": time.perf_counter() - started, "milliseconds": milliseconds}), flush=True
        )


if __name__ == "__main__":
    main()
