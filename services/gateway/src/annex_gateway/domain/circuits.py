"""A circuit per version: one that the platform keeps failing at is not tried for a while, then once."""

import math
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import CircuitOpen
from annex_gateway.domain.windows import Window
from annex_shared.content_hash import ContentHash


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """When a circuit opens, and for how long."""

    calls: int = 20
    share: float = 0.5
    window_seconds: float = 10.0
    open_seconds: float = 5.0
    longest_open_seconds: float = 60.0
    # Versions that are remembered; the ones that were called least lately are forgotten first.
    versions: int = 10_000


@dataclass(slots=True)
class _Circuit:
    calls: Window
    failures: Window
    open_until: float | None = None
    open_seconds: float = 0.0
    is_probed: bool = False


@dataclass(slots=True)
class Attempt:
    """One try; whoever holds it says how it ended."""

    has_failed: bool | None = None


@dataclass(slots=True)
class Circuits:
    """The circuits of this process."""

    policy: CircuitPolicy
    monotonic: Monotonic
    _circuits: OrderedDict[ContentHash, _Circuit] = field(default_factory=OrderedDict)

    def require_closed(self, version: ContentHash) -> None:
        """Refuse early where an attempt would be refused; takes nothing. Raises CircuitOpen."""
        circuit = self._circuits.get(version)
        if circuit is not None:
            self._require_closed(circuit, self.monotonic())

    def is_open(self, version: ContentHash) -> bool:
        circuit = self._circuits.get(version)
        return circuit is not None and circuit.open_until is not None

    @contextmanager
    def attempt(self, version: ContentHash) -> Iterator[Attempt]:
        """Count one attempt at a version. An attempt that nobody judges, a cancelled one, says nothing.

        Raises CircuitOpen.
        """
        circuit = self._circuit(version)
        self._require_closed(circuit, self.monotonic())
        is_probe = circuit.open_until is not None
        circuit.is_probed = circuit.is_probed or is_probe
        attempt = Attempt()
        try:
            yield attempt
        finally:
            if is_probe:
                circuit.is_probed = False
            if attempt.has_failed is not None:
                self._judge(circuit, has_failed=attempt.has_failed, is_probe=is_probe)

    @property
    def open_count(self) -> int:
        return sum(circuit.open_until is not None for circuit in self._circuits.values())

    def __len__(self) -> int:
        return len(self._circuits)

    def _circuit(self, version: ContentHash) -> _Circuit:
        circuit = self._circuits.get(version)
        if circuit is None:
            seconds = self.policy.window_seconds
            circuit = self._circuits[version] = _Circuit(Window(seconds), Window(seconds))
            if len(self._circuits) > self.policy.versions:
                self._circuits.popitem(last=False)
        self._circuits.move_to_end(version)
        return circuit

    def _require_closed(self, circuit: _Circuit, now: float) -> None:
        if circuit.open_until is None:
            return
        left = circuit.open_until - now
        if left > 0 or circuit.is_probed:
            raise CircuitOpen(
                "The platform failed again and again to run this version, so it is not tried for a moment; "
                "the fault is ours. The extension was not run. Try again later.",
                retry_after_seconds=max(1, math.ceil(left)),
            )

    def _judge(self, circuit: _Circuit, *, has_failed: bool, is_probe: bool) -> None:
        now, policy = self.monotonic(), self.policy
        if is_probe:
            if has_failed:
                self._open(circuit, min(circuit.open_seconds * 2, policy.longest_open_seconds), now)
            else:
                circuit.open_until = None
                circuit.calls, circuit.failures = Window(policy.window_seconds), Window(policy.window_seconds)
            return
        if circuit.open_until is not None:
            # Begun before it opened; the probe decides, not the past.
            return
        circuit.calls.add(now)
        if not has_failed:
            return
        circuit.failures.add(now)
        calls = circuit.calls.total(now)
        if calls >= policy.calls and circuit.failures.total(now) >= calls * policy.share:
            self._open(circuit, policy.open_seconds, now)

    def _open(self, circuit: _Circuit, seconds: float, now: float) -> None:
        circuit.open_seconds, circuit.open_until = seconds, now + seconds
