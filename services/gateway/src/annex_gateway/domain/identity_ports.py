"""What identity needs from outside: issuers' keys, people, their roles and sessions, the record."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from annex_gateway.domain.api_keys import ApiKey, Principal
from annex_gateway.domain.bearer_tokens import TokenSubject
from annex_gateway.domain.debug import DebugSession
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.identities import Holding
from annex_gateway.domain.identity_changes import ChangeFilter, RecordedChange
from annex_gateway.domain.ports import Directory
from annex_gateway.domain.roles import Role
from annex_gateway.domain.sessions import Session
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.issued_tokens import IssuerKey


class KeySource(Protocol):
    """The keys of the operator's issuers. Raises IssuerAway."""

    async def key(self, issuer: str, key_id: str | None) -> IssuerKey | None: ...


class Subjects(Protocol):
    """Principals that come by tokens. Raises AuthenticationUnavailable."""

    async def holding(self, subject: TokenSubject, *, at: datetime) -> Holding:
        """Return what is known of a subject, which has a principal from its first sight on.

        Raises TokenTenantRefused for a tenant that does not exist, PrincipalLimitReached.
        """
        ...


class SessionLookup(Protocol):
    """What authentication reads and notes of sessions. Raises AuthenticationUnavailable."""

    async def find_session(self, session_hash: bytes) -> Session | None: ...

    async def note_seen(self, session_hash: bytes, *, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class PrincipalListing:
    """A principal as administrators see it; ``roles`` are the assigned ones."""

    principal: Principal
    display_name: str | None
    issuer: str | None
    subject: str | None
    client_id: str | None
    created_at: datetime
    disabled_at: datetime | None
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class NewPrincipal:
    """A principal to add; one with ``issuer`` and ``subject`` signs in with tokens."""

    principal: Principal
    display_name: str | None = None
    issuer: str | None = None
    subject: str | None = None
    client_id: str | None = None


class People(Protocol):
    """The principals of tenants."""

    async def page(self, tenant_id: TenantId, *, after: str, limit: int) -> list[PrincipalListing]:
        """List in order of id, beginning behind ``after``."""
        ...

    async def find(self, tenant_id: TenantId, principal_id: PrincipalId) -> PrincipalListing | None: ...

    async def administrators(self, tenant_id: TenantId, *, limit: int) -> list[str]:
        """Name those who hold the role admin and are not switched off, the longest there first."""
        ...

    async def id_of(self, tenant_id: TenantId, name: str) -> PrincipalId | None: ...

    async def add(self, wanted: NewPrincipal) -> bool:
        """Add a principal; False when its name or subject is taken."""
        ...

    async def change(
        self,
        tenant_id: TenantId,
        principal_id: PrincipalId,
        *,
        client_id: str | None,
        disabled_at: datetime | None,
    ) -> None: ...


class Roles(Protocol):
    """The tenants' own roles, and who has which."""

    async def own(self, tenant_id: TenantId) -> list[Role]: ...

    async def put(self, tenant_id: TenantId, role: Role, *, at: datetime) -> None: ...

    async def remove(self, tenant_id: TenantId, name: str) -> bool:
        """Remove a role and its assignments; say whether there was one."""
        ...

    async def assign(
        self, tenant_id: TenantId, principal_id: PrincipalId, name: str, *, at: datetime
    ) -> bool: ...

    async def unassign(self, tenant_id: TenantId, principal_id: PrincipalId, name: str) -> bool: ...


class SessionBook(Protocol):
    """Sessions and sign-in links, as signing in and out changes them."""

    async def add(self, session_hash: bytes, grounds: Grounds, *, at: datetime, expires_at: datetime) -> None:
        """Keep a session; the oldest of a principal with too many is ended, dead ones are forgotten."""
        ...

    async def end(self, session_hash: bytes, *, at: datetime) -> Grounds | None:
        """End a session once; None when there was none to end."""
        ...

    async def add_link(
        self, token_hash: bytes, grounds: Grounds, *, at: datetime, expires_at: datetime
    ) -> None: ...

    async def take_link(self, token_hash: bytes, *, at: datetime) -> Grounds | None:
        """Use a link up; None when it is unknown, used or too old."""
        ...


class KeyRing(Protocol):
    """Keys, as rotation reads and changes them."""

    async def find(self, tenant_id: TenantId | None, key_id: str) -> ApiKey | None:
        """Return a key, of one tenant or of any, and hold its row."""
        ...

    async def of_principal(
        self, tenant_id: TenantId, principal_id: PrincipalId, *, limit: int
    ) -> list[ApiKey]:
        """List a principal's keys, newest first."""
        ...

    async def rotate(
        self,
        key: ApiKey,
        secret_hash: bytes,
        *,
        at: datetime,
        overlap_until: datetime,
        expires_at: datetime | None,
    ) -> None: ...


class IdentityDirectory(Directory, Protocol):
    """The directory with everything identity keeps, within one transaction."""

    @property
    def people(self) -> People: ...

    @property
    def roles(self) -> Roles: ...

    @property
    def sessions(self) -> SessionBook: ...

    @property
    def key_ring(self) -> KeyRing: ...


class IdentityWork(Protocol):
    """Opens it, for one change at a time or for reading."""

    def reading(self) -> AbstractAsyncContextManager[IdentityDirectory]: ...

    def alone(self) -> AbstractAsyncContextManager[IdentityDirectory]: ...

    def beside_others(self) -> AbstractAsyncContextManager[IdentityDirectory]:
        """Hand out the directory for a change that touches rows of its own only."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedDebugSession:
    """A debug session as auditors read it."""

    session: DebugSession
    ended_at: datetime | None
    end_reason: str | None
    lines: int | None


class IdentityRecord(Protocol):
    """The record of changes, and of who watched whose lines. Raises AuthenticationUnavailable."""

    async def changes(self, wanted: ChangeFilter) -> Sequence[RecordedChange]:
        """Return entries of a tenant, newest first."""
        ...

    async def debug_sessions(
        self, tenant_id: TenantId, *, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[RecordedDebugSession]: ...
