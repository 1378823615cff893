"""Connections of our own are given up at the first sign that an answer could be taken for another one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from annex_gateway.adapters.direct_http.answers import AnswerReader, OddAnswer
from annex_gateway.adapters.direct_http.connections import Connections
from contracts.runner.peers import Line, ScriptedPeer

REQUEST = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
async def connections(peer: ScriptedPeer) -> AsyncIterator[Connections]:
    connections = Connections("127.0.0.1", peer.port, most=2, idle_seconds=0.05)
    yield connections
    await connections.close()


async def ask(connections: Connections, *, asked_as: str = "r1", seconds: float = 5) -> bytes:
    reader = AnswerReader(most_bytes=100, asked_as=asked_as)
    await connections.ask(REQUEST, b"{}", reader, seconds=seconds)
    return bytes(reader.body)


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param([ANSWER + b"HTTP/1.1 200 OK\r\ncont"], id="half an answer behind the answer"),
        pytest.param([ANSWER, b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad"], id="an answer unasked"),
        pytest.param([ANSWER, b"\r\n"], id="an empty line"),
    ],
)
async def test_bytes_nobody_asked_for_end_a_connection(
    connections: Connections, peer: ScriptedPeer, rest: list[bytes]
) -> None:
    async def script(line: Line) -> None:
        await line.asked()
        await line.say(*(rest if peer.connections == 1 else [ANSWER]))
        await line.reader.read()

    peer.script = script
    first = await ask(connections)
    await asyncio.sleep(0.03)

    second = await ask(connections)

    assert (first, second) == (b"ok", b"ok")
    assert peer.connections == 2


async def test_an_answer_to_another_request_reaches_nobody(
    connections: Connections, peer: ScriptedPeer
) -> None:
    named = ANSWER.replace(b"\r\n\r\n", b"\r\nx-request-id: r1\r\n\r\n")

    async def script(line: Line) -> None:
        while True:
            await line.asked()
            await line.say(named)

    peer.script = script
    await ask(connections, asked_as="r1")

    with pytest.raises(OddAnswer):
        await ask(connections, asked_as="r2")

    await ask(connections, asked_as="r1")
    assert peer.connections == 2


async def test_an_idle_connection_is_left(connections: Connections, peer: ScriptedPeer) -> None:
    async def script(line: Line) -> None:
        while True:
            await line.asked()
            await line.say(ANSWER)

    peer.script = script
    await ask(connections)

    async with asyncio.timeout(5):
        await peer.was_left.wait()


async def test_who_waits_for_a_connection_waits_no_longer_than_allowed(
    connections: Connections, peer: ScriptedPeer
) -> None:
    async def script(line: Line) -> None:
        await line.asked()
        await line.reader.readexactly(1)

    peer.script = script
    busy = [asyncio.create_task(ask(connections)) for _ in range(2)]
    await asyncio.sleep(0.02)

    with pytest.raises(TimeoutError):
        await ask(connections, seconds=0.05)

    assert len(peer.asked) == 2
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)


async def test_an_answer_before_the_body_was_sent_is_taken(
    connections: Connections, peer: ScriptedPeer
) -> None:
    async def script(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        await line.say(ANSWER)
        await line.reader.read(1)
        await asyncio.sleep(0.05)

    peer.script = script
    reader = AnswerReader(most_bytes=100, asked_as="r1")
    body = b"x" * 30_000_000

    await connections.ask(b"POST / HTTP/1.1\r\n\r\n", body, reader, seconds=5)

    assert (reader.body, reader.is_last) == (b"ok", True)
