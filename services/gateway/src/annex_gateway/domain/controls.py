"""What administrators set for a tenant and for single extensions of it, as the policies of a run read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from annex_gateway.domain.installs import Install
from annex_gateway.domain.rate_limits import Rates


class QuotaKind(StrEnum):
    """What is counted over days and months; a name is a column of ``extension_quota_usage``."""

    INVOCATIONS = "invocations"
    CPU_MS = "cpu_ms"
    MEMORY_MB_MS = "mem_mb_ms"
    EGRESS_BYTES = "egress_bytes"


class QuotaWindow(StrEnum):
    """Calendar windows in UTC."""

    DAY = "day"
    MONTH = "month"


class QuotaScope(StrEnum):
    """Whose use is counted: all of a tenant, or one extension in that tenant."""

    TENANT = "tenant"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most ``limit`` of a kind within a window; what is not named is not limited."""

    scope: QuotaScope
    kind: QuotaKind
    window: QuotaWindow
    limit: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A kill switch that is on: what it stops (`tenant`, `extension` or `version`), and the reason given."""

    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class Controls:
    """What holds for one run. ``revision`` grows with every change; 0 means that nobody set anything.

    ``limits`` narrows the runner's (`timeout_ms`, `memory_mb`, `cpu_ms`, `fuel`). ``egress_hosts`` is None
    where the tenant has no list of its own, else the host patterns that its extensions may reach.
    """

    rates: Rates
    revision: int = 0
    is_entitled: bool = True
    stop: Stop | None = None
    quotas: tuple[Quota, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    egress_hosts: tuple[str, ...] | None = None


class ControlsSource(Protocol):
    """Knows every tenant's controls."""

    def of(self, install: Install) -> Controls:
        """Return what holds for runs of an install, from memory. Raises ControlsUnavailable."""
        ...
