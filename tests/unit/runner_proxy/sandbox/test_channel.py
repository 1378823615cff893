import socket
import threading
import time
from collections.abc import Iterator

import pytest

from annex_runner_proxy.sandbox.channel import Channel, ChannelClosed
from annex_runner_proxy.sandbox.frames import FrameReader, encode_frame

Ends = tuple[Channel, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(theirs.fileno()), ours


def test_message_is_received_when_it_comes(ends: Ends) -> None:
    channel, other = ends

    def later() -> None:
        time.sleep(0.05)
        other.sendall(encode_frame({"kind": "call"}))

    thread = threading.Thread(target=later)
    thread.start()
    message = channel.receive(timeout_seconds=5)
    thread.join()

    assert message == {"kind": "call"}


def test_frame_larger_than_the_sockets_buffer_is_sent_whole(ends: Ends) -> None:
    channel, other = ends
    message = {"kind": "answer", "body": bytes(3_000_000)}
    reader = FrameReader()
    received = []

    def read() -> None:
        while (whole := reader.next_message()) is None:
            reader.feed(other.recv(65536))
        received.append(whole)

    thread = threading.Thread(target=read)
    thread.start()
    channel.send(message, timeout_seconds=10)
    thread.join()

    assert received == [message]


def test_waiting_has_a_limit(ends: Ends) -> None:
    channel, _ = ends

    with pytest.raises(TimeoutError):
        channel.receive(timeout_seconds=0.01)


def test_sending_to_somebody_who_does_not_read_has_a_limit(ends: Ends) -> None:
    channel, _ = ends

    with pytest.raises(TimeoutError):
        channel.send({"kind": "answer", "body": bytes(8_000_000)}, timeout_seconds=0.01)


def test_end_of_the_other_side_is_told(ends: Ends) -> None:
    channel, other = ends
    other.close()

    with pytest.raises(ChannelClosed):
        channel.receive(timeout_seconds=1)
