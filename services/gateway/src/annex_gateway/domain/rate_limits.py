"""Rate limits: which buckets a call draws from, and how a verdict reads in headers."""

import base64
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from annex_shared.ids import ExtensionId, InstallId, TenantId

DEGRADED_HEADER = "x-quota-degraded"
_MICROSECONDS = 1_000_000
# Less would vanish in the whole seconds of Retry-After.
_LEAST_SPREAD_US = 2 * _MICROSECONDS
_PARTITION_BYTES = 6
# Callers times installs whose buckets are kept as they were last written down.
_KNOWN_DRAWERS = 20_000


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

    def part_of(self, replicas: int) -> "RateLimit":
        """Return what one of so many may let through when they cannot count together."""
        return RateLimit(self.per_second / replicas, max(1, self.burst // replicas))


@dataclass(frozen=True, slots=True)
class Rates:
    """Steady rates and bursts of each dimension of a call."""

    tenant: RateLimit
    install: RateLimit
    extension: RateLimit
    user: RateLimit


@dataclass(frozen=True, slots=True)
class Bucket:
    """One counter: ``policy`` is its public name, ``key`` where it is kept.

    ``partition`` tells two buckets of one policy apart, without saying whose they are.
    """

    policy: str
    key: str
    limit: RateLimit
    partition: str = ""

    def part_of(self, replicas: int) -> "Bucket":
        return replace(self, limit=self.limit.part_of(replicas))


@dataclass(frozen=True, slots=True)
class Want:
    """What a draw asks of one bucket: ``least``, and up to ``calls`` if that leaves enough for others.

    With ``least`` 0 the bucket is only asked along with others: that it has nothing refuses no call.
    """

    bucket: Bucket
    calls: int = 1
    least: int = 1


@dataclass(frozen=True, slots=True)
class Filling:
    """One bucket after a draw. ``full_at_us`` is on the clock of whoever keeps the buckets."""

    granted: int
    left: int
    wait_us: int
    reset_us: int
    full_at_us: int


@dataclass(frozen=True, slots=True)
class Unspent:
    """Calls drawn from a bucket and not made. Worth nothing once the bucket would be full without them."""

    bucket: Bucket
    calls: int
    full_at_us: int


class CountedBy(StrEnum):
    """Who counted a call: the buckets that all gateways share, a lease from them, or this process alone."""

    SHARED = "shared"
    LEASE = "lease"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class RateVerdict:
    """The outcome for the scarcest bucket of a call."""

    is_allowed: bool
    bucket: Bucket
    remaining: int
    retry_after_us: int
    reset_us: int
    counted_by: CountedBy = CountedBy.SHARED

    @classmethod
    def of(
        cls, wants: Sequence[Want], fillings: Sequence[Filling], counted_by: CountedBy = CountedBy.SHARED
    ) -> "RateVerdict":
        """Judge a draw by the bucket one has to wait for longest, or else by the one with the least left."""
        needed = [index for index, want in enumerate(wants) if want.least]
        scarcest = min(needed, key=lambda index: (-fillings[index].wait_us, fillings[index].left))
        filling = fillings[scarcest]
        return cls(
            filling.wait_us == 0,
            wants[scarcest].bucket,
            filling.left,
            filling.wait_us,
            filling.reset_us,
            counted_by,
        )

    def retried_later(self, chance: float) -> "RateVerdict":
        """Spread those who are refused together: up to a tenth, or two seconds, is added to the wait."""
        spread = max(_LEAST_SPREAD_US, self.retry_after_us // 10)
        return replace(self, retry_after_us=self.retry_after_us + int(chance * spread))

    @property
    def retry_after_seconds(self) -> int:
        return max(1, math.ceil(self.retry_after_us / _MICROSECONDS))

    def headers(self) -> list[tuple[str, str]]:
        """Write draft-ietf-httpapi-ratelimit-headers-11 fields; say where this process counted alone."""
        bucket, limit = self.bucket, self.bucket.limit
        partition = f";pk=:{bucket.partition}:" if bucket.partition else ""
        reset = math.ceil(self.reset_us / _MICROSECONDS)
        fields = [
            ("ratelimit-policy", f'"{bucket.policy}";q={limit.burst};w={limit.window_seconds}{partition}'),
            ("ratelimit", f'"{bucket.policy}";r={self.remaining};t={reset}{partition}'),
        ]
        if self.counted_by is CountedBy.ALONE:
            fields.append((DEGRADED_HEADER, "1"))
        return fields


@lru_cache(maxsize=_KNOWN_DRAWERS)
def buckets_of(
    tenant_id: TenantId,
    install_id: InstallId,
    extension_id: ExtensionId,
    principal: str | None,
    rates: Rates,
) -> tuple[Bucket, ...]:
    """List what a run draws from; without a principal nobody asked for it, and it counts for no user.

    All lie within the tenant, so none uses up what is another's. The braces keep a tenant's keys in one
    slot of a Redis cluster.
    """
    buckets = [
        _bucket("tenant", f"annex:rate:{{{tenant_id}}}:all", rates.tenant),
        _bucket("install", f"annex:rate:{{{tenant_id}}}:install:{install_id}", rates.install),
        _bucket("extension", f"annex:rate:{{{tenant_id}}}:extension:{extension_id}", rates.extension),
    ]
    if principal is not None:
        buckets.append(_bucket("user", f"annex:rate:{{{tenant_id}}}:user:{principal}", rates.user))
    return tuple(buckets)


def _bucket(policy: str, key: str, limit: RateLimit) -> Bucket:
    digest = hashlib.sha256(key.encode()).digest()[:_PARTITION_BYTES]
    return Bucket(policy, key, limit, base64.b64encode(digest).decode())
