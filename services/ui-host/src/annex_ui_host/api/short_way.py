"""The short way: files in memory are answered where their request is read, before aiohttp sees it.

A request takes it only if all of it is there, alone, in one plain spelling; whatever is odd, unknown, to be
waited for or refused goes to aiohttp, whose answer is the same but for the log line. What is decided is
decided by the same functions.
"""

import asyncio
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from aiohttp import web_protocol
from aiohttp.helpers import rfc822_formatted_time

from annex_shared.errors import AnnexError
from annex_ui_host.actions.find_asset import ready_asset
from annex_ui_host.api.answers import Answer, Body, answer_of
from annex_ui_host.api.asked import Asked
from annex_ui_host.api.assets import wanted_of
from annex_ui_host.api.dependencies import Dependencies

# One head of visible ASCII, as browsers write it: nothing folded, nothing behind it.
_REQUEST: Final = re.compile(
    rb"(GET|HEAD) (/ext-ui/[\x21-\x7e]+) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\x20-\x7e\t]*\r\n)+)\r\n"
)
_LONGEST_HEAD: Final = 8192
# What changes the meaning of a message, or of the connection, beyond what is read here.
_NOT_OURS: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_KEEP_ALIVE: Final = "keep-alive"
_REQUEST_ID: Final = "x-request-id"
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Up to here one copy is cheaper than another system call.
_COPIED_BYTES: Final = 128 * 1024
# A browser sends the same lines for file after file; each is read once.
_KEPT: Final = 1024


class _Fields:
    """The header lines of one request by name; ``is_ours`` unless something goes beyond the short way."""

    __slots__ = ("asked", "is_ours", "request_id")

    def __init__(self, block: bytes) -> None:
        lines: dict[str, list[str]] = {}
        for line in block.decode("ascii").split("\r\n")[:-1]:
            name, _, value = line.partition(":")
            lines.setdefault(name.lower(), []).append(value.strip(" \t"))
        connection = lines.pop("connection", [_KEEP_ALIVE])
        ids = lines.get(_REQUEST_ID, [])
        self.is_ours = (
            [value.lower() for value in connection] == [_KEEP_ALIVE]
            and len(lines.get("host", ())) == 1
            and _NOT_OURS.isdisjoint(lines)
            and len(ids) <= 1
        )
        self.asked = Asked.of(lambda name: lines.get(name, ()))
        self.request_id = ids[0] if ids and _SANE_ID.fullmatch(ids[0]) else None


@lru_cache(maxsize=_KEPT)
def _fields(block: bytes) -> _Fields:
    return _Fields(block)


class ShortWay:
    """Answers bytes with bytes, or says that it has no answer."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._shelf = dependencies.shelf
        self._policy = dependencies.page_policy
        self._served = dependencies.served
        self._served.short = 0

    def answer(self, match: re.Match[bytes], fields: _Fields) -> Answer | None:
        """Answer for a file in memory. None is for aiohttp, and so is everything that would be refused."""
        try:
            wanted = wanted_of(match[2].decode("ascii"), fields.asked)
            found = ready_asset(wanted, shelf=self._shelf)
            if found is None:
                return None
            answer = answer_of(found, wanted.address, fields.asked, self._policy, is_get=match[1] == b"GET")
        except AnnexError:
            return None
        self._served.count_short(answer)
        return answer


class ShortWayHandler(web_protocol.RequestHandler):
    """aiohttp's connection, with the short way in front of it.

    It is tried only while aiohttp owes this connection nothing: it waits for a request, and all it was ever
    given were whole heads without bodies. Otherwise bytes could overtake or be torn from one another.
    """

    __slots__ = ("_is_whole", "_short_way")

    def __init__(self, short_way: ShortWay, manager: Any, **options: Any) -> None:
        super().__init__(manager, **options)
        self._short_way = short_way
        self._is_whole = True

    def data_received(self, data: bytes) -> None:
        if (self._is_whole and not self._answers(data)) or not self._is_whole:
            super().data_received(data)

    def _answers(self, data: bytes) -> bool:
        """Answer and say so; else remember whether aiohttp is given a whole request and nothing more."""
        match = _REQUEST.fullmatch(data) if len(data) <= _LONGEST_HEAD else None
        fields = None if match is None else _fields(match[3])
        if match is None or fields is None or not fields.is_ours:
            self._is_whole = False
            return False
        waiter, transport = self._waiter, self.transport
        if waiter is None or waiter.done() or transport is None or self._close or self._force_close:
            return False
        # Who does not read what was sent waits for it in aiohttp, which waits for the reader.
        if transport.get_write_buffer_size():
            return False
        answer = self._short_way.answer(match, fields)
        if answer is None:
            return False
        self._send(transport, answer, () if match[1] == b"HEAD" else answer.body, fields.request_id)
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        return True

    def _send(
        self, transport: asyncio.Transport, answer: Answer, body: Sequence[Body], request_id: str | None
    ) -> None:
        date = rfc822_formatted_time().encode("ascii")
        named = b"" if request_id is None else b"\r\nx-request-id: " + request_id.encode("ascii")
        head = (answer.wire, date, named, b"\r\n\r\n")
        if sum(map(len, body)) <= _COPIED_BYTES:
            transport.write(b"".join((*head, *body)))
            return
        transport.write(b"".join(head))
        for piece in body:
            # A view: what the socket does not take at once is then copied once, and not twice.
            transport.write(memoryview(piece))
