"""A wire between the registry and PostgreSQL that counts the statements that are sent over it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

_EXECUTE, _QUERY = b"E", b"Q"
_SSL_REQUEST = 80877103
_TRIES = 4


@dataclass(slots=True)
class StatementCounter:
    """``url`` reaches the database; every Execute and every simple query on the way is one statement."""

    url: str
    count: int = 0

    async def least(self, act: Callable[[], Awaitable[object]]) -> int:
        """Count what an act costs; the least of some tries, for loops beside it may send statements too."""
        costs = []
        for _ in range(_TRIES):
            before = self.count
            await act()
            costs.append(self.count - before)
        return min(costs)


@asynccontextmanager
async def counting(database_url: str) -> AsyncIterator[StatementCounter]:
    parts = urlsplit(database_url)
    counter = StatementCounter("")
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(parts.hostname, parts.port)
        both = [
            asyncio.ensure_future(_count(reader, server_writer, counter)),
            asyncio.ensure_future(_pass(server_reader, writer)),
        ]
        tasks.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, server_writer):
            end.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    counter.url = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}"))
    try:
        yield counter
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _count(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counter: StatementCounter
) -> None:
    """Pass on what the client sends, message by message (PostgreSQL's protocol 3.0)."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        code = _SSL_REQUEST
        while code == _SSL_REQUEST:
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length) - 4)
            code = int.from_bytes(body[:4])
            writer.write(length + body)
        while True:
            kind = await reader.readexactly(1)
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length) - 4)
            counter.count += kind in (_EXECUTE, _QUERY)
            writer.write(kind + length + body)
            await writer.drain()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
