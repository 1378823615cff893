"""Bodies of the gateway's own administration routes."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field

from annex_gateway.actions.administer import IssuedKey, KeyWanted
from annex_gateway.domain.api_keys import KeyListing, PrincipalKind
from annex_gateway.domain.tenants import Tenant
from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.ids import PrincipalId
from annex_shared.permissions import Permission


class CreateTenant(Received):
    """`POST /api/v1/tenants`. Without ``tenant_id`` one is made."""

    slug: str
    name: str = Field(min_length=1, max_length=200)
    tenant_id: UUID | None = None


class TenantView(Exchanged):
    tenant_id: str
    slug: str
    name: str

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantView":
        return cls(tenant_id=str(tenant.tenant_id), slug=str(tenant.slug), name=tenant.name)


class TenantViews(Exchanged):
    """``next_after`` is the ``after`` of the next page, null on the last one."""

    items: list[TenantView]
    next_after: str | None


class CreateApiKey(Received):
    """`POST /api/v1/api-keys`. Without ``tenant_id`` the caller's own tenant is meant.

    A second key for the same principal, to change keys without changing who acts, names ``principal_id``
    or repeats the principal's ``name``.
    """

    name: str = Field(min_length=1, max_length=200)
    permissions: list[Permission] = Field(min_length=1)
    tenant_id: UUID | None = None
    principal_id: UUID | None = None
    kind: PrincipalKind = PrincipalKind.SERVICE
    expires_at: AwareDatetime | None = None

    def to_wanted(self) -> KeyWanted:
        return KeyWanted(
            name=self.name,
            permissions=frozenset(self.permissions),
            kind=self.kind,
            principal_id=None if self.principal_id is None else PrincipalId(self.principal_id),
            expires_at=self.expires_at,
        )


class RotateApiKey(Received):
    """`POST /api/v1/api-keys/{key_id}/rotate`: how long the old secret still opens.

    Only administrators name a new end of the key.
    """

    overlap_seconds: int = Field(default=86_400, ge=0, le=30 * 86_400)
    expires_at: AwareDatetime | None = None


class ApiKeyView(Exchanged):
    """A key without its secret. ``last_used`` is coarse: written at most once an hour.

    Until ``previous_until`` the secret before the last rotation opens too.
    """

    key_id: str
    tenant_id: str
    principal_id: str
    principal_kind: str
    name: str
    permissions: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used: datetime | None
    rotated_at: datetime | None = None
    previous_until: datetime | None = None
    # What it was issued for: the name a device gave itself at its login.
    label: str | None = None

    @classmethod
    def of(cls, listing: KeyListing) -> "ApiKeyView":
        key, principal = listing.key, listing.principal
        return cls(
            key_id=key.key_id,
            tenant_id=str(key.tenant_id),
            principal_id=str(key.principal_id),
            principal_kind=principal.kind,
            name=principal.name,
            permissions=sorted(key.permissions),
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used=key.last_used,
            rotated_at=key.rotated_at,
            previous_until=key.previous_until,
            label=key.label,
        )


class ApiKeyViews(Exchanged):
    """``next_after`` is the ``after`` of the next page, null on the last one."""

    items: list[ApiKeyView]
    next_after: str | None


class IssuedKeyView(ApiKeyView):
    """The only answer that ever holds ``api_key``."""

    api_key: str

    @classmethod
    def of_issued(cls, issued: IssuedKey) -> "IssuedKeyView":
        return cls(**ApiKeyView.of(issued.listing).model_dump(), api_key=issued.text.reveal())
