"""The program that compiles: ``python -m annex_runner_proxy.sandbox.compiler <wasm> <out> <parent> <kind>``.

Both descriptors are open already, so it needs no file system. Its one line of JSON on standard output says
what the component imports or why it is refused. It yields to everything else on the machine.
"""

import json
import os
import sys
from typing import Any, Final

from wasmtime import Engine, Module, WasmtimeError
from wasmtime.component import Component

from annex_runner_proxy.sandbox.engine import build_engine, fingerprint
from annex_runner_proxy.sandbox.guest import handler_type
from annex_runner_proxy.sandbox.isolation import cap_resources, confine, leave_the_parents_world
from annex_runner_proxy.sandbox.messages import CallEnded, CodeKind
from annex_runner_proxy.sandbox.module_guest import refuse_unfit

_NICENESS: Final = 10
_DATA_BYTES: Final = 3 << 30
_CPU_SECONDS: Final = 300
_OPEN_FILES: Final = 64
_READ_BYTES: Final = 1 << 20
_MAX_REASON: Final = 500
_MAGIC: Final = b"\0asm"
_CORE_VERSION: Final = b"\1\0\0\0"


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
    compile_kind = _module if wasm[len(_MAGIC) :].startswith(_CORE_VERSION) else _component
    try:
        serialized, imports = compile_kind(engine, wasm)
    except CallEnded as ended:
        return {"refused": ended.detail}
    except WasmtimeError as error:
        return {"refused": str(error)[:_MAX_REASON]}
    code = memoryview(serialized)
    while code:
        code = code[os.write(target, code) :]
    return {"imports": imports}


def _component(engine: Engine, wasm: bytes) -> tuple[bytearray, list[str]]:
    component = Component(engine, wasm)
    handler_type(component, engine)
    return component.serialize(), sorted(component.type.imports(engine))


def _module(engine: Engine, wasm: bytes) -> tuple[bytearray, list[str]]:
    module = Module(engine, wasm)
    refuse_unfit(module)
    return module.serialize(), sorted({f"{wanted.module}.{wanted.name}" for wanted in module.imports})


def _read_all(descriptor: int) -> bytes:
    chunks = []
    while chunk := os.read(descriptor, _READ_BYTES):
        chunks.append(chunk)
    return b"".join(chunks)


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)
