"""`python -m benchmarks.gateway.upstream`: answers every request at once with one execute answer.

It does as little as possible, so that what is measured is what stands before it.
"""

import asyncio
import base64
import json

from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage

BODY_BYTES = 1024
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


def answer_body() -> bytes:
    response = ExecuteResponse(
        status=200,
        headers={"content-type": "text/plain"},
        body_b64=base64.b64encode(b"x" * BODY_BYTES).decode(),
        execution_id="0197f2a0-0000-7000-8000-000000000000",
        usage=ExecuteUsage(),
    )
    return response.model_dump_json(exclude_none=True).encode()


def answer() -> bytes:
    body = answer_body()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Answering(asyncio.Protocol):
    """One connection: every request that has arrived whole is answered, whatever it asks."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream it is one
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(_END_OF_HEAD)) >= 0:
            size = end + len(_END_OF_HEAD) + _length(self._read[:end])
            if len(self._read) < size:
                return
            self._read = self._read[size:]
            if self._transport is not None:
                self._transport.write(self._answer)


def _length(head: bytes) -> int:
    head = head.lower()
    at = head.find(_LENGTH)
    return int(head[at + len(_LENGTH) :].partition(b"\r\n")[0]) if at >= 0 else 0


async def serve() -> None:
    bytes_of_answer = answer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(bytes_of_answer), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
