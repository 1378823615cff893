"""The short way on real connections: what it takes, what it leaves to aiohttp, and that nothing is torn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry
from integration.ui_host.raw_http import ask, ask_until
from integration.ui_host.test_header_script import short_answers

BODY = b"let a = 1;"
LARGE = Random(1).randbytes(2 * 1024 * 1024)  # noqa: S311 - filler


class Connection:
    """One kept connection, written to in pieces."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0.02)

    async def answer(self) -> tuple[int, bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split("\r\n")[0])
        return int(head.split()[1]), await self.reader.readexactly(length)


class Host:
    def __init__(self, port: int, base: str) -> None:
        self.port, self.base = port, base

    def request(self, path: str = "app.js", *lines: str, method: str = "GET") -> bytes:
        head = [f"{method} {self.base}/{path} HTTP/1.1", "Host: localhost", *lines, "", ""]
        return "\r\n".join(head).encode()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        yield Connection(reader, writer)
        writer.close()
        await writer.wait_closed()

    async def taken(self) -> float:
        taken = await short_answers(self.port)
        assert taken is not None
        return taken


@pytest.fixture
async def host(registry: ContractRegistry, start: Start) -> AsyncIterator[Host]:
    version = registry.publish("acme/notes", {"index.html": b"<p>", "app.js": BODY, "large.bin": LARGE})
    async with start(fast_path=True, precompress=False) as port:
        base = f"/ext-ui/acme.notes/{version.content_hash}"
        await ask_until(port, f"{base}/app.js", 200)
        yield Host(port, base)


async def test_many_requests_on_one_connection_take_it(host: Host) -> None:
    before = await host.taken()
    async with host.connected() as connection:
        answers = []
        for _ in range(5):
            await connection.send(host.request())
            answers.append(await connection.answer())

    assert answers == [(200, BODY)] * 5
    assert await host.taken() == before + 5


async def test_request_in_pieces_and_what_follows_it_is_aiohttps(host: Host) -> None:
    before, request = await host.taken(), host.request()
    async with host.connected() as connection:
        await connection.send(request[:30], request[30:])
        first = await connection.answer()
        await connection.send(request)
        second = await connection.answer()

    assert [first, second] == [(200, BODY)] * 2
    assert await host.taken() == before


async def test_requests_sent_together_are_answered_in_their_order(host: Host) -> None:
    async with host.connected() as connection:
        await connection.send(host.request("missing.js") + host.request())
        first, second = await connection.answer(), await connection.answer()

    assert first[0] == 404
    assert second == (200, BODY)


async def test_answer_that_takes_long_is_not_overtaken(host: Host, registry: ContractRegistry) -> None:
    cold = registry.publish("acme/cold", {"index.html": b"cold"})
    registry.bundle_gate.clear()
    slow = host.request().replace(host.base.encode(), f"/ext-ui/acme.cold/{cold.content_hash}".encode())
    async with host.connected() as connection:
        await connection.send(slow.replace(b"app.js", b"index.html"), host.request())
        registry.bundle_gate.set()
        first, second = await connection.answer(), await connection.answer()

    assert [first, second] == [(200, b"cold"), (200, BODY)]


async def test_refusal_between_two_files_leaves_the_way_open(host: Host) -> None:
    before = await host.taken()
    async with host.connected() as connection:
        statuses = []
        for path in ("app.js", "missing.js", "app.js"):
            await connection.send(host.request(path))
            statuses.append((await connection.answer())[0])

    assert statuses == [200, 404, 200]
    assert await host.taken() == before + 2


@pytest.mark.parametrize(
    "lines",
    [
        ("Connection: close",),
        ("Content-Length: 0",),
        ("Transfer-Encoding: chunked",),
        ("Expect: 100-continue",),
        ("Upgrade: websocket", "Connection: Upgrade"),
        ("Host: evil.example",),
        ("x-odd: caf\u00e9",),
        ("x-request-id: a", "x-request-id: b"),
    ],
    ids=lambda lines: lines[0],
)
async def test_request_with_more_to_it_is_left_to_aiohttp(lines: tuple[str, ...], host: Host) -> None:
    before = await host.taken()
    async with host.connected() as connection:
        await connection.send(host.request("app.js", *lines), b"0\r\n\r\n" if "chunked" in lines[0] else b"")
        await connection.reader.readuntil(b"\r\n")

    assert await host.taken() == before


async def test_request_id_that_was_sent_comes_back(host: Host) -> None:
    answer = await ask(
        host.port, f"{host.base}/app.js", headers=[("x-request-id", "req-7")], keeps_alive=True
    )

    assert answer.headers["x-request-id"] == "req-7"


async def test_reader_that_does_not_read_gets_no_second_answer_into_memory(host: Host) -> None:
    before = await host.taken()
    async with host.connected() as connection:
        for _ in range(12):
            await connection.send(host.request("large.bin"))
        whole = [await connection.answer() for _ in range(12)]

    assert all(answer == (200, LARGE) for answer in whole)
    assert await host.taken() < before + 12


async def test_idle_connection_is_closed(registry: ContractRegistry, start: Start) -> None:
    version = registry.publish("acme/notes", {"app.js": BODY})
    async with start(fast_path=True, keepalive_seconds=0.3) as port:
        host = Host(port, f"/ext-ui/acme.notes/{version.content_hash}")
        await ask_until(port, f"{host.base}/app.js", 200)
        async with host.connected() as connection:
            await connection.send(host.request())
            answer = await connection.answer()

            end = await connection.reader.read()

    assert (answer, end) == ((200, BODY), b"")
