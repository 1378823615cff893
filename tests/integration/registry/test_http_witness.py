"""A witness as the registry asks it over HTTP: what does not make sense is an answer too."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from annex_registry.adapters.http_witness import HttpWitness
from annex_registry.domain.witnessing import WitnessAnswer, WitnessCosigned, WitnessHasSize, WitnessRefused
from annex_shared.http.client import client_session
from annex_shared.http.server import listening
from annex_shared.signing import SigningKey
from annex_shared.transparency import AddCheckpoint, CosignatureVerifier

VERIFIER = CosignatureVerifier("witness.example/w1", SigningKey.generate().public)
REQUEST = AddCheckpoint(3, (b"h" * 32,), b"note")
SIZE = {"content-type": "text/x.tlog.size"}


async def answer_to(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> WitnessAnswer:
    app = web.Application()
    app.add_routes([web.post("/w1/add-checkpoint", handler)])
    async with listening(app, host="127.0.0.1", port=0, cancel_on_disconnect=True) as port:
        return await asked(f"http://127.0.0.1:{port}/w1/", seconds=1)


async def asked(url: str, *, seconds: float) -> WitnessAnswer:
    async with client_session() as session:
        return await HttpWitness("w1", VERIFIER, url, session, seconds).add_checkpoint(REQUEST)


async def test_the_request_is_the_one_of_the_specification() -> None:
    heard: list[bytes] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.Response(body=b"lines")

    answer = await answer_to(handler)

    assert answer == WitnessCosigned(b"lines")
    assert heard == [REQUEST.to_bytes()]


@pytest.mark.parametrize(
    ("status", "headers", "body", "answer"),
    [
        (409, SIZE, b"7\n", WitnessHasSize(7)),
        (409, SIZE, b"07\n", WitnessRefused("the size it names is no number", 409)),
        (409, SIZE, b"\xff\n", WitnessRefused("the size it names is no number", 409)),
        (409, {}, b"7\n", WitnessRefused("status 409", 409)),
        (403, {}, b"", WitnessRefused("status 403", 403)),
        (404, {}, b"", WitnessRefused("status 404", 404)),
        (422, {}, b"", WitnessRefused("status 422", 422)),
        (500, {}, b"", WitnessRefused("status 500", 500)),
        (302, {"location": "/elsewhere"}, b"", WitnessRefused("status 302", 302)),
        (200, {}, b"x" * 70_000, WitnessRefused("its answer is too large", 200)),
    ],
)
async def test_every_answer_has_a_meaning(
    status: int, headers: dict[str, str], body: bytes, answer: WitnessAnswer
) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"content-type": "text/plain", **headers})

    assert await answer_to(handler) == answer


async def test_a_witness_that_says_nothing_is_not_waited_for_longer_than_it_may() -> None:
    async def handler(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    assert await answer_to(handler) == WitnessRefused("it did not answer in time")


async def test_a_witness_that_is_not_there_cannot_be_reached() -> None:
    answer = await asked("http://127.0.0.1:9", seconds=5)

    assert isinstance(answer, WitnessRefused)
    assert answer.status is None
    assert answer.reason.startswith("it cannot be reached")
