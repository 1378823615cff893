"""What the gateway needs from outside: its ports."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from annex_gateway.domain.api_keys import ApiKey, KeyListing, Principal
from annex_gateway.domain.control_changes import ControlChange, WantedChange
from annex_gateway.domain.debug import DebugSession, EndReason, StreamEntry, Watched
from annex_gateway.domain.identity_changes import IdentityChange
from annex_gateway.domain.installs import Install, InstallHint, InstallListing
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.rate_limits import Bucket, CountedBy, Filling, RateVerdict, Unspent, Want
from annex_gateway.domain.tenants import Tenant, TenantSlug
from annex_gateway.domain.versions import Version
from annex_shared.contracts.debug_lines import DebugLines
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse, ExecuteUsage
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, PrincipalId, TenantId
from annex_shared.service_tokens import Caller


class ApiKeys(Protocol):
    """What authentication reads and notes. Raises AuthenticationUnavailable."""

    async def find_key(self, key_id: str) -> ApiKey | None: ...

    async def note_use(self, key_id: str, *, at: datetime) -> None: ...


class Directory(Protocol):
    """Tenants, principals and keys."""

    async def add_tenant(self, tenant: Tenant) -> None:
        """Add a tenant. Raises TenantAlreadyExists."""
        ...

    async def find_tenant(self, tenant_id: TenantId) -> Tenant | None: ...

    async def find_tenant_by_slug(self, slug: TenantSlug) -> Tenant | None: ...

    async def tenants(self, *, after: str, limit: int) -> list[Tenant]:
        """Return tenants in order of slug, beginning behind ``after``."""
        ...

    async def add_principal(self, principal: Principal) -> Principal:
        """Return the principal of this tenant and name, the existing one if there is one."""
        ...

    async def find_principal(self, principal_id: PrincipalId) -> Principal | None: ...

    async def add_key(self, key: ApiKey) -> None: ...

    async def keys(self, tenant_id: TenantId, *, after: str, limit: int) -> list[KeyListing]:
        """Return a tenant's keys in order of id, revoked ones too."""
        ...

    async def revoke_key(self, key_id: str, *, at: datetime) -> bool:
        """Revoke a key once; the first moment stays. Say whether there is such a key."""
        ...

    async def valid_key_ids(self, principal_id: PrincipalId, *, at: datetime) -> list[str]: ...

    async def note(self, entry: IdentityChange) -> None:
        """Record a change together with it."""
        ...


class DirectoryWork(Protocol):
    """Opens the directory."""

    def reading(self) -> AbstractAsyncContextManager[Directory]: ...

    def alone(self) -> AbstractAsyncContextManager[Directory]:
        """Hand out the directory to one change at a time; it is done whole or not at all."""
        ...


class RateLimiter(Protocol):
    async def take(self, buckets: Sequence[Bucket]) -> RateVerdict:
        """Draw one call from every bucket, or from none. Raises RateLimitUnavailable."""
        ...


class CallBuckets(Protocol):
    """Keeps buckets. Every call raises RateLimitUnavailable."""

    async def draw(self, wants: Sequence[Want]) -> list[Filling]:
        """Draw at least one call from every bucket, or from none; the answers are in the order asked."""
        ...

    async def give_back(self, unspent: Sequence[Unspent]) -> None:
        """Put calls back that were drawn and not made, where they are worth something still."""
        ...

    async def ping(self) -> None: ...


class RateMetrics(Protocol):
    """Counts who counted calls."""

    def counted(self, by: CountedBy) -> None: ...

    def alone(self, *, is_alone: bool) -> None: ...


class PolicyMetrics(Protocol):
    """Counts what becomes of runs."""

    def refused(self, policy: Policy, error: AnnexError) -> None: ...


class RunMetrics(Protocol):
    """Counts what the runner is asked."""

    def attempted(self, *, made: int, outcome: str, seconds: float) -> None:
        """Count the ``made``-th attempt of a run; ``outcome`` is ``ANSWERED`` or a problem code."""
        ...

    def replayed(self) -> None: ...

    def unsettled(self) -> None:
        """Count a run whose end could not be noted under its idempotency key."""
        ...


