"""WebAssembly binaries written section by section: only what an import check looks at."""

CORE = b"\x00asm\x01\x00\x00\x00"
COMPONENT = b"\x00asm\x0d\x00\x01\x00"


def leb(value: int) -> bytes:
    parts = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        parts.append(low | (0x80 if value else 0))
        if not value:
            return bytes(parts)


def name(text: str) -> bytes:
    raw = text.encode("utf-8")
    return leb(len(raw)) + raw


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + leb(len(content)) + content


def vector(*items: bytes) -> bytes:
    return leb(len(items)) + b"".join(items)


def component(*imports: str) -> bytes:
    """Write a component that imports these instances, each of type 0."""
    entries = [b"\x00" + name(text) + b"\x05\x00" for text in imports]
    return COMPONENT + section(0, name("note") + b"skipped") + section(10, vector(*entries))


def module(*imports: tuple[str, str]) -> bytes:
    """Write a core module that imports these functions, each of type 0."""
    entries = [name(host) + name(function) + b"\x00\x00" for host, function in imports]
    return CORE + section(1, vector(b"\x60\x00\x00")) + section(2, vector(*entries))
