"""Rows of principals and of what sessions stand on, as values."""

import asyncpg

from annex_gateway.domain.api_keys import Holder, PrincipalKind
from annex_gateway.domain.grounds import Grounds
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission


def to_permissions(names: list[str]) -> frozenset[Permission]:
    """Read permissions; one that this version does not know opens nothing."""
    return frozenset(permission for permission in Permission if permission.value in names)


def to_holder(row: asyncpg.Record, *, roles: frozenset[str], client_id: str | None) -> Holder:
    return Holder(
        kind=PrincipalKind(row["kind"]),
        name=row["display_name"] or row["name"],
        tenant_name=row["tenant_name"],
        email=row["email"] or "",
        client_id=client_id,
        is_disabled=row["disabled_at"] is not None,
        roles=roles,
    )


def to_grounds(row: asyncpg.Record) -> Grounds:
    return Grounds(
        tenant_id=TenantId(row["tenant_id"]),
        principal_id=PrincipalId(row["principal_id"]),
        key_id=row["key_id"],
        permissions=to_permissions(row["permissions"]),
        roles=frozenset(row["said_roles"]),
        client_id=row["client_id"],
        client_name=row["client_name"],
        additional_fields=row["additional_fields"],
    )
