"""``list<u8>`` in bulk: the C interface spends a 32-byte tagged value on every byte, we fill them by strides.

The layout is checked when this module is loaded; if a release of the binding changes it, the slow path
that names every field is used instead.
"""

import ctypes
from ctypes import byref, sizeof
from typing import Any, Final

from wasmtime import _ffi as ffi

_Value: Any = ffi.wasmtime_component_val_t
_U8: Final = int(ffi.WASMTIME_COMPONENT_U8.value)
_STRIDE: Final = 32
_PAYLOAD_OFFSET: Final = 8

HAS_KNOWN_LAYOUT: Final = (
    sizeof(_Value) == _STRIDE
    and (_Value.kind.offset, _Value.kind.size) == (0, 1)
    and _Value.of.offset == _PAYLOAD_OFFSET
    and _Value.of.size == _STRIDE - _PAYLOAD_OFFSET
)


def lower_bytes(value: bytes, slot: Any) -> None:
    """Fill ``slot`` with a list of one value per byte."""
    items = slot.of.list
    size = len(value)
    ffi.wasmtime_component_vallist_new_uninit(byref(items), size)
    if size:
        (fill_by_strides if HAS_KNOWN_LAYOUT else fill_by_fields)(value, items.data)
    slot.kind = ffi.WASMTIME_COMPONENT_LIST


def lift_bytes(slot: Any) -> bytes:
    """Copy a list of bytes out of ``slot``."""
    items = slot.of.list
    if not items.size:
        return b""
    if not HAS_KNOWN_LAYOUT:
        return bytes(items.data[position].of.u8 for position in range(items.size))
    return bytes(_raw(items.data, items.size)[_PAYLOAD_OFFSET::_STRIDE])


def fill_by_strides(value: bytes, data: Any) -> None:
    raw = _raw(data, len(value))
    raw[0::_STRIDE] = bytes([_U8]) * len(value)
    raw[_PAYLOAD_OFFSET::_STRIDE] = value


def fill_by_fields(value: bytes, data: Any) -> None:
    for position, byte in enumerate(value):
        item = data[position]
        item.kind = _U8
        item.of.u8 = byte


def _raw(data: Any, count: int) -> memoryview:
    array = ctypes.c_uint8 * (count * _STRIDE)
    return memoryview(array.from_address(ctypes.addressof(data.contents))).cast("B")
