"""Conversions between Python values and component values, built once per type instead of once per call.

In Python a record is a dict by field name, an option its value or None, a result ``("ok", v)`` or
``("err", e)``, a variant ``(case, payload)``, an enum its case name, flags a list of names, ``list<u8>``
is bytes, and a resource of the host's is its number when it comes and a ``Handle`` when it goes. Lifting
copies; whoever made the component value frees it.
"""

from ctypes import byref, memmove, memset, sizeof, string_at
from dataclasses import dataclass
from typing import Any, Protocol

from wasmtime import _ffi as ffi
from wasmtime.component import _types as types

from annex_runner_proxy.sandbox.binding import new_handle, number_of
from annex_runner_proxy.sandbox.byte_lists import lift_bytes, lower_bytes


class UnsupportedType(Exception):
    """A component uses a type that no interface of ours has."""


class ValueMismatch(Exception):
    """A value does not have the shape its type asks for."""


class ValueTooLarge(Exception):
    """A guest handed over more than the budget of one conversion."""


class TooManyElements(ValueTooLarge):
    """The lists a guest handed over have more elements than one conversion takes."""


class LiftBudget:
    """How much one conversion may copy out of a guest; text and lists escape the memory limit."""

    def __init__(self, size_bytes: int, *, elements: int) -> None:
        self._remaining = size_bytes
        self._elements = elements

    def spend_elements(self, count: int) -> None:
        self._elements -= count
        if self._elements < 0:
            raise TooManyElements

    def spend(self, size_bytes: int) -> None:
        self._remaining -= size_bytes
        if self._remaining < 0:
            raise ValueTooLarge


@dataclass(frozen=True, slots=True)
class Handle:
    """A resource handed to a guest: which type of the host's, and which one of them."""

    kind: int
    number: int


@dataclass(slots=True)
class StoreOfCall:
    """The engine's store while a host function runs in it; handles live there."""

    context: Any = None


class Codec(Protocol):
    """Moves values of one type; ``slot`` is a ``wasmtime_component_val_t``."""

    def lower(self, value: Any, slot: Any) -> None:
        """Fill ``slot``. When it raises, ``slot`` may be filled in part and is still safe to delete."""

    def lift(self, slot: Any, budget: LiftBudget) -> Any: ...


def codec_of(kind: Any, store: StoreOfCall | None = None) -> Codec:  # noqa: C901, PLR0911 - a table
    """Build the codec of a component type, of handles only with a ``store``. Raises UnsupportedType."""
    scalar = _SCALARS.get(type(kind))
    if scalar is not None:
        return scalar
    match kind:
        case types.String():
            return _Text()
        case types.ListType():
            element = kind.element
            return _Bytes() if isinstance(element, types.U8) else _List(codec_of(element, store))
        case types.RecordType():
            return _Record({name: codec_of(field, store) for name, field in kind.fields})
        case types.TupleType():
            return _Tuple([codec_of(element, store) for element in kind.elements])
        case types.OptionType():
            return _Option(codec_of(kind.payload, store))
        case types.ResultType():
            return _Result(_optional_codec(kind.ok, store), _optional_codec(kind.err, store))
        case types.EnumType():
            return _Enum(frozenset(kind.names))
        case types.VariantType():
            return _Variant({name: _optional_codec(payload, store) for name, payload in kind.cases})
        case types.OwnType() | types.BorrowType() if store is not None:
            return _Handle(store)
    raise UnsupportedType(type(kind).__name__)


def _optional_codec(kind: Any, store: StoreOfCall | None) -> Codec | None:
    return None if kind is None else codec_of(kind, store)


class _Scalar:
    def __init__(self, kind: Any, field: str, accepted: type) -> None:
        self._kind, self._field, self._accepted = kind, field, accepted

    def lower(self, value: Any, slot: Any) -> None:
        if type(value) is not self._accepted:
            raise ValueMismatch(self._field)
        setattr(slot.of, self._field, value)
        slot.kind = self._kind

    def lift(self, slot: Any, budget: LiftBudget) -> Any:
        budget.spend(1)
        return getattr(slot.of, self._field)


