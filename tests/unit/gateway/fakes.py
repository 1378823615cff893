"""The gateway's ports without technology."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from annex_gateway.domain.api_keys import ApiKey, KeyListing, Principal
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.errors import (
    IdempotencyUnavailable,
    RateLimitUnavailable,
    RegistryUnavailable,
    TenantAlreadyExists,
)
from annex_gateway.domain.idempotency import Claim, KeptAnswer, Promise, Record
from annex_gateway.domain.identity_changes import IdentityChange
from annex_gateway.domain.installs import Install, InstallHint, InstallListing
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import CallBuckets, RunnerRefusal
from annex_gateway.domain.rate_limits import Bucket, CountedBy, Filling, RateVerdict, Unspent, Want
from annex_gateway.domain.tenants import Tenant, TenantSlug
from annex_gateway.domain.versions import Version
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.errors import AnnexError, code_of
from annex_shared.ids import InstallId, PrincipalId, TenantId
from annex_shared.service_tokens import Caller
from support.version_statuses import page_of
from unit.gateway.builders import NOW


@dataclass
class StoppedClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class StoppedMonotonic:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class MemoryKeys:
    stored: dict[str, ApiKey] = field(default_factory=dict)
    lookups: int = 0
    uses: list[str] = field(default_factory=list)

    def add(self, key: ApiKey) -> None:
        self.stored[key.key_id] = key

    async def find_key(self, key_id: str) -> ApiKey | None:
        self.lookups += 1
        return self.stored.get(key_id)

    async def note_use(self, key_id: str, *, at: datetime) -> None:
        self.uses.append(key_id)
        self.stored[key_id] = replace(self.stored[key_id], last_used=at)


@dataclass
class MemoryRegistry:
    """A registry whose truth is two lists; it counts what it is asked and can go away."""

    held: dict[InstallId, Install] = field(default_factory=dict)
    published: list[Version] = field(default_factory=list)
    said: list[VersionStatusRecord] = field(default_factory=list)
    serial: int = 0
    is_away: bool = False
    asked: list[str] = field(default_factory=list)

    def put(self, install: Install) -> None:
        self.serial += 1
        self.held[install.install_id] = install

    def drop(self, install_id: InstallId) -> None:
        self.serial += 1
        del self.held[install_id]

    def _note(self, question: str) -> None:
        self.asked.append(question)
        if self.is_away:
            raise RegistryUnavailable("The registry is away.")

    async def install(self, install_id: InstallId) -> Install | None:
        self._note("install")
        return self.held.get(install_id)

    async def installs(self, *, unless_as_of: int | None) -> InstallListing | None:
        self._note("installs")
        if unless_as_of == self.serial:
            return None
        return InstallListing(tuple(self.held.values()), self.serial)

    async def installs_of(self, tenant_id: TenantId) -> list[InstallHint]:
        self._note("installs_of")
        return [
            InstallHint(install.install_id, install.revision)
            for install in self.held.values()
            if install.tenant_id == tenant_id
        ]

    async def versions(self, *, after: int, limit: int) -> list[Version]:
        self._note("versions")
        return [version for version in self.published if version.serial > after][:limit]

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]:
        self._note("version_statuses")
        return page_of(self.said, after=after, limit=limit).items


@dataclass
class CountedRefusals:
    """Remembers which policy refused what."""

    refusals: list[tuple[Policy, str]] = field(default_factory=list)

    def refused(self, policy: Policy, error: AnnexError) -> None:
        self.refusals.append((policy, code_of(type(error))))


@dataclass
class _HeldKey:
    attempt: UUID
    fingerprint: bytes
    locked_until: float
    expires_at: float
    state: Literal["running", "done", "unknown"] = "running"
    answer: KeptAnswer | None = None

    def is_over(self, now: float) -> bool:
        return self.expires_at <= now and self.locked_until <= now

    def is_free_for(self, claim: Claim, now: float) -> bool:
        is_abandoned = self.state != "done" and self.locked_until <= now
        is_taken_over = claim.promise is Promise.UNTIL_SUCCESS and self.fingerprint == claim.fingerprint
        return self.is_over(now) or (is_abandoned and is_taken_over)


@dataclass
class CountedAttempts:
    """Remembers what the runner was asked."""

    attempts: list[tuple[int, str]] = field(default_factory=list)
    replays: int = 0
    unsettled_runs: int = 0

    def attempted(self, *, made: int, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.attempts.append((made, outcome))

    def replayed(self) -> None:
        self.replays += 1

    def unsettled(self) -> None:
        self.unsettled_runs += 1


@dataclass
class MemoryIdempotencyRecords:
    """Keys in memory; ``clock`` stands for the database's. It can go away."""

    clock: Monotonic = field(default_factory=StoppedMonotonic)
    keep_seconds: float = 86_400
    is_away: bool = False
    _held: dict[tuple[TenantId, InstallId, bytes], _HeldKey] = field(default_factory=dict)

    async def claim(self, claim: Claim, *, attempt: UUID) -> Record:
        now = self._asked()
        held = self._held.get(_key_of(claim))
        if held is None or held.is_free_for(claim, now):
            self._held[_key_of(claim)] = _HeldKey(
                attempt, claim.fingerprint, now + claim.lock_seconds, now + self.keep_seconds
            )
            return Record(attempt, claim.fingerprint, "running", claim.lock_seconds)
        return Record(held.attempt, held.fingerprint, held.state, held.locked_until - now, held.answer)

    async def keep(self, claim: Claim, answer: KeptAnswer, *, attempt: UUID) -> None:
        now = self._asked()
        held = self._own(claim, attempt)
        if held is not None:
            held.state, held.answer, held.expires_at = "done", answer, now + self.keep_seconds

    async def forget(self, claim: Claim, *, attempt: UUID) -> None:
        self._asked()
        if self._own(claim, attempt) is not None:
            del self._held[_key_of(claim)]

    async def lose(self, claim: Claim, *, attempt: UUID) -> None:
        self._asked()
        held = self._own(claim, attempt)
        if held is not None:
            held.state = "unknown"

    async def sweep(self, *, limit: int) -> int:
        now = self._asked()
        over = [key for key, held in self._held.items() if held.is_over(now)][:limit]
        for key in over:
            del self._held[key]
        return len(over)

    def _asked(self) -> float:
        if self.is_away:
            raise IdempotencyUnavailable("The database is away.", retry_after_seconds=1)
        return self.clock()

    def _own(self, claim: Claim, attempt: UUID) -> _HeldKey | None:
        held = self._held.get(_key_of(claim))
        return held if held is not None and (held.attempt, held.state) == (attempt, "running") else None


