"""Length-prefixed msgpack frames with a size bound: how worker and broker talk over one socket."""

import struct
from typing import Any, cast

import msgpack  # type: ignore[import-untyped] # ships no annotations

MAX_FRAME_BYTES = 48 * 1024 * 1024
_LENGTH = struct.Struct("!I")

Message = dict[str, Any]


class FrameRefused(Exception):
    """A frame is over the bound or is not one message; the connection cannot be trusted any more."""


def encode_frame(message: Message, *, max_bytes: int = MAX_FRAME_BYTES) -> bytes:
    """Raise FrameRefused if the message is over the bound, so that the sender learns it, not the peer."""
    body = cast("bytes", msgpack.packb(message, use_bin_type=True))
    if len(body) > max_bytes:
        raise FrameRefused(f"a frame of {len(body)} bytes is over the bound of {max_bytes}")
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Cut a byte stream into messages; it never holds more than one frame and one read."""

    def __init__(self, *, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next_message(self) -> Message | None:
        """Return the next whole message, None when more bytes are needed, or raise FrameRefused."""
        if len(self._buffer) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self._buffer)
        if size > self._max_bytes:
            raise FrameRefused(f"a frame of {size} bytes is over the bound of {self._max_bytes}")
        end = _LENGTH.size + size
        if len(self._buffer) < end:
            return None
        body = bytes(memoryview(self._buffer)[_LENGTH.size : end])
        del self._buffer[:end]
        return _decode(body)


def _decode(body: bytes) -> Message:
    try:
        message = msgpack.unpackb(body, raw=False, strict_map_key=True)
    except (ValueError, msgpack.UnpackException) as error:
        raise FrameRefused(f"a frame is not msgpack: {type(error).__name__}") from None
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise FrameRefused("a frame is not a message: it has no kind")
    return message
