"""A runner-proxy that says on each connection exactly the bytes a test wants."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = Ed25519PrivateKey.generate()
_END_OF_HEAD = b"\r\n\r\n"
Script = Callable[["Line"], Awaitable[None]]


@dataclass
class Asked:
    """One request as it arrived."""

    head: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        pairs = [line.split(": ", 1) for line in self.head.split("\r\n")[1:]]
        return {name.lower(): value for name, value in pairs}


@dataclass
class Line:
    """One connection, seen from the peer."""

    peer: "ScriptedPeer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def asked(self) -> Asked:
        head = (await self.reader.readuntil(_END_OF_HEAD)).removesuffix(_END_OF_HEAD).decode()
        asked = Asked(head, b"")
        asked.body = await self.reader.readexactly(int(asked.headers["content-length"]))
        self.peer.asked.append(asked)
        return asked

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            # Let it arrive alone.
            await asyncio.sleep(0.01)


@dataclass
class ScriptedPeer:
    """Does on every connection what its script says, and then ends it."""

    script: Script | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    was_left: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if self.script is not None:
                await self.script(Line(self, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.was_left.set()
        finally:
            writer.close()
