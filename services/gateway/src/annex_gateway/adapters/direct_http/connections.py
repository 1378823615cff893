"""Connections to one peer that are kept and used again, newest first."""

import asyncio
from typing import Final

from annex_gateway.adapters.direct_http.answers import AnswerReader
from annex_gateway.adapters.direct_http.connection import Connection, ConnectionEnded

_IDLE_SECONDS: Final = 15.0


class Connections:
    """At most ``most`` at once; who comes later waits for one."""

    def __init__(self, host: str, port: int, *, most: int, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._host = host
        self._port = port
        self._idle_seconds = idle_seconds
        self._places = asyncio.Semaphore(most)
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    async def ask(self, head: bytes, body: bytes, reader: AnswerReader, *, seconds: float) -> None:
        """Send a request and let ``reader`` have its answer.

        Raises ConnectionEnded, TimeoutError, OSError where nothing was sent, and what the reader raises.
        """
        until = asyncio.get_running_loop().time() + seconds
        if self._places.locked():
            async with asyncio.timeout_at(until):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            while (kept := self._kept()) is not None:
                try:
                    await self._ask(kept, head, body, reader, until=until)
                except ConnectionEnded as error:
                    # It may have ended while it was kept. What may have been sent is not repeated.
                    if error.is_sent:
                        raise
                else:
                    return
            await self._ask(await self._opened(until), head, body, reader, until=until)
        finally:
            self._places.release()

    async def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in self._open:
            connection.abort()
        self._idle.clear()
        self._open.clear()
        # Let the transports report their end before the loop closes.
        await asyncio.sleep(0)

    async def _ask(
        self, connection: Connection, head: bytes, body: bytes, reader: AnswerReader, *, until: float
    ) -> None:
        is_kept = False
        try:
            await connection.ask(head, body, reader, until=until)
            is_kept = not reader.is_last and connection.is_usable()
        finally:
            if is_kept:
                self._keep(connection)
            else:
                connection.abort()
                self._open.discard(connection)

    async def _opened(self, until: float) -> Connection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout_at(until):
            _, connection = await loop.create_connection(Connection, self._host, self._port)
        self._open.add(connection)
        return connection

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable():
                return connection
            self._drop(connection)
        return None

    def _keep(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(self._idle_seconds, self._drop_idle)

    def _drop_idle(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() - self._idle_seconds
        while self._idle and self._idle[0].idle_since <= before:
            self._drop(self._idle.pop(0))
        # Those that idled longest lie at the bottom.
        self._sweep = (
            loop.call_at(self._idle[0].idle_since + self._idle_seconds, self._drop_idle)
            if self._idle
            else None
        )

    def _drop(self, connection: Connection) -> None:
        connection.abort()
        self._open.discard(connection)
