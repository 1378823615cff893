"""Free loopback ports, chosen when a run starts."""

import secrets
import socket

# Below the range the kernel takes for outgoing connections, so that none of those can take a chosen port.
LOWEST, HIGHEST = 20_000, 32_000
ATTEMPTS = 200


class NoFreePort(Exception):
    pass


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Ports:
    """Hands out each port once; a random choice keeps two runs on one machine apart."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self) -> int:
        for _ in range(ATTEMPTS):
            port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
            if port not in self._taken and is_free(port):
                self._taken.add(port)
                return port
        raise NoFreePort(f"No free port between {LOWEST} and {HIGHEST} on 127.0.0.1.")
