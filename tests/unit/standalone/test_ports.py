"""Ports are free before anything starts, or the refusal names who holds them and how to go on."""

import os
import socket

import pytest

from annex_standalone.errors import PortTaken, StandaloneError
from annex_standalone.ports import choose_ports

FREE = dict.fromkeys(
    ("ANNEX_GATEWAY_PORT", "ANNEX_REGISTRY_PORT", "ANNEX_RUNNER_PROXY_PORT", "ANNEX_UI_HOST_PORT"), "0"
)


def test_zero_picks_four_different_free_ports() -> None:
    ports = choose_ports(FREE)

    assert len({ports.gateway, ports.registry, ports.runner_proxy, ports.ui_host}) == 4


def test_gateway_and_ui_host_are_different_sites() -> None:
    ports = choose_ports(FREE)

    assert ports.gateway_url == f"http://127.0.0.1:{ports.gateway}"
    assert ports.ui_host_url == f"http://localhost:{ports.ui_host}"


def test_a_taken_port_names_its_holder_and_the_setting() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(PortTaken) as refused:
            choose_ports({**FREE, "ANNEX_UI_HOST_PORT": str(port)})

    assert f"Port {port} is taken by process {os.getpid()}" in refused.value.message
    assert "`ANNEX_UI_HOST_PORT=0 make run`" in refused.value.message


@pytest.mark.parametrize("text", ["", "http", "-1", "65536", "80 80"])
def test_what_is_no_port_is_named(text: str) -> None:
    with pytest.raises(StandaloneError, match="ANNEX_REGISTRY_PORT"):
        choose_ports({**FREE, "ANNEX_REGISTRY_PORT": text})
