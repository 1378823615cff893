"""Our end of a worker's socket: whole messages in, frames out, reading paused while nobody takes them."""

import asyncio
from collections import deque
from typing import Final

from annex_runner_proxy.sandbox.frames import FrameReader, FrameRefused, Message, encode_frame

_PAUSE_ABOVE: Final = 128
_RESUME_BELOW: Final = 32


class LinkLost(Exception):
    """The worker's end is gone, or what it sends cannot be trusted.

    ``left_unread`` is true where the kernel says that the worker ended before it had read what was sent.
    """

    def __init__(self, *, left_unread: bool = False) -> None:
        super().__init__()
        self.left_unread = left_unread


class WorkerLink(asyncio.Protocol):
    """One connection to one worker. One task at a time receives."""

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._messages: deque[Message] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._is_lost = False
        self._left_unread = False
        self._is_paused = False
        self.received = 0

    def send(self, message: Message) -> None:
        """Queue a frame. The worker asks one question at a time, so what is queued is bounded by one call."""
        if self._transport is None or self._is_lost:
            raise LinkLost(left_unread=True)
        self._transport.write(encode_frame(message))

    async def receive(self) -> Message:
        """Give the next message; what arrived before the end is still given. Raises LinkLost."""
        while not self._messages:
            if self._is_lost:
                raise LinkLost(left_unread=self._left_unread)
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        message = self._messages.popleft()
        self.received += 1
        if self._is_paused and len(self._messages) < _RESUME_BELOW and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return message

    def close(self) -> None:
        self._is_lost = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream socket has no other kind
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (message := self._reader.next_message()) is not None:
                self._messages.append(message)
        except FrameRefused:
            self.close()
        self._wake()
        if len(self._messages) > _PAUSE_ABOVE and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        # A socket of this kind is reset when its reader goes with bytes unread, and just ends otherwise; what
        # is written to one that has ended breaks the pipe.
        self._left_unread = isinstance(error, ConnectionResetError | BrokenPipeError)
        self._is_lost = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