def _key_of(claim: Claim) -> tuple[TenantId, InstallId, bytes]:
    return claim.tenant_id, claim.install_id, claim.key_hash


@dataclass
class CountingLimiter:
    """Allows so many calls and no more."""

    left: int = 1_000_000
    drawn: list[Sequence[Bucket]] = field(default_factory=list)

    async def take(self, buckets: Sequence[Bucket]) -> RateVerdict:
        self.drawn.append(buckets)
        if self.left == 0:
            return RateVerdict(
                is_allowed=False, bucket=buckets[0], remaining=0, retry_after_us=2_500_000, reset_us=9_000_000
            )
        self.left -= 1
        return RateVerdict(
            is_allowed=True, bucket=buckets[0], remaining=self.left, retry_after_us=0, reset_us=1_000_000
        )


@dataclass
class EchoRunner:
    """Answers what it was told to, and remembers what it was asked."""

    answer: ExecuteResponse | RunnerRefusal | AnnexError = field(
        default_factory=lambda: ExecuteResponse(status=200)
    )
    # Said before ``answer``, each once.
    first: list[ExecuteResponse | RunnerRefusal | AnnexError] = field(default_factory=list)
    requests: list[ExecuteRequest] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    async def execute(
        self,
        request: ExecuteRequest,
        *,
        caller: Caller,
        headers: Mapping[str, str],
        request_id: str,
        wait_seconds: float,
        max_answer_bytes: int,
    ) -> ExecuteResponse | RunnerRefusal:
        assert caller.principal
        assert request_id
        assert max_answer_bytes > 0
        self.requests.append(request)
        self.headers.append(headers)
        self.waits.append(wait_seconds)
        answer = self.first.pop(0) if self.first else self.answer
        if isinstance(answer, AnnexError):
            raise answer
        return answer