_SCALARS: dict[type, Codec] = {
    types.Bool: _Scalar(ffi.WASMTIME_COMPONENT_BOOL, "boolean", bool),
    types.F32: _Scalar(ffi.WASMTIME_COMPONENT_F32, "f32", float),
    types.F64: _Scalar(ffi.WASMTIME_COMPONENT_F64, "f64", float),
    **{
        getattr(types, name): _Scalar(getattr(ffi, f"WASMTIME_COMPONENT_{name}"), name.lower(), int)
        for name in ("S8", "S16", "S32", "S64", "U8", "U16", "U32", "U64")
    },
}


class _Text:
    def lower(self, value: Any, slot: Any) -> None:
        if type(value) is not str:
            raise ValueMismatch("string")
        _put_text(value, slot.of.string)
        slot.kind = ffi.WASMTIME_COMPONENT_STRING

    def lift(self, slot: Any, budget: LiftBudget) -> str:
        return _take_text(slot.of.string, budget)


class _Enum:
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def lower(self, value: Any, slot: Any) -> None:
        if value not in self._names:
            raise ValueMismatch("enum")
        _put_text(value, slot.of.enumeration)
        slot.kind = ffi.WASMTIME_COMPONENT_ENUM

    def lift(self, slot: Any, budget: LiftBudget) -> str:
        return _take_text(slot.of.enumeration, budget)


class _Bytes:
    def lower(self, value: Any, slot: Any) -> None:
        if type(value) is not bytes:
            raise ValueMismatch("list<u8>")
        lower_bytes(value, slot)

    def lift(self, slot: Any, budget: LiftBudget) -> bytes:
        budget.spend(slot.of.list.size)
        return lift_bytes(slot)


class _List:
    def __init__(self, element: Codec) -> None:
        self._element = element

    def lower(self, value: Any, slot: Any) -> None:
        if not isinstance(value, list | tuple):
            raise ValueMismatch("list")
        items = slot.of.list
        _new_zeroed(ffi.wasmtime_component_vallist_new_uninit, items, len(value))
        slot.kind = ffi.WASMTIME_COMPONENT_LIST
        data = items.data
        for position, element in enumerate(value):
            self._element.lower(element, data[position])

    def lift(self, slot: Any, budget: LiftBudget) -> list[Any]:
        items = slot.of.list
        budget.spend_elements(items.size)
        budget.spend(items.size)
        data = items.data
        return [self._element.lift(data[position], budget) for position in range(items.size)]


class _Tuple:
    def __init__(self, elements: list[Codec]) -> None:
        self._elements = elements

    def lower(self, value: Any, slot: Any) -> None:
        if not isinstance(value, list | tuple) or len(value) != len(self._elements):
            raise ValueMismatch("tuple")
        items = slot.of.tuple
        _new_zeroed(ffi.wasmtime_component_valtuple_new_uninit, items, len(value))
        slot.kind = ffi.WASMTIME_COMPONENT_TUPLE
        data = items.data
        for position, codec in enumerate(self._elements):
            codec.lower(value[position], data[position])

    def lift(self, slot: Any, budget: LiftBudget) -> list[Any]:
        data = slot.of.tuple.data
        return [codec.lift(data[position], budget) for position, codec in enumerate(self._elements)]


class _Record:
    """Fields a guest's copy of the world does not know are left out; unknown optional ones become none."""

    def __init__(self, fields: dict[str, Codec]) -> None:
        self._fields = [(name, name.encode(), codec) for name, codec in fields.items()]

    def lower(self, value: Any, slot: Any) -> None:
        if not isinstance(value, dict):
            raise ValueMismatch("record")
        fields = slot.of.record
        _new_zeroed(ffi.wasmtime_component_valrecord_new_uninit, fields, len(self._fields))
        slot.kind = ffi.WASMTIME_COMPONENT_RECORD
        data = fields.data
        for position, (name, raw_name, codec) in enumerate(self._fields):
            entry = data[position]
            _put_bytes(raw_name, entry.name)
            codec.lower(value.get(name), entry.val)

    def lift(self, slot: Any, budget: LiftBudget) -> dict[str, Any]:
        data = slot.of.record.data
        return {
            name: codec.lift(data[position].val, budget)
            for position, (name, _, codec) in enumerate(self._fields)
        }


