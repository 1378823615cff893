"""How many may watch lines at once, and how long; every session is recorded before it shows a line."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.debug import DebugSession, EndReason, SessionKind, Watched
from annex_gateway.domain.errors import AuditUnavailable, TooManyDebugSessions
from annex_gateway.domain.ports import DebugAudit
from annex_shared.clock import Clock, NewId
from annex_shared.contracts.debug_lines import LineFilter
from annex_shared.ids import ExtensionId, TenantId

_RETRY_AFTER_SECONDS = 30
_REMEMBERED_POLLERS = 10_000
_LAST_WORD_SECONDS = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long one session lasts, and how many there may be in this process."""

    session_seconds: float = 1_800.0
    at_once: int = 100
    per_tenant: int = 10


@dataclass(slots=True)
class OpenSession:
    """A session under way; ``reason`` is why it ended, once it did."""

    record: DebugSession
    lines: int = 0
    reason: EndReason = "client"
    limit: asyncio.Timeout | None = None

    @property
    def is_over(self) -> bool:
        """Whether the limit was met; a client library may have swallowed the cancellation that said so."""
        return self.limit is not None and self.limit.expired()


@dataclass(slots=True)
class DebugSessions:
    """The sessions of this process."""

    audit: DebugAudit
    policy: SessionPolicy
    clock: Clock
    new_id: NewId
    monotonic: Monotonic
    is_closing: bool = False
    _limits: set[asyncio.Timeout] = field(default_factory=set)
    _tenants: Counter[TenantId] = field(default_factory=Counter)
    _pollers: OrderedDict[tuple[str, ExtensionId, LineFilter], float] = field(default_factory=OrderedDict)

    @asynccontextmanager
    async def opened(self, watched: Watched, identity: Identity) -> AsyncIterator[OpenSession]:
        """Hold a session for the time of the block, which ends by itself at the limit.

        Raises TooManyDebugSessions and AuditUnavailable, before anything was shown.
        """
        self._take_place(watched.tenant_id)
        try:
            session = OpenSession(self._record(watched, identity, kind="stream"))
            await self._begin(session.record)
            try:
                async with self._within_limit(session):
                    yield session
            finally:
                await self._end(session)
        finally:
            self._tenants -= Counter([watched.tenant_id])

    async def note_poll(self, watched: Watched, identity: Identity) -> None:
        """Record a poller once per session's time. Raises AuditUnavailable."""
        now, key = self.monotonic(), (identity.key_id, watched.extension_id, watched.wanted)
        if self._pollers.get(key, now) > now:
            return
        await self._begin(self._record(watched, identity, kind="poll"))
        self._pollers[key] = now + self.policy.session_seconds
        self._pollers.move_to_end(key)
        while len(self._pollers) > _REMEMBERED_POLLERS:
            self._pollers.popitem(last=False)

    def close(self) -> None:
        """End every session at once: the service stops."""
        self.is_closing = True
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def _within_limit(self, session: OpenSession) -> AsyncIterator[None]:
        seconds = 0 if self.is_closing else self.policy.session_seconds
        session.limit = limit = asyncio.timeout(seconds)
        try:
            async with limit:
                self._limits.add(limit)
                yield
        except TimeoutError:
            if not limit.expired():
                raise
        finally:
            self._limits.discard(limit)
            if limit.expired():
                session.reason = "shutdown" if self.is_closing else "limit"

    def _take_place(self, tenant_id: TenantId) -> None:
        if self._tenants.total() >= self.policy.at_once or (
            self._tenants[tenant_id] >= self.policy.per_tenant
        ):
            raise TooManyDebugSessions(
                f"Your tenant may watch {self.policy.per_tenant} live streams at once, everybody together "
                f"{self.policy.at_once}. Close one and try again.",
                details={"per_tenant": self.policy.per_tenant, "at_once": self.policy.at_once},
                retry_after_seconds=_RETRY_AFTER_SECONDS,
            )
        self._tenants[tenant_id] += 1

    def _record(self, watched: Watched, identity: Identity, *, kind: SessionKind) -> DebugSession:
        return DebugSession.of(
            watched, identity, session_id=self.new_id(), kind=kind, started_at=self.clock.now()
        )

    async def _begin(self, record: DebugSession) -> None:
        await self.audit.began(record)
        log.info("debug_session_began", kind=record.kind, **_facts(record))

    async def _end(self, session: OpenSession) -> None:
        """Record the end, also of a session whose client left; that it began is recorded in any case."""
        log.info("debug_session_ended", reason=session.reason, lines=session.lines, **_facts(session.record))
        ended = self.audit.ended(
            session.record, at=self.clock.now(), reason=session.reason, lines=session.lines
        )
        try:
            await asyncio.shield(asyncio.wait_for(ended, _LAST_WORD_SECONDS))
        except (AuditUnavailable, TimeoutError):
            log.warning("debug_session_end_not_recorded", session_id=str(session.record.session_id))


def _facts(record: DebugSession) -> dict[str, str]:
    return {
        "session_id": str(record.session_id),
        "tenant_id": str(record.tenant_id),
        "principal_id": str(record.principal_id),
        "key_id": record.key_id,
        "extension_id": str(record.extension_id),
    }
