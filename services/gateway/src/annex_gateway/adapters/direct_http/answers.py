"""Read one HTTP/1.1 answer from bytes as they come; what could be read in two ways is refused (RFC 9112)."""

import re
from typing import Final

from aiohttp import hdrs
from multidict import CIMultiDict, CIMultiDictProxy

from annex_shared.errors import AnnexError
from annex_shared.http.request_id import REQUEST_ID_HEADER

_MAX_HEAD_BYTES: Final = 32 * 1024
_MAX_INTERIM: Final = 8
_MAX_SIZE_LINE: Final = 16
_END_OF_HEAD: Final = b"\r\n\r\n"
_END_OF_LINE: Final = b"\r\n"
_SWITCHING, _NO_CONTENT, _FIRST_FINAL, _NOT_MODIFIED = 101, 204, 200, 304
# Every byte of a head is in one of these places or the head is odd: no folded lines, no space before a
# colon, no bare CR or LF, no NUL, no other version.
_HEAD: Final = re.compile(
    rb"HTTP/1\.1 ([1-5][0-9]{2}) [\t\x20-\x7e\x80-\xff]*+\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+)\r\n"
)
_FIELD: Final = re.compile(rb"([^:]++):[\t ]*+([^\r]*+)\r\n")
_LENGTH: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
# Extensions of a chunk mean nothing to us, and have hidden requests from parsers before.
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,12}")


class OddAnswer(AnnexError):
    """An answer that is no HTTP/1.1, or whose end two readers could see in two places."""


class AnswerTooLong(AnnexError):
    """An answer with a longer body than was allowed for."""


class AnswerReader:
    """Takes the bytes of one answer; ``take`` says when it is whole."""

    __slots__ = (
        "_asked_as",
        "_closes_chunk",
        "_interim",
        "_is_chunked",
        "_is_last_chunk",
        "_left",
        "_most_bytes",
        "_pending",
        "body",
        "headers",
        "is_last",
        "status",
    )

    def __init__(self, *, most_bytes: int, asked_as: str) -> None:
        """``asked_as`` is the request's id: an answer that names another one is not ours."""
        self._most_bytes = most_bytes
        self._asked_as = asked_as
        self._pending = b""
        self._interim = 0
        self._is_chunked = False
        self._left = 0
        self._closes_chunk = False
        self._is_last_chunk = False
        self.status = 0
        self.headers: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
        self.body: bytes | bytearray = b""
        # Nothing may be asked on the connection after this answer.
        self.is_last = False

    def take(self, data: bytes) -> bool:
        """Say whether the answer is whole. Raises OddAnswer or AnswerTooLong, and is spent then."""
        if self.status:
            return self._take_body(data)
        rest = self._pending + data
        while (end := rest.find(_END_OF_HEAD)) >= 0:
            if end > _MAX_HEAD_BYTES:
                break
            size = end + len(_END_OF_HEAD)
            is_final = self._read_head(rest, size)
            rest = rest[size:]
            if is_final:
                self._pending = b""
                return self._take_body(rest)
        if len(rest) > _MAX_HEAD_BYTES:
            raise OddAnswer("The head of an answer is too long.")
        self._pending = rest
        return False

    def _take_body(self, data: bytes) -> bool:
        return self._take_chunks(data) if self._is_chunked else self._take_length(data)

    def _read_head(self, head: bytes, size: int) -> bool:
        """Read a head, and say whether it is the answer's own; those before it (1xx) say nothing."""
        match = _HEAD.fullmatch(head, 0, size)
        if match is None:
            raise OddAnswer("The head of an answer is malformed.")
        status = int(match[1])
        if status < _FIRST_FINAL:
            self._interim += 1
            if status == _SWITCHING or self._interim > _MAX_INTERIM:
                raise OddAnswer("An answer does not begin.")
            return False
        fields = CIMultiDict(
            (name.decode("ascii"), value.rstrip(b"\t ").decode("latin-1"))
            for name, value in _FIELD.findall(match[2])
        )
        self._read_framing(status, fields)
        if any(named != self._asked_as for named in fields.getall(REQUEST_ID_HEADER, ())):
            raise OddAnswer("An answer is to another request.")
        self.status, self.headers = status, CIMultiDictProxy(fields)
        return True

    def _read_framing(self, status: int, fields: CIMultiDict[str]) -> None:
        lengths = fields.getall(hdrs.CONTENT_LENGTH, ())
        codings = fields.getall(hdrs.TRANSFER_ENCODING, ())
        if status in (_NO_CONTENT, _NOT_MODIFIED):
            # What such an answer says of a body is not followed by one; who does not know that sends it.
            self.is_last = True
            return
        if codings:
            if lengths or len(codings) > 1 or codings[0].lower() != "chunked":
                raise OddAnswer("The end of an answer is told in two ways.")
            self._is_chunked = True
        else:
            # Without a length only the end of the connection ends it, and so does whatever cuts it.
            if len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
                raise OddAnswer("An answer does not say once where it ends.")
            self._left = int(lengths[0])
            self._require_room(self._left)
        self.is_last = any(value.lower() != "keep-alive" for value in fields.getall(hdrs.CONNECTION, ()))

    def _require_room(self, more: int) -> None:
        if len(self.body) + more > self._most_bytes:
            raise AnswerTooLong("An answer is longer than allowed.")

    def _take_length(self, data: bytes) -> bool:
        if not self.body and len(data) == self._left:
            self.body, self._left = data, 0
            return True
        self._add(data[: self._left])
        if len(data) > self._left:
            # The answer is whole. What follows it was not asked for.
            self.is_last = True
            self._left = 0
            return True
        self._left -= len(data)
        return not self._left

    def _add(self, data: bytes) -> None:
        if not isinstance(self.body, bytearray):
            self.body = bytearray(self.body)
        self.body += data

    def _take_chunks(self, data: bytes) -> bool:
        data, at = self._pending + data, 0
        self._pending = b""
        while True:
            if self._left:
                piece = data[at : at + self._left]
                self._add(piece)
                self._left -= len(piece)
                at += len(piece)
                if self._left:
                    return False
            if self._closes_chunk:
                mark = data[at : at + len(_END_OF_LINE)]
                if not _END_OF_LINE.startswith(mark):
                    raise OddAnswer("A chunk of an answer does not end where it said, or fields follow it.")
                if mark != _END_OF_LINE:
                    self._pending = mark
                    return False
                at += len(_END_OF_LINE)
                self._closes_chunk = False
                if self._is_last_chunk:
                    self.is_last = self.is_last or at < len(data)
                    return True
            end = data.find(_END_OF_LINE, at)
            if end < 0 and len(data) - at <= _MAX_SIZE_LINE:
                self._pending = data[at:]
                return False
            if end < 0 or not _SIZE.fullmatch(data, at, end):
                raise OddAnswer("The size of a chunk is malformed.")
            self._left = int(data[at:end], 16)
            self._require_room(self._left)
            self._is_last_chunk = not self._left
            self._closes_chunk = True
            at = end + len(_END_OF_LINE)
