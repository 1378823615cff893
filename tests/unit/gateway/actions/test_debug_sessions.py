import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from annex_gateway.actions.debug_sessions import DebugSessions, SessionPolicy
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.debug import DebugSession, EndReason, Watched
from annex_gateway.domain.errors import AuditUnavailable, TooManyDebugSessions
from annex_shared.contracts.debug_lines import LineFilter
from annex_shared.ids import ExtensionId, PrincipalId, TenantId
from annex_shared.permissions import Permission

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER = TenantId(UUID("22222222-2222-4222-8222-222222222222"))
IDENTITY = Identity(
    PrincipalId(UUID(int=7)), TENANT, frozenset({Permission.EXTENSION_DEBUG}), "0123456789abcdef"
)


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(slots=True)
class MemoryAudit:
    """Remembers who watched, unless it is away."""

    is_away: bool = False
    sessions: list[DebugSession] = field(default_factory=list)
    endings: list[tuple[EndReason, int]] = field(default_factory=list)

    async def began(self, session: DebugSession) -> None:
        if self.is_away:
            raise AuditUnavailable("away")
        self.sessions.append(session)

    async def ended(self, session: DebugSession, *, at: datetime, reason: EndReason, lines: int) -> None:
        assert session in self.sessions
        assert at >= session.started_at
        self.endings.append((reason, lines))


def _watched(tenant: TenantId = TENANT) -> Watched:
    return Watched(tenant, ExtensionId(UUID(int=3)), LineFilter(request="req_1"), IDENTITY.to_caller())


def _sessions(audit: MemoryAudit, policy: SessionPolicy | None = None) -> DebugSessions:
    return DebugSessions(audit, policy or SessionPolicy(), StoppedClock(), lambda: UUID(int=9), lambda: 0.0)


async def test_session_is_recorded_with_who_what_and_how_it_ended() -> None:
    audit = MemoryAudit()

    async with _sessions(audit).opened(_watched(), IDENTITY) as session:
        session.lines = 3

    (record,) = audit.sessions
    assert (record.principal_id, record.key_id, record.kind) == (
        IDENTITY.principal_id,
        IDENTITY.key_id,
        "stream",
    )
    assert record.wanted.request == "req_1"
    assert audit.endings == [("client", 3)]


async def test_nobody_watches_unrecorded() -> None:
    with pytest.raises(AuditUnavailable):
        async with _sessions(MemoryAudit(is_away=True)).opened(_watched(), IDENTITY):
            raise AssertionError


async def test_session_ends_by_itself_at_its_limit() -> None:
    audit = MemoryAudit()

    async with _sessions(audit, SessionPolicy(session_seconds=0.01)).opened(_watched(), IDENTITY):
        await asyncio.Event().wait()

    assert audit.endings == [("limit", 0)]


async def test_sessions_end_when_the_service_stops() -> None:
    audit = MemoryAudit()
    sessions = _sessions(audit)

    async with sessions.opened(_watched(), IDENTITY):
        sessions.close()
        await asyncio.Event().wait()

    assert audit.endings == [("shutdown", 0)]


@pytest.mark.parametrize(
    ("policy", "tenant"),
    [(SessionPolicy(per_tenant=1), TENANT), (SessionPolicy(at_once=1), OTHER)],
    ids=["of-one-tenant", "of-everybody"],
)
async def test_only_so_many_sessions_at_once(policy: SessionPolicy, tenant: TenantId) -> None:
    audit = MemoryAudit()
    sessions = _sessions(audit, policy)

    async with sessions.opened(_watched(), IDENTITY):
        with pytest.raises(TooManyDebugSessions):
            async with sessions.opened(_watched(tenant), IDENTITY):
                raise AssertionError
    async with sessions.opened(_watched(tenant), IDENTITY):
        pass

    assert len(audit.sessions) == 2


async def test_poller_is_recorded_once_for_the_time_of_a_session() -> None:
    audit = MemoryAudit()
    sessions = _sessions(audit)

    await sessions.note_poll(_watched(), IDENTITY)
    await sessions.note_poll(_watched(), IDENTITY)

    assert [record.kind for record in audit.sessions] == ["poll"]
