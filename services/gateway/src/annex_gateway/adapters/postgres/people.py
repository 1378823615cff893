"""Principals and roles in PostgreSQL, for administrators and for tokens."""

from datetime import datetime
from importlib.resources import files

import asyncpg

from annex_gateway.adapters.postgres.directory import LOOKUP_SECONDS, PostgresDirectory, database
from annex_gateway.adapters.postgres.rows import to_holder, to_permissions
from annex_gateway.domain.api_keys import Principal, PrincipalKind
from annex_gateway.domain.bearer_tokens import TokenSubject, contradictory, principal_name, tenant_refused
from annex_gateway.domain.errors import PrincipalLimitReached
from annex_gateway.domain.identities import Holding
from annex_gateway.domain.identity_changes import Actor, Change, IdentityChange
from annex_gateway.domain.identity_ports import NewPrincipal, PrincipalListing
from annex_gateway.domain.roles import Role
from annex_shared.clock import NewId
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.postgres.queries import load_queries

_STATEMENTS = files("annex_gateway.adapters.postgres") / "statements"
_PEOPLE = load_queries(_STATEMENTS / "people.sql")
_PRINCIPALS = load_queries(_STATEMENTS / "principals.sql")
_ROLES = load_queries(_STATEMENTS / "roles.sql")
# Before every id there is.
_FIRST = "00000000-0000-0000-0000-000000000000"


class PostgresPeople:
    """The principals of tenants, within one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def page(self, tenant_id: TenantId, *, after: str, limit: int) -> list[PrincipalListing]:
        rows = await self._connection.fetch(_PEOPLE["page"], tenant_id, after or _FIRST, limit)
        return [_listing(row) for row in rows]

    async def find(self, tenant_id: TenantId, principal_id: PrincipalId) -> PrincipalListing | None:
        row = await self._connection.fetchrow(_PEOPLE["find"], tenant_id, principal_id)
        return None if row is None else _listing(row)

    async def administrators(self, tenant_id: TenantId, *, limit: int) -> list[str]:
        rows = await self._connection.fetch(_PEOPLE["administrators"], tenant_id, limit)
        return [row["name"] for row in rows]

    async def id_of(self, tenant_id: TenantId, name: str) -> PrincipalId | None:
        found = await self._connection.fetchval(_PRINCIPALS["find_principal_by_name"], tenant_id, name)
        return None if found is None else PrincipalId(found)

    async def add(self, wanted: NewPrincipal) -> bool:
        principal = wanted.principal
        row = await self._connection.fetchrow(
            _PEOPLE["add"],
            principal.principal_id,
            principal.tenant_id,
            principal.kind,
            principal.name,
            wanted.display_name,
            wanted.issuer,
            wanted.subject,
            wanted.client_id,
            None,
        )
        return row is not None

    async def change(
        self,
        tenant_id: TenantId,
        principal_id: PrincipalId,
        *,
        client_id: str | None,
        disabled_at: datetime | None,
    ) -> None:
        await self._connection.execute(_PEOPLE["change"], tenant_id, principal_id, client_id, disabled_at)


class PostgresRoles:
    """Roles and assignments, within one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def own(self, tenant_id: TenantId) -> list[Role]:
        rows = await self._connection.fetch(_ROLES["own"], tenant_id)
        return [Role(row["name"], to_permissions(row["permissions"]), row["description"]) for row in rows]

    async def put(self, tenant_id: TenantId, role: Role, *, at: datetime) -> None:
        await self._connection.execute(
            _ROLES["put"], tenant_id, role.name, sorted(role.permissions), role.description, at
        )

    async def remove(self, tenant_id: TenantId, name: str) -> bool:
        await self._connection.execute(_ROLES["remove_assignments"], tenant_id, name)
        return await self._connection.fetchrow(_ROLES["remove"], tenant_id, name) is not None

    async def assign(
        self, tenant_id: TenantId, principal_id: PrincipalId, name: str, *, at: datetime
    ) -> bool:
        row = await self._connection.fetchrow(_ROLES["assign"], tenant_id, principal_id, name, at)
        return row is not None

    async def unassign(self, tenant_id: TenantId, principal_id: PrincipalId, name: str) -> bool:
        row = await self._connection.fetchrow(_ROLES["unassign"], tenant_id, principal_id, name)
        return row is not None


