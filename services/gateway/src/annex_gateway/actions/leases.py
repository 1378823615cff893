"""Calls drawn ahead from the shared buckets, so that most calls on a busy bucket need no round trip.

What is spent here was paid for there before, so all gateways together never let more through than bursts and
rates allow, plus what they held in leases at the moment one begins to count.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.ports import CallBuckets
from annex_gateway.domain.rate_limits import (
    Bucket,
    CountedBy,
    Filling,
    RateVerdict,
    Unspent,
    Want,
)

LEASE_SECONDS = 0.05
# A lease that nobody used for this long, or that was not used up in that time, goes back.
IDLE_SECONDS = 0.25
LONGEST_SECONDS = 1.0
_LEAST_WORTH_LEASING = 2
# A lease of this size is filled up before it is empty.
_LEAST_TOPPED_UP = 8
# A lease that lasts longer than 50 ms and no longer than this is of the right size.
_LASTS_LONG_SECONDS = 4 * LEASE_SECONDS
_MOST_LEASES = 20_000
_MOST_GIVEN_BACK_AT_ONCE = 128
# How long a refusal is remembered at most, so that a shared bucket that was emptied by mistake heals.
_LONGEST_REFUSAL_SECONDS = 1.0


@dataclass(slots=True)
class _Lease:
    """What this process knows and holds of one bucket."""

    bucket: Bucket
    most: int
    filling: Filling
    learnt_at: float
    drawn_at: float
    used_at: float
    size: int = 1
    calls: int = 0
    refused_until: float = 0.0
    is_drawing: bool = False

    def left(self, now: float) -> int:
        """Guess what the shared bucket has left: others draw from it, and time fills it."""
        limit = self.bucket.limit
        refilled = int((now - self.learnt_at) * limit.per_second)
        return min(limit.burst, self.filling.left + refilled + self.calls)

    @property
    def is_low(self) -> bool:
        return self.size >= _LEAST_TOPPED_UP and self.calls <= self.size // 4

    def learn(self, want: Want, filling: Filling, now: float) -> None:
        self.filling, self.learnt_at, self.used_at = filling, now, now
        self.calls += max(0, filling.granted - want.least)
        wait_seconds = min(filling.wait_us / 1_000_000, _LONGEST_REFUSAL_SECONDS)
        if want.least:
            self.refused_until = now + wait_seconds


class Leases:
    """Spends what it holds and draws what it lacks. Only fast buckets are leased, and only when busy."""

    def __init__(self, shared: CallBuckets, monotonic: Monotonic, *, most: int = _MOST_LEASES) -> None:
        self._shared = shared
        self._monotonic = monotonic
        self._most = most
        self._leases: dict[str, _Lease] = {}

    @property
    def held(self) -> int:
        """How many calls were drawn and not made yet."""
        return sum(lease.calls for lease in self._leases.values())

    def spend(self, buckets: Sequence[Bucket], *, tops_up: bool = True) -> RateVerdict | None:
        """Judge a call by what is held and remembered here; None where the shared buckets must be asked.

        With ``tops_up`` they are asked by the call that finds little left, so that those behind it need not.
        """
        now = self._monotonic()
        found = []
        is_covered = True
        for bucket in buckets:
            lease = self._lease_of(bucket)
            if lease is None:
                is_covered = False
            elif lease.refused_until > now:
                return self._refused(lease, now)
            elif lease.calls == 0 or (tops_up and lease.is_low and not lease.is_drawing):
                is_covered = False
            else:
                found.append(lease)
        if not is_covered:
            return None
        for lease in found:
            lease.calls -= 1
            lease.used_at = now
        return self._allowed(found, now)

    async def draw(self, buckets: Sequence[Bucket]) -> RateVerdict:
        """Draw one call from every bucket, or from none, in one round trip; what is held is not asked for.

        Raises RateLimitUnavailable.
        """
        now = self._monotonic()
        reserved: list[_Lease] = []
        drawing: list[_Lease] = []
        wants: list[Want] = []
        for bucket in buckets:
            lease = self._lease_of(bucket)
            if lease is not None and lease.calls > 0:
                lease.calls -= 1
                lease.used_at = now
                reserved.append(lease)
                if not lease.is_drawing and lease.calls <= lease.size // 2:
                    # As they are asked anyway: what is busy together then runs out together.
                    drawing.append(lease)
                    wants.append(Want(bucket, _begin_drawing(lease, now), least=0))
            elif lease is None or lease.is_drawing:
                wants.append(Want(bucket))
            else:
                drawing.append(lease)
                wants.append(Want(bucket, _begin_drawing(lease, now)))
        is_allowed = False
        try:
            fillings = await self._shared.draw(wants)
            is_held = len(reserved) == len(buckets)
            verdict = self._allowed(reserved, now) if is_held else RateVerdict.of(wants, fillings)
            is_allowed = verdict.is_allowed
        finally:
            for lease in drawing:
                lease.is_drawing = False
            if not is_allowed:
                for lease in reserved:
                    lease.calls += 1
        self._note(wants, fillings)
        return verdict

    def idle(self) -> list[Unspent]:
        """Forget leases nobody needs any more, some at a time, and return what to give back of them."""
        now = self._monotonic()
        done = [(key, lease.calls) for key, lease in self._leases.items() if _is_done(lease, now)]
        with_calls = [key for key, calls in done if calls]
        self._forget(key for key, calls in done if not calls)
        return self._forget(with_calls[:_MOST_GIVEN_BACK_AT_ONCE])

    def all(self) -> list[Unspent]:
        """Forget every lease, at the end of the process."""
        return self._forget(list(self._leases))

    def _forget(self, keys: Iterable[str]) -> list[Unspent]:
        unspent = []
        for key in keys:
            lease = self._leases.pop(key)
            if lease.calls:
                unspent.append(Unspent(lease.bucket, lease.calls, lease.filling.full_at_us))
                lease.calls = 0
        return unspent

    def _lease_of(self, bucket: Bucket) -> _Lease | None:
        """Find what is known of a bucket, unless it was learnt under another limit."""
        lease = self._leases.get(bucket.key)
        if lease is None or lease.bucket is bucket or lease.bucket.limit == bucket.limit:
            return lease
        return None

    def _note(self, wants: Sequence[Want], fillings: Sequence[Filling]) -> None:
        now = self._monotonic()
        for want, filling in zip(wants, fillings, strict=True):
            lease = self._lease_of(want.bucket)
            if lease is not None:
                lease.learn(want, filling, now)
            else:
                self._open(want.bucket, filling, now)

    def _open(self, bucket: Bucket, filling: Filling, now: float) -> None:
        """Begin to remember a bucket that is worth leasing, or that refuses.

        Where one is leased under another limit, which changed just now or differs between extensions, that
        lease ends by itself; until then calls under this limit go to the shared bucket one by one.
        """
        ahead = bucket.limit.per_second * LEASE_SECONDS
        if bucket.key in self._leases or len(self._leases) >= self._most:
            return
        is_fast = ahead >= _LEAST_WORTH_LEASING
        if is_fast or filling.wait_us:
            most = math.ceil(ahead) if is_fast else 1
            lease = _Lease(bucket, most, filling, learnt_at=now, drawn_at=now, used_at=now)
            lease.learn(Want(bucket), filling, now)
            self._leases[bucket.key] = lease

    def _allowed(self, spent: Sequence[_Lease], now: float) -> RateVerdict:
        scarcest, least = spent[0], spent[0].left(now)
        for lease in spent[1:]:
            left = lease.left(now)
            if left < least:
                scarcest, least = lease, left
        limit = scarcest.bucket.limit
        reset_us = (limit.burst - least) * limit.emission_us
        return RateVerdict(
            is_allowed=True,
            bucket=scarcest.bucket,
            remaining=least,
            retry_after_us=0,
            reset_us=reset_us,
            counted_by=CountedBy.LEASE,
        )

    def _refused(self, lease: _Lease, now: float) -> RateVerdict:
        lease.used_at = now
        since_us = int((now - lease.learnt_at) * 1_000_000)
        return RateVerdict(
            is_allowed=False,
            bucket=lease.bucket,
            remaining=0,
            retry_after_us=max(1, lease.filling.wait_us - since_us),
            reset_us=max(1, lease.filling.reset_us - since_us),
            counted_by=CountedBy.LEASE,
        )


def _begin_drawing(lease: _Lease, now: float) -> int:
    """Fill a lease up to twice its last size where that was used up quickly, at most to 50 ms of the rate.

    One draw at a time takes ahead; calls that come meanwhile take what they need.
    """
    lasted_seconds = now - lease.drawn_at
    if lease.calls > lease.size // 4:
        pass
    elif lasted_seconds <= LEASE_SECONDS:
        lease.size = min(lease.size * 2, lease.most)
    elif lasted_seconds > _LASTS_LONG_SECONDS:
        lease.size = max(1, lease.size // 2)
    lease.drawn_at, lease.is_drawing = now, True
    return lease.size - lease.calls


def _is_done(lease: _Lease, now: float) -> bool:
    is_idle = now - lease.used_at >= IDLE_SECONDS
    return is_idle or (lease.calls > 0 and now - lease.drawn_at >= LONGEST_SECONDS)