class _Option:
    def __init__(self, payload: Codec) -> None:
        self._payload = payload

    def lower(self, value: Any, slot: Any) -> None:
        slot.of.option = None if value is None else _boxed(self._payload, value)
        slot.kind = ffi.WASMTIME_COMPONENT_OPTION

    def lift(self, slot: Any, budget: LiftBudget) -> Any:
        payload = slot.of.option
        return self._payload.lift(payload.contents, budget) if payload else None


class _Result:
    def __init__(self, ok: Codec | None, err: Codec | None) -> None:
        self._cases = {"ok": ok, "err": err}

    def lower(self, value: Any, slot: Any) -> None:
        tag, payload = _tagged(value, self._cases)
        codec = self._cases[tag]
        slot.of.result.val = None if codec is None else _boxed(codec, payload)
        slot.of.result.is_ok = tag == "ok"
        slot.kind = ffi.WASMTIME_COMPONENT_RESULT

    def lift(self, slot: Any, budget: LiftBudget) -> tuple[str, Any]:
        result = slot.of.result
        tag = "ok" if result.is_ok else "err"
        codec = self._cases[tag]
        return tag, None if codec is None else codec.lift(result.val.contents, budget)


class _Variant:
    def __init__(self, cases: dict[str, Codec | None]) -> None:
        self._cases = cases

    def lower(self, value: Any, slot: Any) -> None:
        tag, payload = _tagged(value, self._cases)
        codec = self._cases[tag]
        slot.of.variant.val = None if codec is None else _boxed(codec, payload)
        _put_text(tag, slot.of.variant.discriminant)
        slot.kind = ffi.WASMTIME_COMPONENT_VARIANT

    def lift(self, slot: Any, budget: LiftBudget) -> tuple[str, Any]:
        variant = slot.of.variant
        tag = _take_text(variant.discriminant, budget)
        codec = self._cases[tag]
        return tag, None if codec is None else codec.lift(variant.val.contents, budget)


class _Handle:
    def __init__(self, store: StoreOfCall) -> None:
        self._store = store

    def lower(self, value: Any, slot: Any) -> None:
        if type(value) is not Handle:
            raise ValueMismatch("resource")
        slot.of.resource = new_handle(self._store.context, value.kind, value.number)
        slot.kind = ffi.WASMTIME_COMPONENT_RESOURCE

    def lift(self, slot: Any, budget: LiftBudget) -> int:
        budget.spend(1)
        return number_of(self._store.context, slot.of.resource)


def _tagged(value: Any, cases: dict[str, Codec | None]) -> tuple[str, Any]:
    if not isinstance(value, list | tuple) or not value or value[0] not in cases:
        raise ValueMismatch("variant")
    return value[0], value[1] if len(value) > 1 else None


def _boxed(codec: Codec, value: Any) -> Any:
    """Make a value of its own on the engine's heap; a failed one is given back first."""
    scratch = ffi.wasmtime_component_val_t()
    try:
        codec.lower(value, scratch)
    except Exception:
        ffi.wasmtime_component_val_delete(byref(scratch))
        raise
    return ffi.wasmtime_component_val_new(byref(scratch))


def _new_zeroed(allocate: Any, items: Any, count: int) -> None:
    """Allocate ``count`` values that read as ``false``, so deleting them early is always defined."""
    allocate(byref(items), count)
    if count:
        memset(items.data, 0, count * sizeof(items.data._type_))


def _put_text(text: str, vector: Any) -> None:
    _put_bytes(text.encode(), vector)


def _put_bytes(raw: bytes, vector: Any) -> None:
    ffi.wasm_byte_vec_new_uninitialized(byref(vector), len(raw))
    memmove(vector.data, raw, len(raw))


def _take_text(vector: Any, budget: LiftBudget) -> str:
    budget.spend(vector.size)
    return string_at(vector.data, vector.size).decode("utf-8") if vector.size else ""


def new_parameters(count: int) -> Any:
    """Make an array of empty values; delete each with ``delete_value``."""
    return (ffi.wasmtime_component_val_t * count)()


def new_value() -> Any:
    """Make an empty value to be filled by a call or by ``lower``; delete it with ``delete_value``."""
    return ffi.wasmtime_component_val_t()


def delete_value(value: Any) -> None:
    ffi.wasmtime_component_val_delete(byref(value))
