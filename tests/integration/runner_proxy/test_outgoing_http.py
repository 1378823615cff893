"""What servers send back, well and badly, over real connections."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from annex_runner_proxy.adapters.outgoing_http import OutgoingHttp, tls_context
from annex_runner_proxy.domain.egress import EgressFailed, begin_subrequest
from annex_runner_proxy.domain.errors import SubrequestLimitExceeded
from annex_runner_proxy.domain.host_call import CallScope
from annex_runner_proxy.domain.ports import WireAnswer, WireRequest
from annex_runner_proxy.domain.web_target import parse_target
from annex_shared.web_hosts import IpAddress
from support.certificates import server_certificate
from support.outgoing import LOOPBACK, ScriptedServer, scripted_server
from unit.runner_proxy.fakes import a_scope

PLAIN = OutgoingHttp(tls_context(None))


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as server:
        yield server


async def send(
    server: ScriptedServer,
    answer: bytes | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
    scope: CallScope | None = None,
    addresses: Sequence[IpAddress] = (LOOPBACK,),
) -> WireAnswer:
    server.play = None
    if answer is not None:
        server.answer = answer
    target = parse_target(f"http://api.example.com:{server.port}/a?b=c")
    request = WireRequest(method, target, (("x-own", "1"),), body)
    async with asyncio.timeout(10):
        return await PLAIN.send(
            request, addresses, meter=begin_subrequest(scope or a_scope()), before_sending=lambda: None
        )


def answer(*headers: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


async def test_a_request_names_its_host_and_frames_its_body(server: ScriptedServer) -> None:
    got = await send(server, answer("content-length: 2", "X-A: b", body=b"ok"), method="POST", body=b"hello")

    assert got == WireAnswer(200, (("content-length", "2"), ("x-a", "b")), b"ok")
    head, _, body = server.last.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /a?b=c HTTP/1.1"
    assert f"host: api.example.com:{server.port}".encode() in lines
    assert b"content-length: 5" in lines
    assert body == b"hello"


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (answer("transfer-encoding: chunked", body=b"2\r\nok\r\n1;a=b\r\n!\r\n0\r\nx: y\r\n\r\n"), b"ok!"),
        (answer(body=b"until the end"), b"until the end"),
        (answer("content-length: 2", "content-length: 2", body=b"ok"), b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\na: b\r\n\r\n" + answer(body=b"ok"), b"ok"),
        (answer("content-length: 5", status="204 No Content"), b""),
        (answer("content-encoding: gzip", body=gzip.compress(b"small")), b"small"),
        (answer("content-encoding: gzip", body=gzip.compress(b"a") + gzip.compress(b"b")), b"ab"),
        (answer("content-encoding: br", body=b"packed"), b"packed"),
        (answer("content-encoding: gzip", "content-length: 0"), b""),
    ],
    ids=["chunked", "to-the-end", "twice", "informational", "no-body", "gzip", "two-members", "br", "empty"],
)
async def test_a_body_is_read_as_it_is_framed(server: ScriptedServer, sent: bytes, body: bytes) -> None:
    assert (await send(server, sent)).body == body


async def test_what_framed_the_answer_does_not_reach_the_guest(server: ScriptedServer) -> None:
    sent = answer(
        "content-encoding: gzip", "connection: x-hop, close", "x-hop: 1", "x-b: 2", body=gzip.compress(b"")
    )

    assert (await send(server, sent)).headers == (("x-b", "2"),)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 No\r\n\r\n",
        b"HTTP/1.1 200 OK\n\nbody",
        answer(status="101 Switching Protocols"),
        answer("no colon"),
        answer("a : b"),
        answer("a: b", " folded"),
        answer("a: b\x00c"),
        answer("content-length: 5", body=b"four"),
        answer("content-length: 1", "content-length: 2", body=b"ok"),
        answer("content-length: -1", body=b"ok"),
        answer("content-length: 0x2", body=b"ok"),
        answer("content-length: 2, 2", body=b"ok"),
        answer("content-length: 2", "transfer-encoding: chunked", body=b"2\r\nok\r\n0\r\n\r\n"),
        answer("transfer-encoding: gzip, chunked", body=b"0\r\n\r\n"),
        answer("transfer-encoding: chunked", body=b"2\r\nokay\r\n0\r\n\r\n"),
        answer("transfer-encoding: chunked", body=b"0x2\r\nok\r\n0\r\n\r\n"),
        answer("transfer-encoding: chunked", body=b"-1\r\nok\r\n0\r\n\r\n"),
        answer("transfer-encoding: chunked", body=b"2\nok\n0\n\n"),
        answer("transfer-encoding: chunked", body=b"2\r\nok\r\n"),
        answer("transfer-encoding: chunked", body=b"0\r\n" + b"a: b\r\n" * 200 + b"\r\n"),
        answer("content-encoding: gzip", body=b"not packed"),
        answer("content-encoding: gzip", body=gzip.compress(b"cut off in the middle")[:-9]),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000,
        answer(*(f"h{number}: x" for number in range(200)), body=b"ok"),
        answer("a: " + "x" * 100_000),
        answer(*(f"h{number}: {'x' * 4_000}" for number in range(50))),
    ],
    ids=[
        "nothing",
        "another-protocol",
        "another-version",
        "four-digits",
        "status-below-100",
        "bare-line-ends",
        "switching",
        "no-colon",
        "space-before-colon",
        "folded",
        "null-byte",
        "too-short",
        "two-lengths",
        "negative",
        "hexadecimal",
        "a-list-of-lengths",
        "two-framings",
        "unknown-framing",
        "chunk-too-long",
        "chunk-prefix",
        "chunk-negative",
        "chunk-line-ends",
        "chunk-missing",
        "trailers",
        "not-gzip",
        "half-of-gzip",
        "informational-flood",
        "many-headers",
        "long-header",
        "long-head",
    ],
)
async def test_what_is_no_sane_answer_is_a_failed_transport(server: ScriptedServer, sent: bytes) -> None:
    with pytest.raises(EgressFailed) as failed:
        await send(server, sent)

    assert failed.value.error == "transport"


async def test_endless_headers_end_at_their_bound(server: ScriptedServer) -> None:
    scope = a_scope()

    with pytest.raises(EgressFailed):
        await send(server, b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1_000_000, scope=scope)

    assert scope.egress_bytes < 128 * 1024


async def test_a_decompression_bomb_ends_the_call_at_its_bound(server: ScriptedServer) -> None:
    bomb = gzip.compress(bytes(64 << 20), 9)

    with pytest.raises(SubrequestLimitExceeded) as ended:
        await send(
            server, answer("content-encoding: gzip", body=bomb), scope=a_scope(subrequest_bytes=1 << 20)
        )

    assert ended.value.kind == "subrequest_bytes"


@pytest.mark.parametrize(
    ("limits", "kind"),
    [({"subrequest_bytes": 100_000}, "subrequest_bytes"), ({"egress_bytes": 100_000}, "egress_bytes")],
)
async def test_a_body_over_the_limit_ends_the_call(
    server: ScriptedServer, limits: dict[str, int], kind: str
) -> None:
    with pytest.raises(SubrequestLimitExceeded) as ended:
        await send(server, answer(body=bytes(1 << 20)), scope=a_scope(**limits))

    assert ended.value.kind == kind


async def test_both_ways_count_as_egress(server: ScriptedServer) -> None:
    scope = a_scope()

    await send(server, answer("content-length: 2", body=b"ok"), method="POST", body=bytes(1_000), scope=scope)

    assert scope.egress_bytes == len(server.last) + len(server.answer)


async def test_the_next_address_is_tried_when_one_does_not_answer(server: ScriptedServer) -> None:
    got = await send(server, answer(body=b"ok"), addresses=[ip_address("127.0.0.2"), LOOPBACK])

    assert got.body == b"ok"


async def test_nobody_listening_is_a_failed_transport() -> None:
    async with scripted_server() as gone:
        port = gone.port

    with pytest.raises(EgressFailed) as failed:
        await send(ScriptedServer(port))

    assert failed.value.error == "transport"


@pytest.mark.parametrize(("name", "is_trusted"), [("api.example.com", True), ("other.example.com", False)])
async def test_a_certificate_must_name_the_host_that_was_asked_for(
    name: str, *, is_trusted: bool, tmp_path: Path
) -> None:
    server_certificate(tmp_path, name)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    ours = OutgoingHttp(tls_context(tmp_path / "ca.pem"))
    async with scripted_server(theirs) as server:
        request = WireRequest("GET", parse_target(f"https://api.example.com:{server.port}/"), (), None)
        sending = ours.send(
            request, [LOOPBACK], meter=begin_subrequest(a_scope()), before_sending=lambda: None
        )

        if is_trusted:
            assert (await sending).body == b"ok"
        else:
            with pytest.raises(EgressFailed) as failed:
                await sending
            assert failed.value.error == "transport"
            assert server.requests == []
