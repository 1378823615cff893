"""Keep the suite on this machine: a connection or a name look-up that would leave it is refused."""

import ipaddress
import os
import socket
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from support.stack.client import VARIABLES

LOCAL_NAMES = frozenset({"localhost", "ip6-localhost", ""})
CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


class LeftTheMachine(Exception):
    """Not an ``OSError``, so that code which expects network failures does not mistake it for one."""


def external_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """Name the hosts of the servers that somebody asked the tests to use."""
    urls = [environ.get(name, "") for names in VARIABLES.values() for name in names if name.endswith("_URL")]
    return frozenset(host for url in urls if (host := urlsplit(url).hostname))


class Guard:
    """An audit hook; Python cannot remove one, so it is installed once per process."""

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self._allowed = LOCAL_NAMES
        self._allowed_addresses: frozenset[str] = frozenset()
        self._is_installed = False

    def install(self) -> None:
        if self._is_installed:
            return
        hosts = external_hosts(os.environ)
        self._allowed = LOCAL_NAMES | hosts
        found = [info for host in hosts for info in socket.getaddrinfo(host, None)]
        self._allowed_addresses = frozenset(str(info[4][0]) for info in found)
        self._is_installed = True
        sys.addaudithook(self._audit)

    def is_local(self, host: object) -> bool:
        """Tell whether a host name or address is this machine's loopback or an allowed server."""
        if host is None:
            return True
        text = os.fsdecode(host) if isinstance(host, str | bytes) else str(host)
        if text in self._allowed or text in self._allowed_addresses:
            return True
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback or address.is_unspecified

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in CONNECTING:
            address = arguments[1]
            # A Unix socket's address is a path, an internet socket's a tuple that starts with the host.
            if isinstance(address, tuple) and not self.is_local(address[0]):
                self._refuse(event, address[0])
        elif event in RESOLVING and not self._is_numeric_or_local(arguments[0]):
            self._refuse(event, arguments[0])

    def _is_numeric_or_local(self, host: object) -> bool:
        """Tell whether looking the host up asks no name server; parsing an address asks none."""
        if self.is_local(host):
            return True
        try:
            ipaddress.ip_address(os.fsdecode(host) if isinstance(host, str | bytes) else str(host))
        except ValueError:
            return False
        return True

    def _refuse(self, event: str, host: object) -> None:
        self.attempts.append(f"{event} {host!r}")
        raise LeftTheMachine(f"{event} to {host!r}: the tests use this machine only")