@dataclass
class MemoryDirectory:
    tenants_by_id: dict[TenantId, Tenant] = field(default_factory=dict)
    principals: dict[PrincipalId, Principal] = field(default_factory=dict)
    held_keys: dict[str, ApiKey] = field(default_factory=dict)
    changes: list[IdentityChange] = field(default_factory=list)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["MemoryDirectory"]:
        yield self

    @asynccontextmanager
    async def alone(self) -> AsyncIterator["MemoryDirectory"]:
        yield self

    async def add_tenant(self, tenant: Tenant) -> None:
        if tenant.tenant_id in self.tenants_by_id or await self.find_tenant_by_slug(tenant.slug):
            raise TenantAlreadyExists("taken")
        self.tenants_by_id[tenant.tenant_id] = tenant

    async def find_tenant(self, tenant_id: TenantId) -> Tenant | None:
        return self.tenants_by_id.get(tenant_id)

    async def find_tenant_by_slug(self, slug: TenantSlug) -> Tenant | None:
        return next((tenant for tenant in self.tenants_by_id.values() if tenant.slug == slug), None)

    async def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        ordered = sorted(self.tenants_by_id.values(), key=lambda tenant: tenant.slug.text)
        return [tenant for tenant in ordered if tenant.slug.text > after][:limit]

    async def add_principal(self, principal: Principal) -> Principal:
        for known in self.principals.values():
            if (known.tenant_id, known.name) == (principal.tenant_id, principal.name):
                return known
        self.principals[principal.principal_id] = principal
        return principal

    async def find_principal(self, principal_id: PrincipalId) -> Principal | None:
        return self.principals.get(principal_id)

    async def add_key(self, key: ApiKey) -> None:
        self.held_keys[key.key_id] = key

    async def keys(self, tenant_id: TenantId, *, after: str, limit: int) -> list[KeyListing]:
        ordered = sorted(self.held_keys.values(), key=lambda key: key.key_id)
        return [
            KeyListing(key, self.principals[key.principal_id])
            for key in ordered
            if key.tenant_id == tenant_id and key.key_id > after
        ][:limit]

    async def revoke_key(self, key_id: str, *, at: datetime) -> bool:
        key = self.held_keys.get(key_id)
        if key is None:
            return False
        self.held_keys[key_id] = replace(key, revoked_at=key.revoked_at or at)
        return True

    async def note(self, entry: IdentityChange) -> None:
        self.changes.append(entry)

    async def valid_key_ids(self, principal_id: PrincipalId, *, at: datetime) -> list[str]:
        return [
            key.key_id
            for key in self.held_keys.values()
            if key.principal_id == principal_id
            and key.revoked_at is None
            and (key.expires_at is None or key.expires_at > at)
        ]


@dataclass
class WatchedBuckets:
    """Shared buckets that can go away, and that remember what they were asked."""

    kept: CallBuckets
    is_away: bool = False
    draws: list[list[int]] = field(default_factory=list)
    given_back: int = 0
    pings: int = 0

    async def draw(self, wants: Sequence[Want]) -> list[Filling]:
        self.draws.append([want.calls for want in wants])
        self._require_here()
        return await self.kept.draw(wants)

    async def give_back(self, unspent: Sequence[Unspent]) -> None:
        self._require_here()
        self.given_back += sum(rest.calls for rest in unspent)
        await self.kept.give_back(unspent)

    async def ping(self) -> None:
        self.pings += 1
        self._require_here()

    def _require_here(self) -> None:
        if self.is_away:
            raise RateLimitUnavailable("The buckets are away.")


@dataclass
class CountedCounts:
    """Remembers who counted calls."""

    by: list[CountedBy] = field(default_factory=list)
    is_alone: bool = False

    def counted(self, by: CountedBy) -> None:
        self.by.append(by)

    def alone(self, *, is_alone: bool) -> None:
        self.is_alone = is_alone
