"""What holds of every way to the runner: bounds, ends, and no call gets another's answer."""

import asyncio
from typing import Any

import pytest

from annex_gateway.domain.errors import DeadlineExceeded, ResponseTooLarge, RunnerUnavailable
from annex_gateway.domain.ports import Runner, RunnerRefusal
from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.execute import ExecuteContext, ExecuteHttp, ExecuteRequest, ExecuteResponse
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    Caller,
    ServiceTokenVerifier,
    body_digest,
    request_digest,
)
from contracts.runner.conftest import OpenRunner
from contracts.runner.peers import KEY, Line, Script, ScriptedPeer

ANSWER = b'{"status":200,"body_b64":"aGk="}'
PROBLEM = (
    b'{"type":"/errors/overloaded","title":"Overloaded","status":503,"detail":"Busy.","instance":"/v1/execute",'
    b'"code":"OVERLOADED","message":"Busy.","request_id":"r1","retryable":true,"details":{}}'
)


def with_length(body: bytes = ANSWER, *fields: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {len(body)}", *fields]
    return "\r\n".join([*lines, "", ""]).encode() + body


def in_chunks(body: bytes = ANSWER) -> bytes:
    half = len(body) // 2
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"


def saying(*answers: bytes) -> Script:
    """Answer the requests of a connection one after the other, and keep it until it is left."""

    async def script(line: Line) -> None:
        for answer in answers:
            await line.asked()
            await line.say(answer)
        await line.reader.read()

    return script


async def ask(runner: Runner, *, body: str = "", **options: Any) -> ExecuteResponse | RunnerRefusal:
    context = ExecuteContext(tenant_id="t", extension_id="e", content_hash=ContentHash.of(b"v"))
    given: dict[str, Any] = {
        "caller": Caller("p"),
        "headers": {},
        "request_id": "r1",
        "wait_seconds": 5,
        "max_answer_bytes": 64,
    }
    return await runner.execute(
        ExecuteRequest(context=context, http=ExecuteHttp(method="GET", path="/", body_b64=body or None)),
        **given | options,
    )


async def test_an_execution_arrives_signed_for_exactly_this_request(
    runner: Runner, peer: ScriptedPeer
) -> None:
    peer.script = saying(with_length())

    answer = await ask(runner, headers={"x-alga-tenant": "t", "x-idempotency-key": "k"})

    assert isinstance(answer, ExecuteResponse)
    assert (answer.status, answer.body_b64) == (200, "aGk=")
    (asked,) = peer.asked
    assert asked.head.startswith("POST /v1/execute HTTP/1.1\r\n")
    assert {name: asked.headers[name] for name in ("x-alga-tenant", "x-idempotency-key", "x-request-id")} == {
        "x-alga-tenant": "t",
        "x-idempotency-key": "k",
        "x-request-id": "r1",
    }
    assert asked.headers["host"] == f"127.0.0.1:{peer.port}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["accept-encoding"] == "identity"
    verifier = ServiceTokenVerifier("runner-proxy", {"gateway": KEY.public_key()}, SystemClock())
    bound = request_digest("POST", "/v1/execute", body_digest(asked.body))
    assert verifier.verify(asked.headers[SERVICE_TOKEN_HEADER], request=bound).principal == "p"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([with_length()], id="in one piece"),
        pytest.param([with_length()[:9], with_length()[9:60], with_length()[60:]], id="length in pieces"),
        pytest.param([in_chunks()], id="chunks in one piece"),
        pytest.param([in_chunks()[:50], in_chunks()[50:57], in_chunks()[57:]], id="chunks in pieces"),
        pytest.param([b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", with_length()], id="behind hints"),
    ],
)
async def test_an_answer_is_read_however_it_comes(
    runner: Runner, peer: ScriptedPeer, pieces: list[bytes]
) -> None:
    async def script(line: Line) -> None:
        await line.asked()
        await line.say(*pieces)
        await line.reader.read()

    peer.script = script

    assert isinstance(await ask(runner), ExecuteResponse)


async def test_a_connection_serves_one_call_after_another(runner: Runner, peer: ScriptedPeer) -> None:
    peer.script = saying(with_length(), in_chunks(), with_length())

    for _ in range(3):
        assert isinstance(await ask(runner), ExecuteResponse)

    assert peer.connections == 1


async def test_a_large_body_arrives_whole(runner: Runner, peer: ScriptedPeer) -> None:
    peer.script = saying(with_length())

    await ask(runner, body="A" * 3_000_000)

    assert len(peer.asked[0].body) > 3_000_000
    assert peer.asked[0].body.count(b"A") >= 3_000_000


async def test_an_explained_refusal_is_handed_on(runner: Runner, peer: ScriptedPeer) -> None:
    fields = ("retry-after: 7",)
    answer = with_length(PROBLEM, *fields, status="503 Service Unavailable").replace(
        b"application/json", b"application/problem+json"
    )
    peer.script = saying(answer)

    refusal = await ask(runner)

    assert isinstance(refusal, RunnerRefusal)
    assert (refusal.document.code, refusal.retry_after_seconds) == ("OVERLOADED", 7)


@pytest.mark.parametrize(
    "answer", [with_length(b"x" * 400_000), in_chunks(b"x" * 400_000)], ids=["length", "chunks"]
)
async def test_an_answer_over_the_limit_is_refused_and_not_read_on(
    runner: Runner, peer: ScriptedPeer, answer: bytes
) -> None:
    async def script(line: Line) -> None:
        while True:
            await line.asked()
            await line.say(answer if len(peer.asked) == 1 else with_length())

    peer.script = script

    with pytest.raises(ResponseTooLarge):
        await ask(runner)

    assert isinstance(await ask(runner), ExecuteResponse)


async def test_a_runner_that_is_away_was_not_sent_anything(open_runner: OpenRunner) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with open_runner(port) as runner:
        with pytest.raises(RunnerUnavailable, match="was not run"):
            await ask(runner)


@pytest.mark.parametrize(
    "answer", [b"", with_length()[:-3], in_chunks()[:-5]], ids=["no", "cut", "cut chunks"]
)
async def test_a_runner_that_leaves_before_its_answer_may_have_run(
    runner: Runner, peer: ScriptedPeer, answer: bytes
) -> None:
    async def script(line: Line) -> None:
        await line.asked()
        await line.say(answer)

    peer.script = script

    with pytest.raises(RunnerUnavailable, match="may have run"):
        await ask(runner)


async def test_a_runner_that_does_not_answer_in_time_is_left(runner: Runner, peer: ScriptedPeer) -> None:
    async def script(line: Line) -> None:
        await line.asked()
        await line.reader.readexactly(1)

    peer.script = script

    with pytest.raises(DeadlineExceeded):
        await ask(runner, wait_seconds=0.05)

    async with asyncio.timeout(5):
        await peer.was_left.wait()


async def test_a_call_that_is_cancelled_is_told_to_the_runner(runner: Runner, peer: ScriptedPeer) -> None:
    arrived = asyncio.Event()

    async def script(line: Line) -> None:
        await line.asked()
        arrived.set()
        await line.reader.readexactly(1)

    peer.script = script
    call = asyncio.create_task(ask(runner))
    await arrived.wait()
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    async with asyncio.timeout(5):
        await peer.was_left.wait()


async def test_a_connection_that_ended_while_idle_costs_no_call(runner: Runner, peer: ScriptedPeer) -> None:
    async def script(line: Line) -> None:
        await line.asked()
        await line.say(with_length())

    peer.script = script

    for _ in range(3):
        assert isinstance(await ask(runner), ExecuteResponse)
        await asyncio.sleep(0.02)

    assert peer.connections == 3


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(with_length() + with_length(b'{"status":599}'), id="two answers to one request"),
        pytest.param(with_length(ANSWER, "connection: close"), id="said to be the last"),
    ],
)
async def test_what_follows_an_answer_is_never_the_next_one(
    runner: Runner, peer: ScriptedPeer, odd: bytes
) -> None:
    peer.script = saying(odd)
    first = await ask(runner)
    peer.script = saying(with_length(b'{"status":204}'))

    second = await ask(runner)

    assert isinstance(first, ExecuteResponse)
    assert isinstance(second, ExecuteResponse)
    assert (first.status, second.status) == (200, 204)
    assert peer.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n" + ANSWER, id="length that is no number"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 32\r\n\r\n" + ANSWER, id="two lengths"
        ),
        pytest.param(b"SSH-2.0-x\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", id="no answer of a guest"),
        pytest.param(with_length(b"oops", status="500 Internal Server Error"), id="no reason given"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_no_answer(
    runner: Runner, peer: ScriptedPeer, answer: bytes
) -> None:
    peer.script = saying(answer)

    with pytest.raises(RunnerUnavailable, match="may have run"):
        await ask(runner)


async def test_calls_beyond_the_connections_wait_their_turn(runner: Runner, peer: ScriptedPeer) -> None:
    peer.script = saying(*[with_length()] * 40)

    answers = await asyncio.gather(*[ask(runner) for _ in range(20)])

    assert len(answers) == 20
    assert all(isinstance(answer, ExecuteResponse) for answer in answers)


@pytest.mark.parametrize("header", ["x\r\ny: z", "x\ny: z"])
async def test_a_header_cannot_add_another(runner: Runner, peer: ScriptedPeer, header: str) -> None:
    peer.script = saying(with_length())

    with pytest.raises(ValueError, match="header"):
        await ask(runner, headers={"x-idempotency-key": header})

    assert not peer.asked
