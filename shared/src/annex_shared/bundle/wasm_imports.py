"""Read what a WebAssembly binary imports at its top level; bounded, and total over garbage.

Only section headers and import sections are looked at; everything else is skipped by its declared size.
Whether the rest is valid WebAssembly is the compiler's question.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from annex_shared.bundle.byte_source import ByteSource
from annex_shared.bundle.errors import HandlerNotWasm

_CORE = b"\0asm\x01\x00\x00\x00"
_COMPONENT = b"\0asm\x0d\x00\x01\x00"
_CORE_IMPORTS = 2
_COMPONENT_IMPORTS = 10
_LAST_CORE_SECTION = 13
_LAST_COMPONENT_SECTION = 12
_MAX_SECTIONS = 100_000
_MAX_IMPORT_BYTES = 1 << 20
_MAX_LEB_BYTES = 10
_U32_MAX = (1 << 32) - 1
_STEP = 1 << 16


class WasmKind(StrEnum):
    COMPONENT = "component"
    MODULE = "module"


@dataclass(frozen=True, slots=True)
class WasmFacts:
    """The layer of a binary and the names it imports, each once, in order.

    A component's names are whole import names (``wasi:io/poll@0.2.12``); a module's are
    joined of module and name (``alga.log_info``).
    """

    kind: WasmKind
    imports: tuple[str, ...]


def read_wasm(source: ByteSource) -> WasmFacts:
    """Read a binary to its end; raise HandlerNotWasm for anything that is not WebAssembly."""
    preamble = _exactly(source, len(_CORE))
    if preamble == _COMPONENT:
        kind, import_section, last_section = WasmKind.COMPONENT, _COMPONENT_IMPORTS, _LAST_COMPONENT_SECTION
    elif preamble == _CORE:
        kind, import_section, last_section = WasmKind.MODULE, _CORE_IMPORTS, _LAST_CORE_SECTION
    else:
        raise not_wasm("it does not begin as a WebAssembly component or module")
    names: dict[str, None] = {}
    for section, size in _sections(source, last_section):
        if section == import_section:
            content = _Content(_import_section(source, size))
            read_names = content.component_imports if kind is WasmKind.COMPONENT else content.module_imports
            names.update(dict.fromkeys(read_names()))
        else:
            _skip(source, size)
    return WasmFacts(kind, tuple(names))


def not_wasm(reason: str) -> HandlerNotWasm:
    return HandlerNotWasm(
        f"dist/main.wasm cannot be used: {reason}. Build it again with `annex build`.",
        details={"path": "dist/main.wasm", "reason": reason},
    )


def _sections(source: ByteSource, last_section: int) -> Iterator[tuple[int, int]]:
    count = 0
    while header := source.read(1):
        count += 1
        if header[0] > last_section or count > _MAX_SECTIONS:
            raise not_wasm("its sections are malformed")
        yield header[0], _streamed_u32(source)


def _import_section(source: ByteSource, size: int) -> bytes:
    if size > _MAX_IMPORT_BYTES:
        raise not_wasm("its import section is larger than one MiB")
    return _exactly(source, size)


def _streamed_u32(source: ByteSource) -> int:
    value = 0
    for shift in range(0, 35, 7):
        byte = _exactly(source, 1)[0]
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            if value <= _U32_MAX:
                return value
            break
    raise not_wasm("a section size is malformed")


def _exactly(source: ByteSource, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = source.read(size - len(parts))
        if not part:
            raise not_wasm("it ends too early")
        parts += part
    return bytes(parts)


def _skip(source: ByteSource, size: int) -> None:
    while size:
        part = source.read(min(size, _STEP))
        if not part:
            raise not_wasm("it ends too early")
        size -= len(part)


class _Content:
    """A cursor over one import section."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def component_imports(self) -> list[str]:
        """Read ``vec(importname externdesc)`` of the component binary format.

        A type that equals another is left out: a world's ``use`` makes one, and no host provides it.
        """
        names = []
        for _ in range(self._leb()):
            form = self._byte()
            if form > 0x02:  # noqa: PLR2004 - the format's three forms of a name
                raise self._malformed()
            name = self._name()
            # Form 2 adds options, such as the version's suffix, that do not change what is imported.
            for _option in range(self._leb() if form == 0x02 else 0):  # noqa: PLR2004
                self._byte()
                self._name()
            if self._is_provided_by_a_host():
                names.append(name)
        self._expect_end()
        return names

    def module_imports(self) -> list[str]:
        """Read ``vec(module name importdesc)`` of the core binary format."""
        names = []
        for _ in range(self._leb()):
            module = self._name()
            names.append(f"{module}.{self._name()}")
            self._import_description()
        self._expect_end()
        return names

    def _is_provided_by_a_host(self) -> bool:
        """Read an extern description; only a type that equals another needs nothing from outside."""
        match self._byte():
            case 0x00:  # core module: its own sort byte, then a type
                self._byte()
                self._leb()
            case 0x01 | 0x04 | 0x05:  # function, component, instance: a type
                self._leb()
            case 0x02:  # value: an equal value, or a type
                self._byte()
                self._leb()
            case 0x03:  # type: equal to another, or a fresh resource
                if self._byte() == 0x00:
                    self._leb()
                    return False
            case _:
                raise self._malformed()
        return True

    def _import_description(self) -> None:
        match self._byte():
            case 0x00:  # function
                self._leb()
            case 0x01:  # table
                self._value_type()
                self._bounds()
            case 0x02:  # memory
                self._bounds()
            case 0x03:  # global
                self._value_type()
                self._byte()
            case 0x04:  # tag
                self._byte()
                self._leb()
            case _:
                raise self._malformed()

    def _value_type(self) -> None:
        if self._byte() in (0x63, 0x64):  # a reference type spells out its heap type
            self._leb()

    def _bounds(self) -> None:
        flags = self._byte()
        self._leb()
        if flags & 0x01:
            self._leb()
        if flags & 0x08:
            self._leb()

    def _name(self) -> str:
        size = self._leb()
        raw = self._data[self._at : self._at + size]
        self._at += size
        if len(raw) != size:
            raise self._malformed()
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self._malformed() from None

    def _leb(self) -> int:
        """Read a LEB128 number; the signed ones we only skip have the same shape."""
        value = 0
        for shift in range(0, _MAX_LEB_BYTES * 7, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
        raise self._malformed()

    def _byte(self) -> int:
        if self._at >= len(self._data):
            raise self._malformed()
        self._at += 1
        return self._data[self._at - 1]

    def _expect_end(self) -> None:
        if self._at != len(self._data):
            raise self._malformed()

    def _malformed(self) -> HandlerNotWasm:
        return not_wasm("its import section is malformed")