class RegistryState(Protocol):
    """What the registry says is true. Every call raises RegistryUnavailable."""

    async def install(self, install_id: InstallId) -> Install | None: ...

    async def installs(self, *, unless_as_of: int | None) -> InstallListing | None:
        """Return all installs, or nothing when the registry's state is still ``unless_as_of``."""
        ...

    async def installs_of(self, tenant_id: TenantId) -> list[InstallHint]: ...

    async def versions(self, *, after: int, limit: int) -> list[Version]: ...

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]: ...


@dataclass(frozen=True, slots=True)
class RunnerRefusal:
    """The runner explained itself why the guest did not answer; passed on as it is."""

    document: ProblemDocument
    retry_after_seconds: int | None
    usage: ExecuteUsage | None = None


class Runner(Protocol):
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
        """Run one execution. Raises RunnerUnavailable, DeadlineExceeded, ResponseTooLarge."""
        ...


class PassedAnswer(Protocol):
    """The registry's answer to a forwarded request, open for reading."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Forwarding:
    """A request to pass on. ``target`` is a canonical path with its raw query.

    ``caller`` is None for a public address: then the gateway asks in its own name.
    """

    method: str
    target: str
    caller: Caller | None
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes]
    request_id: str
    timeout_seconds: float


class RegistryDoor(Protocol):
    def open(self, forwarding: Forwarding) -> AbstractAsyncContextManager[PassedAnswer]:
        """Send and hand out the open answer. Raises RegistryUnavailable."""
        ...


class DebugStreamAway(Exception):
    """Redis cannot be read right now."""


class DebugStream(Protocol):
    """The debug streams in Redis. Every call raises DebugStreamAway."""

    async def tail(self, watched: Watched, *, count: int) -> list[StreamEntry]:
        """Return the last lines that are wanted, oldest first, and at the end the stream's last entry."""
        ...

    async def after(self, watched: Watched, entry: str, *, wait_seconds: float) -> list[StreamEntry]:
        """Return what stands behind an entry, waiting for it if need be; 0 does not wait."""
        ...

    async def first(self, watched: Watched) -> str | None:
        """Name the oldest entry that is kept."""
        ...


class DebugRing(Protocol):
    """What a runner-proxy still has in memory. Raises RunnerUnavailable."""

    async def debug_lines(self, watched: Watched, *, after: int | None, limit: int) -> DebugLines: ...


class DebugAudit(Protocol):
    """Remembers who watched what. Raises AuditUnavailable."""

    async def began(self, session: DebugSession) -> None: ...

    async def ended(self, session: DebugSession, *, at: datetime, reason: EndReason, lines: int) -> None: ...


class ControlsStore(Protocol):
    """The history of controls. Every call raises ControlsUnavailable."""

    async def record(self, wanted: WantedChange) -> ControlChange:
        """Add a change, or return the newest one if it said the same. Raises ControlsChangedMeanwhile."""
        ...

    async def latest(self, targets: Sequence[str]) -> dict[str, ControlChange]:
        """Return the newest change of each target that has one."""
        ...

    async def latest_below(self, prefix: str) -> list[ControlChange]:
        """Return the newest change of each target below a prefix."""
        ...

    async def history(self, target: str, *, before: int | None, limit: int) -> list[ControlChange]:
        """Return the changes of a target, or with a slash at its end of all below it, newest first."""
        ...


class ControlsReader(Protocol):
    """One open line to the history of controls. Every call raises ControlsUnavailable."""

    async def everything(self) -> list[ControlChange]:
        """Return the newest change of every target, in order of revision."""
        ...

    async def after(self, revision: int, *, limit: int) -> list[ControlChange]:
        """Return what was recorded behind a revision, in order."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return once something is said to have changed, or after the time."""
        ...


class ControlsFeed(Protocol):
    def opened(self) -> AbstractAsyncContextManager[ControlsReader]:
        """Open a line. Raises ControlsUnavailable."""
        ...
