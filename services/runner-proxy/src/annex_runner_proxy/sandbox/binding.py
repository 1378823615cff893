"""The few places where we go below the Python binding of Wasmtime to its C interface.

The binding's own call path keeps host exceptions in a module global and re-queries types on every call.
"""

# ruff: noqa: SLF001 - the binding gives no public way to its pointers

import ctypes
from collections.abc import Callable
from ctypes import byref
from typing import Any, Final

from wasmtime import FuncType, Linker, Store, Trap, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime.component import Func, LinkerInstance

# (function id, context, type, arguments, argument count, results, result count) -> error pointer or 0
EnterHost = Callable[[Any, Any, Any, Any, Any, Any, Any], int]

new_callback: Final = ffi.wasmtime_component_func_callback_t
new_finaliser: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
new_destructor: Final = ffi.wasmtime_component_resource_destructor_t
new_module_callback: Final = ffi.wasmtime_func_callback_t


def call_function(function: Func, store: Store, parameters: Any, result: Any) -> None:
    """Call a function of one parameter and one result. Raises WasmtimeError."""
    _raise_if(
        ffi.wasmtime_component_func_call(
            byref(function._func), store._context(), parameters, 1, byref(result), 1
        )
    )


def add_function(
    instance: LinkerInstance, name: str, function_id: int, *, callback: Any, finaliser: Any
) -> None:
    """Define an imported function; ``callback`` and ``finaliser`` must live as long as the process."""
    raw = name.encode()
    _raise_if(
        ffi.wasmtime_component_linker_instance_add_func(
            instance.ptr(), ctypes.create_string_buffer(raw), len(raw), callback, function_id, finaliser
        )
    )


def add_resource(
    instance: LinkerInstance, name: str, kind: int, *, destructor: Any, data: int, finaliser: Any
) -> None:
    """Define a resource type of the host's, known by the number ``kind`` wherever it is imported."""
    raw = name.encode()
    resource_type = ffi.wasmtime_component_resource_type_new_host(kind)
    try:
        _raise_if(
            ffi.wasmtime_component_linker_instance_add_resource(
                instance.ptr(),
                ctypes.create_string_buffer(raw),
                len(raw),
                resource_type,
                destructor,
                data,
                finaliser,
            )
        )
    finally:
        ffi.wasmtime_component_resource_type_delete(resource_type)


def new_handle(context: Any, kind: int, number: int) -> Any:
    """Make an owned handle for a guest; it belongs to the value it is put into. Raises WasmtimeError."""
    owned = True
    resource = ffi.wasmtime_component_resource_host_new(owned, number, kind)
    handle = ctypes.POINTER(ffi.wasmtime_component_resource_any_t)()
    try:
        _raise_if(ffi.wasmtime_component_resource_host_to_any(context, resource, byref(handle)))
    finally:
        ffi.wasmtime_component_resource_host_delete(resource)
    return handle


def number_of(context: Any, handle: Any) -> int:
    """Say which resource of the host's a guest's handle stands for. Raises WasmtimeError."""
    resource = ctypes.POINTER(ffi.wasmtime_component_resource_host_t)()
    _raise_if(ffi.wasmtime_component_resource_any_to_host(context, handle, byref(resource)))
    try:
        return ffi.wasmtime_component_resource_host_rep(resource)
    finally:
        ffi.wasmtime_component_resource_host_delete(resource)


def add_module_function(
    linker: Linker, module: str, name: str, kind: FuncType, function_id: int, *, callback: Any, finaliser: Any
) -> None:
    """Define a function for core modules; ``callback`` and ``finaliser`` must live as long as the process."""
    raw_module, raw_name = module.encode(), name.encode()
    _raise_if(
        ffi.wasmtime_linker_define_func(
            linker.ptr(),
            ctypes.create_string_buffer(raw_module),
            len(raw_module),
            ctypes.create_string_buffer(raw_name),
            len(raw_name),
            kind.ptr(),
            callback,
            function_id,
            finaliser,
        )
    )


def new_trap(message: str) -> int:
    """Make a trap for a core module's callback to return; the engine owns it from then on."""
    address = ctypes.cast(Trap(message)._consume(), ctypes.c_void_p).value
    assert address is not None  # noqa: S101 - _consume never gives a null pointer
    return address


def new_error(message: str) -> int:
    """Make an error for a callback to return; the engine owns it from then on."""
    address = ctypes.cast(WasmtimeError(message)._consume(), ctypes.c_void_p).value
    assert address is not None  # noqa: S101 - _consume never gives a null pointer
    return address


def _raise_if(error: Any) -> None:
    if error:
        raise WasmtimeError._from_ptr(error)
