"""HTTP written to a socket byte by byte, so that no client library tidies a request up before it is sent."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from multidict import CIMultiDict

_TIMEOUT_SECONDS = 20
_WITHOUT_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read to the end of its connection."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


async def ask(
    port: int,
    target: str | bytes,
    *,
    method: str = "GET",
    host: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    keeps_alive: bool = False,
) -> Answer:
    """Send one request exactly as given and read the answer, to its length or to the connection's end."""
    line = target if isinstance(target, bytes) else target.encode()
    connection = "keep-alive" if keeps_alive else "close"
    fields = [("Host", host or f"localhost:{port}"), ("Connection", connection), *headers]
    head = b"".join(f"{name}: {value}\r\n".encode() for name, value in fields)
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(method.encode() + b" " + line + b" HTTP/1.1\r\n" + head + b"\r\n")
            if not keeps_alive:
                return _parsed(await reader.read())
            answer = _parsed(await reader.readuntil(b"\r\n\r\n"))
            if method == "HEAD" or answer.status in _WITHOUT_BODY:
                return answer
            length = int(answer.headers["content-length"])
            return Answer(answer.status, answer.headers, await reader.readexactly(length))
        finally:
            writer.close()
            await writer.wait_closed()


async def ask_until(port: int, target: str, status: int) -> Answer:
    """Ask until the answer has the status; the test's own time limit ends it otherwise."""
    while (answer := await ask(port, target)).status != status:  # noqa: ASYNC110 - it can only be asked
        await asyncio.sleep(0.01)
    return answer


async def ask_until_coded(port: int, target: str) -> None:
    """Wait until the variants of a bundle are made, which this file of it has to have."""
    answer = await ask(port, target)
    while "content-encoding" not in answer.headers:
        await asyncio.sleep(0.01)
        answer = await ask(port, target, headers=[("Accept-Encoding", "br")])


def _parsed(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = CIMultiDict[str]()
    for line in lines:
        name, _, value = line.partition(":")
        headers.add(name, value.strip())
    return Answer(int(status_line.split()[1]), headers, body)
