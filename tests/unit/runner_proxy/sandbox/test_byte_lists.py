from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from wasmtime import _ffi as ffi

from annex_runner_proxy.sandbox import byte_lists
from annex_runner_proxy.sandbox.byte_lists import HAS_KNOWN_LAYOUT, lift_bytes, lower_bytes


@contextmanager
def _lowered(value: bytes) -> Iterator[Any]:
    slot = ffi.wasmtime_component_val_t()
    lower_bytes(value, slot)
    try:
        yield slot
    finally:
        ffi.wasmtime_component_val_delete(byref(slot))


def test_layout_of_this_release_is_the_known_one() -> None:
    assert HAS_KNOWN_LAYOUT


@given(st.binary(max_size=300))
def test_bytes_come_back_as_they_were(value: bytes) -> None:
    with _lowered(value) as slot:
        assert lift_bytes(slot) == value


@given(st.binary(min_size=1, max_size=300))
def test_bulk_path_writes_what_the_named_fields_say(value: bytes) -> None:
    with _lowered(value) as slot:
        data = slot.of.list.data
        kinds = {data[position].kind for position in range(len(value))}
        fields = bytes(data[position].of.u8 for position in range(len(value)))

    assert kinds == {ffi.WASMTIME_COMPONENT_U8.value}
    assert fields == value


@given(st.binary(min_size=1, max_size=300))
def test_slow_path_is_read_by_the_bulk_path(value: bytes) -> None:
    with _lowered(bytes(len(value))) as slot:
        byte_lists.fill_by_fields(value, slot.of.list.data)

        assert lift_bytes(slot) == value
