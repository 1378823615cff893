import socket

from support.stack.ports import HIGHEST, LOWEST, Ports, is_free


def test_no_port_is_handed_out_twice() -> None:
    ports = Ports()

    taken = [ports.take() for _ in range(50)]

    assert len(set(taken)) == 50
    assert all(LOWEST <= port < HIGHEST for port in taken)


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not is_free(listener.getsockname()[1])
