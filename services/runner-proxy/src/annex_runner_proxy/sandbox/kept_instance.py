"""The instance a worker may keep between two calls of one install; at most one, and only where asked for."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from annex_runner_proxy.sandbox.guest import LiveGuest
from annex_runner_proxy.sandbox.memory_meter import ProcessSizes


@dataclass(frozen=True, slots=True)
class ReuseTerms:
    """``key`` names one state of one install; only a call with the same key sees the instance again."""

    key: str
    max_requests: int
    max_idle_seconds: float

    @classmethod
    def of(cls, message: dict[str, Any] | None) -> "ReuseTerms | None":
        if message is None:
            return None
        return cls(str(message["key"]), int(message["max_requests"]), float(message["max_idle_seconds"]))


@dataclass(slots=True)
class Seated:
    """An instance and what the process held before it was made, so that all of it counts in every call."""

    live: LiveGuest
    module: str
    before: ProcessSizes
    heap_bytes_before: int
    calls: int = 0


class KeptInstance:
    """Keeps one instance until it has served enough, idles too long, or another install needs the worker."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seated: Seated | None = None
        self._key = ""
        self._until = 0.0

    def take(self, terms: ReuseTerms | None, module: str) -> Seated | None:
        """Hand over the kept instance if it is of this very install and module; otherwise drop it."""
        seated = self._seated
        if seated is None:
            return None
        is_same = terms is not None and terms.key == self._key and seated.module == module
        if not is_same or self._monotonic() >= self._until:
            self.drop()
            return None
        self._seated = None
        return seated

    def keep(self, seated: Seated, terms: ReuseTerms | None) -> None:
        """Keep the instance after a call without fault, or close it where its time is over."""
        if terms is None or not seated.live.is_reusable or seated.calls >= terms.max_requests:
            seated.live.close()
            return
        self._seated, self._key = seated, terms.key
        self._until = self._monotonic() + terms.max_idle_seconds

    def drop(self) -> None:
        seated, self._seated = self._seated, None
        if seated is not None:
            seated.live.close()

    def idle_seconds_left(self) -> float | None:
        """Say how long the kept instance may still wait; None where nothing is kept."""
        return None if self._seated is None else max(0.0, self._until - self._monotonic())
