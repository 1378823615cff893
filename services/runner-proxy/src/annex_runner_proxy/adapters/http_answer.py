"""Reads one HTTP/1.1 answer of a server nobody vouches for: every line, count and size has a bound."""

import asyncio
import re
import zlib
from typing import Final

from annex_runner_proxy.domain.egress import EgressFailed, SubrequestMeter
from annex_runner_proxy.domain.execution import HeaderPairs
from annex_runner_proxy.domain.ports import WireAnswer
from annex_runner_proxy.domain.request_headers import HOP_BY_HOP

_CHUNK_BYTES: Final = 64 * 1024
MAX_LINE_BYTES: Final = 16 * 1024
_MAX_HEAD: Final = 64 * 1024
_MAX_HEADERS: Final = 100
_MAX_INFORMATIONAL: Final = 8
_LOWEST_FINAL, _SWITCHING_PROTOCOLS = 200, 101
_WITHOUT_BODY: Final = frozenset({204, 304})
# Decompressing is the only work here that takes the event loop's time.
_PIECES_BEFORE_OTHERS: Final = 8

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\x00-\x08\x0a-\x1f\x7f]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]{0,1024})?")


async def read_answer(reader: asyncio.StreamReader, method: str, meter: SubrequestMeter) -> WireAnswer:
    """Raise EgressFailed for what is no HTTP, SubrequestLimitExceeded for what is too much of it."""
    wire = _Wire(reader, meter)
    for _ in range(_MAX_INFORMATIONAL + 1):
        version, status, headers = await wire.head()
        if status >= _LOWEST_FINAL:
            break
        if status == _SWITCHING_PROTOCOLS:
            raise _broken("the server changes the protocol")
    else:
        raise _broken("the server sends informational answers only")
    has_body = method != "HEAD" and status not in _WITHOUT_BODY
    body = _Body(headers, meter)
    if has_body:
        await _read_body(wire, version, headers, body)
    return WireAnswer(status, _for_guest(headers, is_unpacked=body.is_packed), body.finish())


class _Wire:
    """Counts what is read, and never holds a longer line or head than it may."""

    def __init__(self, reader: asyncio.StreamReader, meter: SubrequestMeter) -> None:
        self._reader = reader
        self._meter = meter
        self._head_left = _MAX_HEAD

    async def line(self) -> bytes:
        """Return a line of a head or of trailers, which together have a bound."""
        line = await self.line_of_chunk()
        self._head_left -= len(line) + 2
        if self._head_left < 0:
            raise _broken("the answer has too much of a head")
        return line

    async def line_of_chunk(self) -> bytes:
        try:
            line = await self._reader.readuntil(b"\r\n")
        except asyncio.IncompleteReadError:
            raise _broken("the answer ends too early") from None
        except asyncio.LimitOverrunError:
            raise _broken("a line of the answer is too long") from None
        self._meter.moved(len(line))
        return line[:-2]

    async def some(self, at_most: int = _CHUNK_BYTES) -> bytes:
        """Return the next bytes, none at the end."""
        data = await self._reader.read(min(at_most, _CHUNK_BYTES))
        self._meter.moved(len(data))
        return data

    async def head(self) -> tuple[int, int, HeaderPairs]:
        start = _STATUS_LINE.fullmatch(await self.line())
        if start is None:
            raise _broken("the answer is no HTTP/1.1")
        headers: list[tuple[str, str]] = []
        while line := await self.line():
            field = _HEADER.fullmatch(line)
            if field is None or len(headers) == _MAX_HEADERS:
                raise _broken("the answer has a header that cannot be read, or too many")
            value = field[2].decode("utf-8", "replace").rstrip(" \t")
            headers.append((field[1].decode("ascii").lower(), value))
        return int(start[1]), int(start[2]), tuple(headers)


class _Body:
    """Collects a body, decompressing it on the way; its size is counted as it grows."""

    def __init__(self, headers: HeaderPairs, meter: SubrequestMeter) -> None:
        codings = [value.strip().lower() for name, value in headers if name == "content-encoding"]
        self.is_packed = codings in (["gzip"], ["x-gzip"])
        self._meter = meter
        self._unpacker = _new_unpacker()
        self._pieces: list[bytes] = []
        self._has_begun = False

    async def add(self, data: bytes) -> None:
        if not self.is_packed:
            self._take(data)
            return
        rounds = 0
        while data:
            self._has_begun = True
            if self._unpacker.eof:
                # A packed body may be several, one after the other.
                self._unpacker = _new_unpacker()
            try:
                self._take(self._unpacker.decompress(data, _CHUNK_BYTES))
            except zlib.error:
                raise _broken("the body cannot be decompressed") from None
            data = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
            rounds += 1
            if rounds % _PIECES_BEFORE_OTHERS == 0:
                await asyncio.sleep(0)

    def finish(self) -> bytes:
        if self._has_begun and not self._unpacker.eof:
            raise _broken("the body ends before its compression does")
        return b"".join(self._pieces)

    def _take(self, data: bytes) -> None:
        self._meter.content(len(data))
        self._pieces.append(data)


def _new_unpacker() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


async def _read_body(wire: _Wire, version: int, headers: HeaderPairs, body: _Body) -> None:
    """Read by exactly one framing; where two are named, one of them is a trick."""
    lengths = {value for name, value in headers if name == "content-length"}
    codings = [value.lower() for name, value in headers if name == "transfer-encoding"]
    if codings:
        if codings != ["chunked"] or lengths or version == 0:
            raise _broken("the answer is framed in two ways, or in none we know")
        await _read_chunks(wire, body)
    elif lengths:
        if len(lengths) > 1 or _LENGTH.fullmatch(length := lengths.pop()) is None:
            raise _broken("the answer has no usable length")
        await _read_exactly(wire, int(length), body)
    else:
        while data := await wire.some():
            await body.add(data)


async def _read_chunks(wire: _Wire, body: _Body) -> None:
    while True:
        size = _CHUNK_SIZE.fullmatch(await wire.line_of_chunk())
        if size is None:
            raise _broken("a chunk of the answer has no usable size")
        left = int(size[1], 16)
        if left == 0:
            break
        await _read_exactly(wire, left, body)
        if await wire.line_of_chunk():
            raise _broken("a chunk of the answer is longer than it says")
    trailers = 0
    while await wire.line():
        trailers += 1
        if trailers > _MAX_HEADERS:
            raise _broken("the answer has too many trailers")


async def _read_exactly(wire: _Wire, size_bytes: int, body: _Body) -> None:
    while size_bytes:
        data = await wire.some(size_bytes)
        if not data:
            raise _broken("the answer ends too early")
        size_bytes -= len(data)
        await body.add(data)


def _for_guest(headers: HeaderPairs, *, is_unpacked: bool) -> HeaderPairs:
    named = {
        token.strip().lower() for name, value in headers if name == "connection" for token in value.split(",")
    }
    dropped = HOP_BY_HOP | named | ({"content-encoding", "content-length"} if is_unpacked else set())
    return tuple((name, value) for name, value in headers if name not in dropped)


def _broken(reason: str) -> EgressFailed:
    return EgressFailed("transport", reason)
