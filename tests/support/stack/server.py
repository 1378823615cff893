"""What a starter returns: addresses for the tests and a way to stop."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``addresses`` are the variables that would point another run at it."""

    name: str
    addresses: Mapping[str, str]
    pids: tuple[int, ...]
    stop: Callable[[], Awaitable[None]]
