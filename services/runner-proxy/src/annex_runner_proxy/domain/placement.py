"""Which worker a call goes to: the same one for the same code, unless that one has more than its share.

Rendezvous hashing over seats, with bounded load. A seat outlives the worker in it, so replacing one worker
moves no other version to another place.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from math import ceil
from typing import Final

SPILL_AT: Final = 1.25
_REMEMBERED: Final = 10_000


def place(key: str, loads: Mapping[int, int], *, at_once: int) -> int | None:
    """Return the seat for ``key``; None when every seat has all the calls it takes ``at_once``.

    The seats are tried in the order of their affinity to ``key``. One is passed over when the call would
    give it more than ``SPILL_AT`` times the mean load.
    """
    if not loads:
        return None
    mean = (sum(loads.values()) + 1) / len(loads)
    bound = min(at_once, ceil(SPILL_AT * mean))
    return next((seat for seat in affinity(key, tuple(sorted(loads))) if loads[seat] < bound), None)


@lru_cache(maxsize=_REMEMBERED)
def affinity(key: str, seats: tuple[int, ...]) -> tuple[int, ...]:
    """Order seats by how well they suit ``key``; without one of them the others keep their order."""
    return tuple(sorted(seats, key=lambda seat: _weight(key, seat), reverse=True))


def _weight(key: str, seat: int) -> bytes:
    return blake2b(f"{seat}\n{key}".encode(), digest_size=8).digest()
