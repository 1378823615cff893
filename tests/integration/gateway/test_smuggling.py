"""Requests that two parsers would read in two ways, and requests that never end, as raw bytes on a socket."""

import asyncio

import pytest

from integration.gateway.conftest import World

NOTES = "/api/ext/acme.notes/notes"
# Sent behind each request: a server that took the one before for shorter than it is would run it.
SMUGGLED = f"GET {NOTES}?smuggled=1 HTTP/1.1\r\nhost: x\r\n"
MOST_ANSWER = 64 * 1024


def _post(*lines: str, body: str = "") -> str:
    return "\r\n".join([f"POST {NOTES} HTTP/1.1", "host: x", *lines, "", body])


AMBIGUOUS = {
    "length and chunks": _post("content-length: 4", "transfer-encoding: chunked", body="0\r\n\r\n"),
    "two lengths": _post("content-length: 4", "content-length: 5", body="abcd"),
    "length with a sign": _post("content-length: +4", body="abcd"),
    "length in a list": _post("content-length: 4, 5", body="abcd"),
    "negative length": _post("content-length: -1"),
    "folded header": _post("content-length:\r\n 4", body="abcd"),
    "space before the colon": _post("content-length : 4", body="abcd"),
    "coding that is none": _post("transfer-encoding: xchunked", body="0\r\n\r\n"),
    "chunked is not last": _post("transfer-encoding: chunked, identity", body="0\r\n\r\n"),
    "chunk size that is none": _post("transfer-encoding: chunked", body="0x4\r\nabcd\r\n0\r\n\r\n"),
    "chunk without its end": _post("transfer-encoding: chunked", body="4\r\nabcdX\r\n0\r\n\r\n"),
    "bare line feeds": f"POST {NOTES} HTTP/1.1\nhost: x\ncontent-length: 4\n\nabcd",
    "NUL in a header": _post("x-odd: a\x00b", "content-length: 4", body="abcd"),
    "carriage return in a header": _post("x-odd: a\rb", "content-length: 4", body="abcd"),
    "header without a name": _post(": nameless", "content-length: 4", body="abcd"),
    "version that is none": f"POST {NOTES} HTTP/9.9\r\nhost: x\r\ncontent-length: 4\r\n\r\nabcd",
    "space in the target": f"POST {NOTES} ?a=b HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nabcd",
    "method with a line feed": f"PO\nST {NOTES} HTTP/1.1\r\nhost: x\r\n\r\n",
}
ENDLESS = {
    "request line": f"GET {NOTES}?{'a' * 20_000} HTTP/1.1\r\nhost: x\r\n\r\n",
    "header": _post(f"x-long: {'a' * 20_000}"),
    "number of headers": _post(*(f"x-{number}: a" for number in range(100_000))),
}


async def _exchange(gateway: World, request: str) -> bytes:
    """Send bytes as they are and read until the gateway hangs up, or says nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.gateway_url.rpartition(":")[2]))
    answer = b""
    try:
        writer.write(request.encode("latin-1"))
        while chunk := await asyncio.wait_for(reader.read(MOST_ANSWER), timeout=2):
            answer += chunk
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer


@pytest.mark.parametrize("case", AMBIGUOUS)
async def test_what_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_run(
    gateway: World, case: str
) -> None:
    key = f"x-api-key: {gateway.api_key}\r\n"
    request = AMBIGUOUS[case].replace("host: x\r\n", f"host: x\r\n{key}", 1)

    answer = await _exchange(gateway, f"{request}{SMUGGLED}{key}\r\n")

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/1.1 401 ")) or answer == b""
    assert gateway.runner.requests == []


@pytest.mark.parametrize("case", ENDLESS)
async def test_what_does_not_end_is_refused_before_it_is_held(gateway: World, case: str) -> None:
    answer = await _exchange(
        gateway, ENDLESS[case].replace("host: x", f"host: x\r\nx-api-key: {gateway.api_key}")
    )

    assert answer[9:12] in (b"400", b"414", b"431", b"") or answer == b""
    assert gateway.runner.requests == []


async def test_requests_that_follow_each_other_are_each_judged_by_themselves(gateway: World) -> None:
    first = f"GET {NOTES} HTTP/1.1\r\nhost: x\r\nx-api-key: {gateway.api_key}\r\n\r\n"
    second = f"GET {NOTES} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

    answer = await _exchange(gateway, first + second)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 401 ") == 1
    assert len(gateway.runner.requests) == 1


async def test_a_header_that_the_connection_header_names_stays_here(gateway: World) -> None:
    headers = {"x-api-key": gateway.api_key, "connection": "keep-alive, x-alga-hop", "x-alga-hop": "1"}

    answer = await gateway.get(NOTES, headers=headers)

    assert answer.status == 200
    assert "x-alga-hop" not in dict(gateway.runner.requests[0].http.header_pairs())


async def test_as_many_parameters_as_a_line_holds_reach_the_guest_each_once(gateway: World) -> None:
    flood = [(f"a{number}", "1") for number in range(1_000)]

    answer = await gateway.get(f"{NOTES}?{'&'.join(f'{name}={value}' for name, value in flood)}")

    assert answer.status == 200
    assert gateway.runner.requests[0].http.query_pairs() == flood
