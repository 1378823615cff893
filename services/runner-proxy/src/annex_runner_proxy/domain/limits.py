"""How much one call may use: the platform's figures, an operator's for one install, narrowed by a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

_MEBIBYTE = 1 << 20

# The most an operator may give an install; a setting above one of these is the ceiling itself. Answers
# cannot be larger: the engine does not carry more out of a guest in one piece.
_CEILINGS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "table_elements": 10_000_000,
        "response_bytes": 2 * _MEBIBYTE,
        "log_bytes": 4 * _MEBIBYTE,
        "host_calls": 100_000,
        "subrequests": 500,
        "subrequests_at_once": 32,
        "subrequest_bytes": 64 * _MEBIBYTE,
        "egress_bytes": 256 * _MEBIBYTE,
    }
)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one call may use. ``fuel`` None means that nobody counts instructions."""

    timeout_ms: int
    memory_bytes: int
    response_bytes: int
    log_bytes: int
    host_calls: int
    cpu_ms: int = 5_000
    table_elements: int = 1_000_000
    subrequests: int = 50
    subrequests_at_once: int = 6
    subrequest_bytes: int = 10 * _MEBIBYTE
    egress_bytes: int = 20 * _MEBIBYTE
    fuel: int | None = None


LIMIT_NAMES: Final = tuple(limit.name for limit in fields(CallLimits))


@dataclass(frozen=True, slots=True)
class AskedLimits:
    """What a request names; it narrows and never widens."""

    timeout_ms: int | None = None
    cpu_ms: int | None = None
    memory_mb: int | None = None
    fuel: int | None = None

    def value(self, name: str) -> int | None:
        match name:
            case "timeout_ms":
                return self.timeout_ms
            case "cpu_ms":
                return self.cpu_ms
            case "memory_bytes":
                return None if self.memory_mb is None else self.memory_mb * _MEBIBYTE
            case "fuel":
                return self.fuel
        return None


@dataclass(frozen=True, slots=True)
class Reuse:
    """How long one instance may serve one install; it is dropped after any fault all the same."""

    max_requests: int
    max_idle_seconds: float


@dataclass(frozen=True, slots=True)
class LimitOverride:
    """An operator's word about an install: each named limit is its default and its ceiling."""

    limits: Mapping[str, int] = field(default_factory=dict)
    reuse: Reuse | None = None

    def over(self, wider: "LimitOverride") -> "LimitOverride":
        """Lay this one over one that speaks of more installs."""
        return LimitOverride({**wider.limits, **self.limits}, self.reuse or wider.reuse)


NO_OVERRIDE: Final = LimitOverride()


@dataclass(frozen=True, slots=True)
class PlatformLimits:
    """Defaults and ceilings of a deployment. An absent timeout is the default, never "now"."""

    default_timeout_ms: int = 5_000
    max_timeout_ms: int = 30_000
    default_cpu_ms: int = 5_000
    max_cpu_ms: int = 10_000
    default_memory_mb: int = 256
    max_memory_mb: int = 512
    max_fuel: int = 100_000_000_000
    table_elements: int = 1_000_000
    response_bytes: int = 2 * _MEBIBYTE
    log_bytes: int = 256 * 1024
    host_calls: int = 5_000
    subrequests: int = 50
    subrequests_at_once: int = 6
    subrequest_bytes: int = 10 * _MEBIBYTE
    egress_bytes: int = 20 * _MEBIBYTE
    # Judged before a call begins; no call and no operator's word about an install changes it.
    request_bytes: int = 4 * _MEBIBYTE

    def narrowed(
        self,
        *,
        timeout_ms: int | None = None,
        memory_mb: int | None = None,
        cpu_ms: int | None = None,
        fuel: int | None = None,
        override: LimitOverride = NO_OVERRIDE,
    ) -> CallLimits:
        """Give the limits of one call: what it asks for, within what its install or the platform allows."""
        asked = AskedLimits(timeout_ms=timeout_ms, cpu_ms=cpu_ms, memory_mb=memory_mb, fuel=fuel)
        values: dict[str, Any] = {
            name: self._value(name, asked.value(name), override.limits.get(name)) for name in LIMIT_NAMES
        }
        return CallLimits(**values)

    def defaults(self) -> CallLimits:
        """Give what a call may use that names nothing, of an install nobody spoke of."""
        return CallLimits(
            timeout_ms=self.default_timeout_ms,
            cpu_ms=self.default_cpu_ms,
            memory_bytes=self.default_memory_mb * _MEBIBYTE,
            table_elements=self.table_elements,
            response_bytes=self.response_bytes,
            log_bytes=self.log_bytes,
            host_calls=self.host_calls,
            subrequests=self.subrequests,
            subrequests_at_once=self.subrequests_at_once,
            subrequest_bytes=self.subrequest_bytes,
            egress_bytes=self.egress_bytes,
        )

    def ceiling(self, name: str) -> int:
        """Say the most of a limit that a request or an operator may name for one install."""
        match name:
            case "timeout_ms":
                return self.max_timeout_ms
            case "cpu_ms":
                return self.max_cpu_ms
            case "memory_bytes":
                return self.max_memory_mb * _MEBIBYTE
            case "fuel":
                return self.max_fuel
        default = getattr(self.defaults(), name)
        return max(int(default), _CEILINGS[name])

    def _value(self, name: str, asked: int | None, overridden: int | None) -> int | None:
        default: int | None = getattr(self.defaults(), name) if overridden is None else overridden
        chosen = default if asked is None else asked
        if chosen is None:
            return None
        ceiling = self.ceiling(name)
        return min(chosen, ceiling if overridden is None else min(overridden, ceiling))