class PostgresSubjects:
    """Finds the principal of a token's subject, and adds it at first sight."""

    def __init__(self, pool: asyncpg.Pool, *, at_most: int, new_id: NewId) -> None:
        self._pool = pool
        self._at_most = at_most
        self._new_id = new_id

    async def holding(self, subject: TokenSubject, *, at: datetime) -> Holding:
        async with database(LOOKUP_SECONDS), self._pool.acquire() as connection:
            row = await self._find(connection, subject)
            if row is None:
                async with connection.transaction():
                    row = await self._added(connection, subject, at=at)
            said = (subject.name or None, subject.email or None)
            known = (row["display_name"], row["email"])
            newest = tuple(new or old for new, old in zip(said, known, strict=True))
            if newest != known:
                await connection.execute(_PEOPLE["note_person"], subject.tenant_id, row["id"], *newest)
            roles = frozenset(row["roles"])
            names = sorted(roles | subject.roles)
            own = await connection.fetch(_ROLES["own_of_names"], subject.tenant_id, names) if names else []
        return Holding(
            PrincipalId(row["id"]),
            to_holder(row, roles=roles, client_id=row["client_id"]),
            {role["name"]: to_permissions(role["permissions"]) for role in own},
        )

    async def _find(self, connection: asyncpg.Connection, subject: TokenSubject) -> asyncpg.Record | None:
        row: asyncpg.Record | None = await connection.fetchrow(
            _PEOPLE["holder_by_subject"], subject.tenant_id, subject.issuer, subject.subject
        )
        return row

    async def _added(
        self, connection: asyncpg.Connection, subject: TokenSubject, *, at: datetime
    ) -> asyncpg.Record:
        """One at a time in a tenant, so that the limit holds and nobody gets two principals."""
        await connection.execute(_PEOPLE["lock_people"], str(subject.tenant_id))
        tenant = await connection.fetchrow(_PEOPLE["tenant_and_people"], subject.tenant_id)
        if tenant is None:
            raise tenant_refused("there is no such tenant")
        row = await self._find(connection, subject)
        if row is not None:
            return row
        if tenant["people"] >= self._at_most:
            raise PrincipalLimitReached(
                f"Your tenant has {self._at_most} principals that sign in with tokens, as many as it may. "
                "Ask the operator.",
                details={"limit": self._at_most},
            )
        kind = subject.kind or PrincipalKind.USER
        name, principal_id = principal_name(subject.issuer, subject.subject), self._new_id()
        await connection.execute(
            _PEOPLE["add"],
            principal_id,
            subject.tenant_id,
            kind,
            name,
            subject.name or None,
            subject.issuer,
            subject.subject,
            None,
            subject.email or None,
        )
        # Its own first sight is the principal's own doing.
        actor = Actor(PrincipalId(principal_id), subject.tenant_id, "token")
        await PostgresDirectory(connection).note(
            IdentityChange(
                Change.PRINCIPAL_CREATED,
                subject.tenant_id,
                f"principal:{principal_id}",
                actor,
                at,
                {"kind": kind.value, "issuer": subject.issuer},
            )
        )
        row = await self._find(connection, subject)
        if row is None:
            # Somebody made a principal of this name, by hand and for nobody.
            raise contradictory("its principal's name is taken here")
        return row


def _listing(row: asyncpg.Record) -> PrincipalListing:
    return PrincipalListing(
        principal=Principal(
            PrincipalId(row["id"]), TenantId(row["tenant_id"]), PrincipalKind(row["kind"]), row["name"]
        ),
        display_name=row["display_name"],
        issuer=row["issuer"],
        subject=row["subject"],
        client_id=row["client_id"],
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        roles=frozenset(row["roles"]),
    )
