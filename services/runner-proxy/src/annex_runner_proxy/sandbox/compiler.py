"""The program that compiles: ``python -m annex_runner_proxy.sandbox.compiler <wasm> <out> <parent> <kind>``.

Both descriptors are open already, so it needs no file system. Its one line of JSON on standard output says
what the component imports or why it is refused. It yields to everything else on the machine.
"""

import json
import os
import sys
from typing import Any, Final

from wasmtime import WasmtimeError
from wasmtime.component import Component

from annex_runner_proxy.sandbox.engine import build_engine, fingerprint
from annex_runner_proxy.sandbox.guest import handler_type
from annex_runner_proxy.sandbox.host_imports import CallEnded
from annex_runner_proxy.sandbox.isolation import cap_resources, confine, leave_the_parents_world
from annex_runner_proxy.sandbox.messages import CodeKind

_NICENESS: Final = 10
_DATA_BYTES: Final = 3 << 30
_CPU_SECONDS: Final = 300
_OPEN_FILES: Final = 64
_READ_BYTES: Final = 1 << 20
_MAX_REASON: Final = 500
_MAGIC: Final = b"\0asm"


def main(arguments: list[str]) -> None:
    source, target, parent = (int(argument) for argument in arguments[:3])
    leave_the_parents_world(parent)
    os.nice(_NICENESS)
    cap_resources(data_bytes=_DATA_BYTES, open_files=_OPEN_FILES, cpu_seconds=_CPU_SECONDS)
    engine_name = fingerprint()
    confine(readable=[])
    report = {"fingerprint": engine_name, **_compile(_read_all(source), target, arguments[3])}
    os.write(sys.stdout.fileno(), json.dumps(report).encode())


def _compile(wasm: bytes, target: int, kind: str) -> dict[str, Any]:
    if not wasm.startswith(_MAGIC):
        return {"refused": "it is not WebAssembly"}
    engine = build_engine(is_compiling=True, counts_fuel=kind == CodeKind.COUNTING)
    try:
        component = Component(engine, wasm)
        handler_type(component, engine)
    except CallEnded as ended:
        return {"refused": ended.detail}
    except WasmtimeError as error:
        return {"refused": str(error)[:_MAX_REASON]}
    code = memoryview(component.serialize())
    while code:
        code = code[os.write(target, code) :]
    return {"imports": sorted(component.type.imports(engine))}


def _read_all(descriptor: int) -> bytes:
    chunks = []
    while chunk := os.read(descriptor, _READ_BYTES):
        chunks.append(chunk)
    return b"".join(chunks)


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)
