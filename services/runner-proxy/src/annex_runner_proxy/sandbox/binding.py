"""The few places where we go below the Python binding of Wasmtime to its C interface.

The binding's own call path keeps host exceptions in a module global and re-queries types on every call.
"""

# ruff: noqa: SLF001 - the binding gives no public way to its pointers

import ctypes
from collections.abc import Callable
from ctypes import byref
from typing import Any, Final

from wasmtime import Store, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime.component import Func, LinkerInstance

# (function id, context, type, arguments, argument count, results, result count) -> error pointer or 0
EnterHost = Callable[[Any, Any, Any, Any, Any, Any, Any], int]

new_callback: Final = ffi.wasmtime_component_func_callback_t
new_finaliser: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


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


def new_error(message: str) -> int:
    """Make an error for a callback to return; the engine owns it from then on."""
    address = ctypes.cast(WasmtimeError(message)._consume(), ctypes.c_void_p).value
    assert address is not None  # noqa: S101 - _consume never gives a null pointer
    return address


def _raise_if(error: Any) -> None:
    if error:
        raise WasmtimeError._from_ptr(error)
