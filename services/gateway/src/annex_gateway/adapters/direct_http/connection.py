"""One connection to a peer: one request at a time, one answer to each, and none that was not asked for."""

import asyncio
import select
from typing import Final, cast

from annex_gateway.adapters.direct_http.answers import AnswerReader
from annex_shared.errors import AnnexError

# More is handed over piece by piece, so that no second copy of a body waits in the transport.
_IN_ONE_PIECE: Final = 64 * 1024


class ConnectionEnded(AnnexError):
    """A connection ended before its answer. ``is_sent``: some of the request may have arrived."""

    def __init__(self, *, is_sent: bool) -> None:
        super().__init__("The connection ended before the answer.")
        self.is_sent = is_sent


class Connection(asyncio.Protocol):
    """Asks one request after another. Whatever goes wrong, also in the caller, ends it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._poll = select.poll()
        self._reader: AnswerReader | None = None
        self._answered: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._is_paused = False
        # When it was last put aside, on the clock of the loop.
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Of a stream it is one, whatever a loop derives it from.
        self._transport = cast("asyncio.Transport", transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        reader, answered = self._reader, self._answered
        if reader is None or answered is None or answered.done():
            # Nobody asked. What is read as the answer to the next request must not begin like this.
            self.abort()
            return
        try:
            is_whole = reader.take(data)
        except AnnexError as error:
            answered.set_exception(error)
            self.abort()
            return
        if is_whole:
            answered.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - every end is the same to us
        self._transport = None
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionEnded(is_sent=True))
        self.resume_writing()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def is_usable(self) -> bool:
        """Say whether nothing came since the last answer: neither an end nor bytes, not even unread ones."""
        return self._transport is not None and not self._transport.is_closing() and not self._poll.poll(0)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, head: bytes, body: bytes, reader: AnswerReader, *, until: float) -> None:
        """Send a request and let ``reader`` have its answer, until a moment on the loop's clock.

        Raises ConnectionEnded, TimeoutError and what the reader raises.
        """
        loop = asyncio.get_running_loop()
        answered = self._answered = loop.create_future()
        self._reader = reader
        timer = loop.call_at(until, self._expire, answered)
        is_done = False
        try:
            await self._send(head, body, answered)
            await answered
            is_done = True
        finally:
            timer.cancel()
            self._reader = self._answered = None
            if not is_done or reader.is_last or self._has_more_to_send():
                self.abort()
                # Seen to, so that the loop need not complain that nobody looked.
                if answered.done() and not answered.cancelled():
                    answered.exception()

    async def _send(self, head: bytes, body: bytes, answered: asyncio.Future[None]) -> None:
        transport = self._transport
        if transport is None:
            raise ConnectionEnded(is_sent=False)
        first = min(len(body), _IN_ONE_PIECE)
        transport.write(head + body[:first])
        if transport.is_closing():
            # The first attempt to send failed, so the kernel has taken nothing of it.
            raise ConnectionEnded(is_sent=False)
        rest = memoryview(body)
        for at in range(first, len(body), _IN_ONE_PIECE):
            if self._is_paused:
                self._room = asyncio.get_running_loop().create_future()
                await asyncio.wait((self._room, answered), return_when=asyncio.FIRST_COMPLETED)
                self._room = None
            if answered.done() or self._transport is None:
                # Refused, or gone, before all of it was read.
                reader = self._reader
                if reader is not None:
                    reader.is_last = True
                return
            transport.write(rest[at : at + _IN_ONE_PIECE])

    def _has_more_to_send(self) -> bool:
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    def _expire(self, answered: asyncio.Future[None]) -> None:
        if not answered.done():
            answered.set_exception(TimeoutError())
        self.abort()
