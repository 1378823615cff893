"""The one Wasmtime configuration, and the fingerprint of everything compiled code depends on."""

import hashlib
import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from wasmtime import Config, Engine
from wasmtime import _ffi as ffi

_MAX_WASM_STACK_BYTES: Final = 1 << 20

# Proposals a guest may not use: shared memory and 64-bit memory escape our accounting, the rest is surface
# nobody asked for. Turning one on changes the fingerprint and so recompiles everything.
_REFUSED_PROPOSALS: Final = (
    "wasm_threads",
    "wasm_memory64",
    "wasm_gc",
    "wasm_function_references",
    "wasm_exceptions",
    "wasm_relaxed_simd",
    "wasm_stack_switching",
    "wasm_custom_page_sizes",
    "wasm_wide_arithmetic",
    "wasm_component_model_map",
    "shared_memory",
)
# Component-model async is off because of CVE-2026-115384 and because our world is synchronous; the Python
# Config has no switch for it, the C interface has.
_REFUSED_BY_C_INTERFACE: Final[tuple[tuple[str, Callable[[Any, bool], None]], ...]] = (
    ("component_model_async", ffi.wasmtime_config_wasm_component_model_async_set),
    ("component_model_async_stackful", ffi.wasmtime_config_wasm_component_model_async_stackful_set),
    ("component_model_more_async", ffi.wasmtime_config_wasm_component_model_more_async_builtins_set),
    ("concurrency_support", ffi.wasmtime_config_concurrency_support_set),
)


def build_engine(*, is_compiling: bool = False) -> Engine:
    """Build the engine of a sandbox process; ``is_compiling`` only lets it use more threads."""
    config = Config()
    config.wasm_component_model = True
    config.epoch_interruption = True
    config.max_wasm_stack = _MAX_WASM_STACK_BYTES
    config.memory_init_cow = True
    # Adapters between the modules of one component copy from memory to memory; without this proposal such
    # a component aborts the compiler. The store caps how many memories there are.
    config.wasm_multi_memory = True
    config.parallel_compilation = is_compiling
    for proposal in _REFUSED_PROPOSALS:
        setattr(config, proposal, False)
    for _, switch in _REFUSED_BY_C_INTERFACE:
        switch(config.ptr(), False)  # noqa: FBT003 - the C interface takes positions only
    return Engine(config)


def fingerprint() -> str:
    """Name this engine: Wasmtime's version, its configuration, the machine and its instruction sets."""
    facts = {
        "wasmtime": version("wasmtime"),
        "refused": [*_REFUSED_PROPOSALS, *(name for name, _ in _REFUSED_BY_C_INTERFACE)],
        "stack_bytes": _MAX_WASM_STACK_BYTES,
        "machine": platform.machine(),
        "processor_features": _processor_features(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _processor_features() -> list[str]:
    """List what the first processor says it can do; compiled code may use any of it."""
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return sorted(value.split())
    return []
