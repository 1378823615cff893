"""Servers that extensions call: they say byte for byte what a test wants, and a resolver that says where."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from annex_runner_proxy.domain.egress import EgressFailed
from annex_shared.ids import TenantId
from annex_shared.web_hosts import IpAddress

LOOPBACK = ip_address("127.0.0.1")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
# Writes the answer to the writer; the request was read already.
Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class ScriptedServer:
    """Reads one request with its body and answers ``answer``, or plays ``play``."""

    port: int = 0
    answer: bytes = OK
    play: Play | None = None
    requests: list[bytes] = field(default_factory=list)

    @property
    def last(self) -> bytes:
        return self.requests[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.startswith(b"content-length")
                ),
                0,
            )
            self.requests.append(head + await reader.readexactly(length))
            if self.play is None:
                writer.write(self.answer)
                await writer.drain()
            else:
                await self.play(writer)
        except (OSError, asyncio.IncompleteReadError):
            # A client that has heard enough hangs up.
            pass
        finally:
            writer.close()


@asynccontextmanager
async def scripted_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    async with listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


@dataclass(slots=True)
class ScriptedResolver:
    """Answers a name with the next of its answers, the last one for ever; ``never`` holds names back."""

    answers: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int, *, tenant_id: TenantId) -> Sequence[IpAddress]:
        del port, tenant_id
        self.asked.append(host)
        if host in self.never:
            await asyncio.Event().wait()
        answers = self.answers.get(host)
        if answers is None:
            raise EgressFailed("transport", "the name cannot be resolved")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(text) for text in answer]
