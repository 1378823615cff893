"""Time, ids and randomness as parameters: the ports and the system's own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

NewId = Callable[[], UUID]


class Clock(Protocol):
    """Tells the time of day; always timezone-aware UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def new_id() -> UUID:
    """Make a UUIDv7: unique, and in order of creation (RFC 9562 §5.7)."""
    return uuid7()
