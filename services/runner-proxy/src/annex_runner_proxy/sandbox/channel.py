"""The worker's end of its one socket: blocking frames with a limit on every wait, by read and write only."""

import os
import select
import threading
import time

from annex_runner_proxy.sandbox.frames import FrameReader, Message, encode_frame

_READ_BYTES = 256 * 1024


class ChannelClosed(Exception):
    """The broker is gone; there is nobody left to work for."""


class Channel:
    """Socket calls are refused inside the sandbox, so this uses what works on any descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._reader = FrameReader()
        # The watch thread says the last word of a call that cannot say it itself.
        self._sending = threading.Lock()

    def send(self, message: Message, *, timeout_seconds: float) -> None:
        """Write a whole frame. Raises TimeoutError, ChannelClosed or FrameRefused."""
        frame = memoryview(encode_frame(message))
        deadline = time.monotonic() + timeout_seconds
        with self._sending:
            while frame:
                try:
                    frame = frame[os.write(self._descriptor, frame) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT, deadline)
                except OSError:
                    raise ChannelClosed from None

    def receive(self, *, timeout_seconds: float | None) -> Message:
        """Read one message; None waits for ever. Raises TimeoutError, ChannelClosed or FrameRefused."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while (message := self._reader.next_message()) is None:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except OSError:
                raise ChannelClosed from None
            if not data:
                raise ChannelClosed
            self._reader.feed(data)
        return message

    def _wait(self, readiness: int, deadline: float | None) -> None:
        poll = select.poll()
        poll.register(self._descriptor, readiness)
        remaining = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        if not poll.poll(remaining):
            raise TimeoutError
