"""What was changed about who may do what: entries that are added and never altered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import JsonValue

from annex_gateway.domain.api_keys import Identity
from annex_shared.ids import PrincipalId, TenantId


class Change(StrEnum):
    """What happened."""

    TENANT_CREATED = "tenant.created"
    PRINCIPAL_CREATED = "principal.created"
    PRINCIPAL_CHANGED = "principal.changed"
    KEY_ISSUED = "api_key.issued"
    KEY_ROTATED = "api_key.rotated"
    KEY_REVOKED = "api_key.revoked"
    ROLE_SET = "role.set"
    ROLE_REMOVED = "role.removed"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_UNASSIGNED = "role.unassigned"
    LINK_ISSUED = "sign_in_link.issued"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, with which credential; ``principal_id`` is None for the platform itself."""

    principal_id: PrincipalId | None
    tenant_id: TenantId | None
    credential: str
    request_id: str = ""

    @classmethod
    def of(cls, identity: Identity, *, request_id: str) -> "Actor":
        return cls(identity.principal_id, identity.tenant_id, identity.key_id, request_id)


BOOTSTRAP = Actor(None, None, "bootstrap")


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """One entry. ``details`` never holds a secret or an address of a person."""

    change: Change
    tenant_id: TenantId
    subject: str
    actor: Actor
    at: datetime
    details: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """An entry with its place in the order."""

    number: int
    entry: IdentityChange


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which entries of one tenant are wanted; ``before`` is the number of the last one seen."""

    tenant_id: TenantId
    before: int | None = None
    limit: int = 100
    change: str | None = None
    actor: UUID | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: str | None = None
