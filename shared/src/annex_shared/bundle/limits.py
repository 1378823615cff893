"""How large a bundle may be, in every direction an archive can grow."""

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class BundleLimits:
    """Bounds enforced while the archive streams past.

    ``ratio`` bounds unpacked bytes per archive byte once ``ratio_free_bytes`` are unpacked: small files
    compress well and harm nobody. ``window_bytes`` is what ``zstd -19`` uses; more would let a frame of a
    few bytes claim memory.
    """

    archive_bytes: int = 200 * _MIB
    unpacked_bytes: int = 512 * _MIB
    ratio: int = 100
    ratio_free_bytes: int = _MIB
    entries: int = 5000
    manifest_bytes: int = _MIB
    path_bytes: int = 1024
    segment_bytes: int = 255
    depth: int = 32
    window_bytes: int = 8 * _MIB
