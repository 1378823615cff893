"""Inflate one zstd frame in bounded steps, counting both sides against the limits."""

import sys

from annex_shared.bundle.byte_source import ByteSource
from annex_shared.bundle.errors import BundleCorrupt, BundleTooLarge, BundleTrailingData
from annex_shared.bundle.limits import BundleLimits

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

_MAGIC = b"\x28\xb5\x2f\xfd"
_LONGEST_HEADER = 18
_STEP = 1 << 16
_SINGLE_SEGMENT = 0x20
_RESERVED = 0x08
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)


class InflatedArchive:
    """The unpacked bytes of an archive, readable once, in order.

    Exactly one frame is accepted: no skippable frame, no dictionary, nothing behind it. No step holds more
    than 64 KiB beyond what the caller asked for.
    """

    def __init__(self, source: ByteSource, limits: BundleLimits) -> None:
        self._source = source
        self._limits = limits
        self._archive_bytes = 0
        self._unpacked_bytes = 0
        self._ready = b""
        self._input = self._read_first_chunk()
        self._refuse_frame_header(self._input)
        window_log = limits.window_bytes.bit_length() - 1
        self._frame = ZstdDecompressor(options={DecompressionParameter.window_log_max: window_log})

    @property
    def remaining_bytes(self) -> int:
        """How much more may be unpacked, what is already inflated but unread included."""
        return self._limits.unpacked_bytes - self._unpacked_bytes + len(self._ready)

    @property
    def archive_bytes(self) -> int:
        """How much of the source has been read."""
        return self._archive_bytes

    def read(self, size: int) -> bytes:
        """Give up to ``size`` bytes; nothing means the frame has ended properly."""
        while not self._ready and not self._frame.eof:
            self._inflate()
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def read_exactly(self, size: int) -> bytes:
        """Give ``size`` bytes or raise BundleCorrupt; for small structures only."""
        parts = bytearray()
        while len(parts) < size:
            part = self.read(size - len(parts))
            if not part:
                raise corrupt("the archive ends in the middle of an entry")
            parts += part
        return bytes(parts)

    def expect_zeros_to_end(self) -> None:
        """Consume the padding after a tar's end; anything else there or behind the frame is refused."""
        while block := self.read(_STEP):
            if block.count(0) != len(block):
                raise trailing("after the tar archive's end")
        if self._frame.unused_data or self._source.read(1):
            raise trailing("after the zstd frame")

    def _read_first_chunk(self) -> bytes:
        """Read until the frame header is whole; sources may give fewer bytes than asked for."""
        chunk = b""
        while len(chunk) < _LONGEST_HEADER and (more := self._read_source()):
            chunk += more
        return chunk

    def _read_source(self) -> bytes:
        chunk = self._source.read(_STEP)
        self._archive_bytes += len(chunk)
        if self._archive_bytes > self._limits.archive_bytes:
            raise too_large("archive_bytes", self._limits.archive_bytes, "bytes of archive")
        return chunk

    def _refuse_frame_header(self, start: bytes) -> None:
        """Judge the frame by its header (RFC 8878 §3.1.1.1) before a decoder allocates anything."""
        if len(start) < len(_MAGIC) + 2 or not start.startswith(_MAGIC):
            raise corrupt("it is not a zstd archive")
        descriptor = start[4]
        if descriptor & _RESERVED:
            raise corrupt("its zstd frame header is malformed")
        if descriptor & 0x03:
            raise corrupt("it needs a zstd dictionary")
        single_segment = bool(descriptor & _SINGLE_SEGMENT)
        size_bytes = _CONTENT_SIZE_BYTES[descriptor >> 6] or int(single_segment)
        at = len(_MAGIC) + 1 + (not single_segment)
        content_bytes = int.from_bytes(start[at : at + size_bytes], "little")
        window_bytes = content_bytes if single_segment else _window_bytes(start[5])
        if content_bytes > self._limits.unpacked_bytes:
            raise too_large("unpacked_bytes", self._limits.unpacked_bytes, "bytes unpacked")
        if window_bytes > self._limits.window_bytes:
            raise too_large("window_bytes", self._limits.window_bytes, "bytes of zstd window")

    def _inflate(self) -> None:
        chunk, self._input = self._input, b""
        if not chunk and self._frame.needs_input:
            chunk = self._read_source()
            if not chunk:
                raise corrupt("the archive ends before its zstd frame does")
        try:
            self._ready = self._frame.decompress(chunk, _STEP)
        except ZstdError:
            raise corrupt("its zstd data is damaged") from None
        self._unpacked_bytes += len(self._ready)
        self._refuse_growth()

    def _refuse_growth(self) -> None:
        limits = self._limits
        if self._unpacked_bytes > limits.unpacked_bytes:
            raise too_large("unpacked_bytes", limits.unpacked_bytes, "bytes unpacked")
        if (
            self._unpacked_bytes > limits.ratio_free_bytes
            and self._unpacked_bytes > limits.ratio * self._archive_bytes
        ):
            raise too_large("ratio", limits.ratio, "bytes unpacked per byte of archive")


def corrupt(reason: str) -> BundleCorrupt:
    return BundleCorrupt(
        f"The bundle cannot be read: {reason}. Pack it again with `annex pack`.", details={"reason": reason}
    )


def trailing(where: str) -> BundleTrailingData:
    return BundleTrailingData(
        f"The bundle holds data {where}, which nobody would ever read. Pack it again with `annex pack`.",
        details={"where": where},
    )


def too_large(limit: str, maximum: int, unit: str) -> BundleTooLarge:
    return BundleTooLarge(
        f"The bundle is too large: at most {maximum:,} {unit} are allowed. Leave out files the extension "
        "does not need.",
        details={"limit": limit, "maximum": maximum},
    )


def _window_bytes(descriptor: int) -> int:
    base = 1 << (10 + (descriptor >> 3))
    return base + base // 8 * (descriptor & 0x07)
