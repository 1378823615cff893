import socket

import pytest

from support.stack.fixtures import GUARD
from support.stack.guard import LeftTheMachine, external_hosts


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "localhost", "0.0.0.0", b"127.0.0.1", None],  # noqa: S104  # the unspecified address reaches this machine
)
def test_loopback_is_local(host: object) -> None:
    assert GUARD.is_local(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "2001:db8::1", "example.com", "localhost.example.com", "10.0.0.1"]
)
def test_every_other_host_is_not_local(host: str) -> None:
    assert not GUARD.is_local(host)


def test_connecting_to_another_machine_is_refused_before_a_packet_leaves() -> None:
    with socket.socket() as outgoing, pytest.raises(LeftTheMachine):
        outgoing.connect(("192.0.2.1", 80))
    attempts, GUARD.attempts[:] = list(GUARD.attempts), []

    assert attempts == ["socket.connect '192.0.2.1'"]


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(LeftTheMachine):
        socket.getaddrinfo("annex.example", 443)
    attempts, GUARD.attempts[:] = list(GUARD.attempts), []

    assert attempts == ["socket.getaddrinfo 'annex.example'"]


def test_an_address_is_parsed_without_a_name_server() -> None:
    [first, *_] = socket.getaddrinfo("192.0.2.1", 443)

    assert first[4][0] == "192.0.2.1"


def test_a_server_on_loopback_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as outgoing:
        outgoing.connect(listener.getsockname())

        assert outgoing.getpeername() == listener.getsockname()


def test_the_host_of_an_external_server_is_known() -> None:
    hosts = external_hosts({"ANNEX_TEST_REDIS_URL": "redis://kv.example:6379", "HOME": "http://no.example"})

    assert hosts == {"kv.example"}
