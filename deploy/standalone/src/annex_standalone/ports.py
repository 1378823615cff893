"""The four ports of the platform: chosen by settings and free before anything starts, or refused."""

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from annex_standalone.errors import PortTaken, StandaloneError

HOST = "127.0.0.1"
_HIGHEST = 65_535
_LISTENING = "0A"  # the state column of /proc/net/tcp (Linux, include/net/tcp_states.h)


@dataclass(frozen=True, slots=True)
class Ports:
    """One loopback port a service."""

    gateway: int
    registry: int
    runner_proxy: int
    ui_host: int

    @property
    def gateway_url(self) -> str:
        return f"http://{HOST}:{self.gateway}"

    @property
    def registry_url(self) -> str:
        return f"http://{HOST}:{self.registry}"

    @property
    def runner_proxy_url(self) -> str:
        return f"http://{HOST}:{self.runner_proxy}"

    @property
    def ui_host_url(self) -> str:
        """Return ui-host's origin: the other loopback name, so that no cookie is shared with the gateway."""
        return f"http://localhost:{self.ui_host}"


_DEFAULTS = {
    "ANNEX_GATEWAY_PORT": 8080,
    "ANNEX_REGISTRY_PORT": 8081,
    "ANNEX_RUNNER_PROXY_PORT": 8082,
    "ANNEX_UI_HOST_PORT": 8083,
}


def choose_ports(environment: Mapping[str, str]) -> Ports:
    """Read the four settings, pick free ports for 0, and raise PortTaken for the first one in use."""
    sockets: list[socket.socket] = []
    try:
        for name, default in _DEFAULTS.items():
            sockets.append(_bound(name, _number(name, environment.get(name, str(default)))))
        return Ports(*(held.getsockname()[1] for held in sockets))
    finally:
        for held in sockets:
            held.close()


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST:
        raise StandaloneError(f'{name} must be a port number from 0 to {_HIGHEST}; it is "{text[:20]}".')
    return int(text)


def _bound(name: str, port: int) -> socket.socket:
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((HOST, port))
    except OSError:
        held.close()
        raise PortTaken(
            f"Port {port} is taken by {_holder(port)}. Free it or run `{name}=0 make run`."
        ) from None
    return held


def _holder(port: int) -> str:
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for process in Path("/proc").glob("[0-9]*"):
        if sockets & set(_open_files(process)):
            return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    return "another process"


def _open_files(process: Path) -> Iterator[str]:
    """Yield what a process has open, as far as we may look and it still lives."""
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(link.readlink())


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for columns in (row.split() for row in rows):
            if int(columns[1].rpartition(":")[2], 16) == port and columns[3] == _LISTENING:
                inodes.add(columns[9])
    return inodes
