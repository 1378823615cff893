"""A TCP link to a broker that a test can cut and mend."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL


class Link:
    """Forwards connections while it is up; cutting it resets those there are and refuses new ones."""

    def __init__(self, broker_url: str, server: asyncio.Server | None = None) -> None:
        self._broker = URL(broker_url)
        self._server = server
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return str(self._broker.with_port(self._port))

    async def mend(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._forward, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        while self._writers:  # noqa: ASYNC110 each pump takes its own writer away
            await asyncio.sleep(0)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broker_reader, broker_writer = await asyncio.open_connection(self._broker.host, self._broker.port)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(reader, broker_writer))
            group.create_task(self._pump(broker_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(OSError):
                while chunk := await reader.read(65_536):
                    writer.write(chunk)
                    await writer.drain()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self._writers.discard(writer)


@asynccontextmanager
async def link_to(broker_url: str) -> AsyncIterator[Link]:
    """Open a link that is up; it is cut at the end."""
    link = Link(broker_url)
    await link.mend()
    try:
        yield link
    finally:
        await link.cut()
