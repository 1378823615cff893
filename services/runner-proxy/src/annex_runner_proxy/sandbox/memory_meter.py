"""How much memory a guest holds, read from the kernel because the engine's C interface does not tell.

Wasmtime reserves 4 GiB of unreadable addresses for each linear memory and makes its used part writable, so
a linear memory is a writable mapping that is followed by unreadable ones up to at least 4 GiB from its
start. Nothing else in a process looks like that. A test pins it for each release of Wasmtime.
"""

import ctypes
import os
from dataclasses import dataclass
from typing import Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_RESIDENT_FIELD: Final = 1
_SHARED_FIELD: Final = 2
_DATA_FIELD: Final = 5
_RESERVATION_BYTES: Final = 4 << 30
_READ_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class ProcessSizes:
    """``private_bytes`` may be written, touched or not; ``resident_bytes`` of it are in memory now."""

    private_bytes: int
    resident_bytes: int


class MemoryMeter:
    """Keeps the two files open, because a confined process cannot open them any more."""

    def __init__(self) -> None:
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._maps = os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)

    def private_bytes(self) -> int:
        """All private writable memory, the host's own included; some microseconds."""
        return self.sizes().private_bytes

    def sizes(self) -> ProcessSizes:
        """Read what the process holds, code and other shared files left out; some microseconds."""
        pages = os.pread(self._statm, 256, 0).split()
        return ProcessSizes(
            int(pages[_DATA_FIELD]) * _PAGE_BYTES,
            (int(pages[_RESIDENT_FIELD]) - int(pages[_SHARED_FIELD])) * _PAGE_BYTES,
        )

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


class _HeapFacts(ctypes.Structure):
    """The C library's struct mallinfo2."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


class HeapMeter:
    """What is allocated from the C library's heap at this moment: the engine keeps tables there.

    Unlike the size of the process it does not count what was given back and is kept for later.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None)
        self._mallinfo = getattr(libc, "mallinfo2", None)
        if self._mallinfo is not None:
            self._mallinfo.restype = _HeapFacts

    @property
    def can_measure(self) -> bool:
        return self._mallinfo is not None

    def used_bytes(self) -> int:
        """Sum what is in use, some microseconds; 0 on a C library that does not tell."""
        if self._mallinfo is None:
            return 0
        facts = self._mallinfo()
        return int(facts.uordblks) + int(facts.hblkhd)


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
