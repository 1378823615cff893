from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.sandbox.frames import FrameReader, FrameRefused, encode_frame

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
MESSAGES = st.lists(
    st.dictionaries(st.text(max_size=8), VALUES, max_size=4).map(lambda fields: {**fields, "kind": "x"}),
    max_size=4,
)


@given(messages=MESSAGES, cuts=st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_messages_survive_every_way_of_cutting_the_stream(
    messages: list[dict[str, Any]], cuts: list[int]
) -> None:
    stream = b"".join(encode_frame(message) for message in messages)
    reader = FrameReader()
    received = []

    position = 0
    while position < len(stream):
        size = cuts[position % len(cuts)]
        reader.feed(stream[position : position + size])
        position += size
        while (message := reader.next_message()) is not None:
            received.append(message)

    assert received == messages


def test_announced_size_over_the_bound_is_refused_before_it_arrives() -> None:
    reader = FrameReader(max_bytes=10)
    reader.feed(b"\x00\x00\x00\x0b")

    with pytest.raises(FrameRefused):
        reader.next_message()


def test_message_over_the_bound_is_refused_at_the_sender() -> None:
    with pytest.raises(FrameRefused):
        encode_frame({"kind": "x", "body": bytes(100)}, max_bytes=50)


@pytest.mark.parametrize(
    "body", [b"\xc1", b"\x93\x01", b"\x01", b"\x80", b"\x81\xa4kind\x01", b"\x81\x01\x02"]
)
def test_bytes_that_are_no_message_are_refused(body: bytes) -> None:
    reader = FrameReader()
    reader.feed(len(body).to_bytes(4, "big") + body)

    with pytest.raises(FrameRefused):
        reader.next_message()
