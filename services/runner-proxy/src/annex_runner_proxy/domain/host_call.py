"""What a host function is: who may call it, what it answers without the grant, and the call it serves."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from annex_runner_proxy.domain.execution import Trigger, User
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import CallLimits
from annex_shared.observability.trace_context import current_traceparent

_REDACTED: Final = "[secret]"
# Shorter values would blank out ordinary words.
_SHORTEST_REDACTED: Final = 6


@dataclass(slots=True)
class CallScope:
    """One execution as its host functions see it: whose it is, what it may spend, what it has changed.

    It is made by the broker from what the gateway and the registry said; nothing in it comes from a worker.
    ``deadline`` is a time of the monotonic clock.
    """

    install: Install
    execution_id: UUID
    request_id: str
    context: Mapping[str, str | None]
    limits: CallLimits
    deadline: float
    user: User | None = None
    trigger: Trigger = "http"
    monotonic: Callable[[], float] = time.monotonic
    effects: int = 0
    host_calls: int = 0
    log_bytes: int = 0
    log_bytes_dropped: int = 0
    subrequests: int = 0
    subrequests_in_flight: int = 0
    egress_bytes: int = 0
    # Opened in this call, by name: never opened twice, and blanked out of what the guest writes.
    opened_secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def count_effect(self) -> None:
        """Say, before doing it, that something outside the sandbox is about to change.

        A caller repeats a failed request only while this was never said.
        """
        self.effects += 1

    def remaining_seconds(self) -> float:
        """Return how long the call may still take; a host function waits for nothing longer than that."""
        return max(0.0, self.deadline - self.monotonic())

    @property
    def traceparent(self) -> str | None:
        """What a request made for this call says of where it comes from (W3C trace context)."""
        return current_traceparent()

    def redacted(self, text: str) -> str:
        for value in self.opened_secrets.values():
            if len(value) >= _SHORTEST_REDACTED:
                text = text.replace(value, _REDACTED)
        return text


@dataclass(frozen=True, slots=True)
class HostFunction:
    """One function of the WIT world as the broker answers it.

    ``answer`` takes the scope and the guest's arguments, and returns, or awaits, a value in the shape the
    guest's types have: records are dicts with kebab-case names, enums their case, options None or the value,
    results ``("ok" | "err", value)``, variants ``(case, value)``, ``list<u8>`` bytes. Without the grant
    ``denied`` is the answer, and ``answer`` is not called.
    """

    answer: Callable[..., Any]
    capability: str | None = None
    denied: Any = None


# By ``interface.function``, as in ``storage.get``.
HostApi = Mapping[str, HostFunction]
