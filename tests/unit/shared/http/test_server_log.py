"""Requests that cannot be read leave a line in the log, and nothing of what stood in them."""

import asyncio
import io
import json
from collections.abc import Iterator

import pytest
from aiohttp import web

from annex_shared.http.server import build_web_app, listening
from annex_shared.observability.logs import configure_logs

SECRET = b"hunter2-and-more"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Collect what the process logs."""
    stream = io.StringIO()
    configure_logs("test", as_json=True, stream=stream, level="debug")
    yield stream
    configure_logs("test", as_json=False)


async def take(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def sent(content: bytes) -> bytes:
    """Send bytes over a raw socket and return everything that comes back."""
    app = build_web_app("test", routes=[web.post("/take", take)], problems={})
    async with listening(app, host="127.0.0.1", port=0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(content)
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer


@pytest.mark.parametrize(
    "content",
    [
        b"content-length: 4\r\n\r\n" + SECRET * 4,
        b"content-length: 4\r\n\r\nfour{" + SECRET + b"\r\n\r\n",
        SECRET + b" : \x00\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n" + SECRET + b"\r\n",
    ],
    ids=["longer-than-declared", "a-request-behind", "a-bad-header", "a-bad-chunk"],
)
async def test_no_byte_of_an_unreadable_request_is_logged(content: bytes, lines: io.StringIO) -> None:
    answer = await sent(b"POST /take HTTP/1.1\r\nhost: a\r\n" + content)

    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert b" 400 Bad Request\r\n" in answer
    assert SECRET.decode() not in lines.getvalue()
    assert {line["level"] for line in logged} <= {"info", "warning"}


async def test_that_a_request_could_not_be_read_is_logged(lines: io.StringIO) -> None:
    await sent(b"POST /take HTTP/1.1\r\nhost: a\r\n" + SECRET + b" : \x00\r\n\r\n")

    (line,) = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert "A request could not be read: BadHttpMessage." in json.dumps(line)
    assert line["level"] == "warning"
