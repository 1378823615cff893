"""One answer has one reading, however its bytes are cut; anything else has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.adapters.direct_http.answers import AnswerReader, AnswerTooLong, OddAnswer

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\nX: \xff\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0003\r\nllo\r\n0\r\n\r\n"
HINTED = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"


def reader(most_bytes: int = 100) -> AnswerReader:
    return AnswerReader(most_bytes=most_bytes, asked_as="r1")


@given(
    whole=st.sampled_from([LENGTH, CHUNKS, HINTED + LENGTH, HINTED + CHUNKS]),
    cuts=st.lists(st.integers(min_value=0, max_value=200), max_size=12),
)
def test_an_answer_reads_the_same_wherever_it_is_cut(whole: bytes, cuts: list[int]) -> None:
    ends = [*sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[begin:end] for begin, end in zip([0, *ends], ends, strict=False) if begin < end]
    answer = reader()

    said = [answer.take(piece) for piece in pieces]

    assert said == [False] * (len(pieces) - 1) + [True]
    assert (answer.status, bytes(answer.body), answer.is_last) == (200, b"hello", False)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 0", id="older version"),
        pytest.param(b"HTTP/1.1  200 OK\r\nContent-Length: 0", id="two spaces"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 0", id="no space behind the status"),
        pytest.param(b"HTTP/1.1 600 OK\r\nContent-Length: 0", id="no such status"),
        pytest.param(b"HTTP/1.1 101 Switching\r\nUpgrade: x", id="another protocol"),
        pytest.param(b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0", id="empty line before"),
        pytest.param(b"HTTP/1.1 200 OK\r\n Content-Length: 0", id="folded"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0", id="folded value"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length : 0", id="space before the colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length 0", id="no colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: a\rContent-Length: 0", id="bare CR"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 0", id="bare LF"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 0", id="NUL"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: a", id="no length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: +1", id="sign"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1_0", id="underscore"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0, 0", id="list of lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0", id="length twice"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked", id="length and chunks"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked", id="another coding"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked", id="codings"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked", id="hidden coding"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Request-Id: r2", id="of another request"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000, id="too long"),
    ],
)
def test_a_head_with_two_readings_has_none(lines: bytes) -> None:
    with pytest.raises(OddAnswer):
        reader().take(lines + b"\r\n\r\n")


def test_a_head_without_an_end_is_refused() -> None:
    with pytest.raises(OddAnswer):
        reader().take(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40_000)


def test_hints_without_an_end_are_refused() -> None:
    with pytest.raises(OddAnswer):
        reader().take(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9)


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(b"x\r\n", id="no number"),
        pytest.param(b"-1\r\n", id="sign"),
        pytest.param(b"0x1\r\na\r\n", id="prefix"),
        pytest.param(b"1 \r\na\r\n", id="space"),
        pytest.param(b"1;x=y\r\na\r\n", id="extension"),
        pytest.param(b"1\na\r\n", id="bare LF"),
        pytest.param(b"1\r\nab\r\n", id="longer than said"),
        pytest.param(b"0\r\nX: y\r\n\r\n", id="trailer"),
        pytest.param(b"1" * 30, id="endless number"),
    ],
)
def test_a_chunk_with_two_readings_has_none(chunks: bytes) -> None:
    answer = reader()
    answer.take(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")

    with pytest.raises(OddAnswer):
        answer.take(chunks + b" " * 20)


@pytest.mark.parametrize("whole", [LENGTH, CHUNKS], ids=["length", "chunks"])
def test_a_body_over_the_limit_is_not_held(whole: bytes) -> None:
    with pytest.raises(AnswerTooLong):
        reader(most_bytes=4).take(whole)


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(LENGTH + b"H", id="more behind a length"),
        pytest.param(CHUNKS + b"H", id="more behind chunks"),
        pytest.param(LENGTH.replace(b"X: ", b"Connection: Close\r\nX: "), id="close"),
        pytest.param(LENGTH.replace(b"X: ", b"Connection: upgrade\r\nX: "), id="anything but keep-alive"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", id="no body"),
        pytest.param(b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", id="body where none can be"),
    ],
)
def test_nothing_is_asked_behind_an_odd_answer(whole: bytes) -> None:
    answer = reader()

    assert answer.take(whole)
    assert answer.is_last


def test_an_answer_that_names_its_request_is_taken() -> None:
    answer = reader()

    assert answer.take(
        b"HTTP/1.1 200 OK\r\nX-Request-Id: r1\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
    )
    assert not answer.is_last
