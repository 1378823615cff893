"""How much memory a guest holds, read from the kernel because the engine's C interface does not tell.

Wasmtime reserves 4 GiB of unreadable addresses for each linear memory and makes its used part writable, so
a linear memory is a writable mapping that is followed by unreadable ones up to at least 4 GiB from its
start. Nothing else in a process looks like that. A test pins it for each release of Wasmtime.
"""

import os
from typing import Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_DATA_FIELD: Final = 5
_RESERVATION_BYTES: Final = 4 << 30
_READ_BYTES: Final = 1 << 16


class MemoryMeter:
    """Keeps the two files open, because a confined process cannot open them any more."""

    def __init__(self) -> None:
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._maps = os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)

    def private_bytes(self) -> int:
        """All private writable memory, the host's own included; some microseconds."""
        return int(os.pread(self._statm, 256, 0).split()[_DATA_FIELD]) * _PAGE_BYTES

    def linear_memory_bytes(self) -> int:
        """Sum the linear memories of all living instances; some hundred microseconds."""
        return linear_memory_bytes(self._read_maps())

    def _read_maps(self) -> str:
        chunks = []
        offset = 0
        while chunk := os.pread(self._maps, _READ_BYTES, offset):
            chunks.append(chunk)
            offset += len(chunk)
        return b"".join(chunks).decode("ascii", "replace")


def linear_memory_bytes(maps: str) -> int:
    """Sum the writable part of every 4 GiB reservation in the text of ``/proc/<pid>/maps``."""
    total = 0
    writable_from = writable_until = reserved_until = 0
    is_counted = True
    for line in maps.splitlines():
        addresses, permissions, *_ = line.split(maxsplit=2)
        begin, end = (int(address, 16) for address in addresses.split("-"))
        if permissions.startswith("rw"):
            if begin != reserved_until or reserved_until != writable_until:
                writable_from, is_counted = begin, False
            writable_until = reserved_until = end
        elif permissions.startswith("---") and begin == reserved_until:
            reserved_until = end
            if not is_counted and reserved_until - writable_from >= _RESERVATION_BYTES:
                total += writable_until - writable_from
                is_counted = True
    return total
