"""Rate limits: which buckets a call draws from, and how a verdict reads in headers."""

import math
from dataclasses import dataclass

from annex_shared.ids import ExtensionId, TenantId

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A steady rate and how far a caller may run ahead of it."""

    per_second: float
    burst: int

    @property
    def emission_us(self) -> int:
        """The time one call takes from the bucket."""
        return max(1, round(_MICROSECONDS / self.per_second))

    @property
    def window_seconds(self) -> int:
        """The time in which an empty bucket fills up."""
        return max(1, math.ceil(self.burst / self.per_second))


@dataclass(frozen=True, slots=True)
class Rates:
    """Steady rates and bursts of each dimension of a call."""

    tenant: RateLimit
    install: RateLimit
    extension: RateLimit
    user: RateLimit


@dataclass(frozen=True, slots=True)
class Bucket:
    """One counter: ``policy`` is its public name, ``key`` where it is kept."""

    policy: str
    key: str
    limit: RateLimit


@dataclass(frozen=True, slots=True)
class RateVerdict:
    """The outcome for the scarcest bucket of a call."""

    is_allowed: bool
    bucket: Bucket
    remaining: int
    retry_after_us: int
    reset_us: int

    @property
    def retry_after_seconds(self) -> int:
        return max(1, math.ceil(self.retry_after_us / _MICROSECONDS))

    def headers(self) -> list[tuple[str, str]]:
        """Write draft-ietf-httpapi-ratelimit-headers fields."""
        policy, limit = self.bucket.policy, self.bucket.limit
        reset = math.ceil(self.reset_us / _MICROSECONDS)
        return [
            ("ratelimit-policy", f'"{policy}";q={limit.burst};w={limit.window_seconds}'),
            ("ratelimit", f'"{policy}";r={self.remaining};t={reset}'),
        ]


def buckets_of(tenant_id: TenantId, extension_id: ExtensionId, rates: Rates) -> tuple[Bucket, ...]:
    """List what a call draws from. The braces keep a tenant's keys in one slot of a Redis cluster."""
    tenant = f"annex:rate:{{{tenant_id}}}"
    return (
        Bucket("tenant", f"{tenant}:all", rates.tenant),
        Bucket("extension", f"{tenant}:{extension_id}", rates.extension),
    )
