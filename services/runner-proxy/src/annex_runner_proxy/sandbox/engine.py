"""The one Wasmtime configuration, and the fingerprint of everything compiled code depends on."""

import hashlib
import json
import platform
from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from wasmtime import Config, Engine
from wasmtime import _ffi as ffi

MAX_WASM_STACK_BYTES: Final = 1 << 20

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
# A worker runs one call at a time, and keeps one instance for reuse at most.
_POOLED: Final[tuple[tuple[Callable[[Any, int], None], int], ...]] = (
    (ffi.wasmtime_pooling_allocation_config_total_component_instances_set, 2),
    (ffi.wasmtime_pooling_allocation_config_total_core_instances_set, 128),
    (ffi.wasmtime_pooling_allocation_config_max_core_instances_per_component_set, 64),
    (ffi.wasmtime_pooling_allocation_config_max_core_instance_size_set, 8 << 20),
    (ffi.wasmtime_pooling_allocation_config_max_component_instance_size_set, 8 << 20),
    (ffi.wasmtime_pooling_allocation_config_total_memories_set, 32),
    (ffi.wasmtime_pooling_allocation_config_max_memories_per_component_set, 16),
    (ffi.wasmtime_pooling_allocation_config_max_memories_per_module_set, 16),
    (ffi.wasmtime_pooling_allocation_config_max_memory_size_set, 4 << 30),
    (ffi.wasmtime_pooling_allocation_config_total_tables_set, 128),
    (ffi.wasmtime_pooling_allocation_config_max_tables_per_component_set, 64),
    (ffi.wasmtime_pooling_allocation_config_max_tables_per_module_set, 64),
    (ffi.wasmtime_pooling_allocation_config_table_elements_set, 200_000),
)


class Allocator(StrEnum):
    """Where instances get their memory: mapped for each, or from places kept ready (ADR 28)."""

    ON_DEMAND = "on-demand"
    POOLING = "pooling"


def build_engine(
    *, is_compiling: bool = False, counts_fuel: bool = False, allocator: Allocator = Allocator.ON_DEMAND
) -> Engine:
    """Build an engine of a sandbox process; ``is_compiling`` only lets it use more threads.

    ``counts_fuel`` makes other code: what is compiled for one kind cannot be loaded by the other.
    """
    config = Config()
    config.wasm_component_model = True
    config.epoch_interruption = True
    config.max_wasm_stack = MAX_WASM_STACK_BYTES
    config.memory_init_cow = True
    # Adapters between the modules of one component copy from memory to memory; without this proposal such
    # a component aborts the compiler. The store caps how many memories there are.
    config.wasm_multi_memory = True
    config.parallel_compilation = is_compiling
    config.consume_fuel = counts_fuel
    if allocator is Allocator.POOLING:
        _pool(config)
    for proposal in _REFUSED_PROPOSALS:
        setattr(config, proposal, False)
    for _, switch in _REFUSED_BY_C_INTERFACE:
        switch(config.ptr(), False)  # noqa: FBT003 - the C interface takes positions only
    return Engine(config)


def _pool(config: Config) -> None:
    """Turn the pooling allocator on, which the Python Config has no switch for."""
    pool = ffi.wasmtime_pooling_allocation_config_new()
    for give, value in _POOLED:
        give(pool, value)
    ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    ffi.wasmtime_pooling_allocation_config_delete(pool)


def fingerprint() -> str:
    """Name this engine: Wasmtime's version, its configuration, the machine and its instruction sets."""
    facts = {
        "wasmtime": version("wasmtime"),
        "refused": [*_REFUSED_PROPOSALS, *(name for name, _ in _REFUSED_BY_C_INTERFACE)],
        "stack_bytes": MAX_WASM_STACK_BYTES,
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
