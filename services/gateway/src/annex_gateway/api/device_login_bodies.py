"""Bodies of the routes that sign devices in; names as RFC 8628 has them where it has one."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field

from annex_gateway.actions.device_logins import BegunLogin, Decision, SignedInDevice, wished_permissions
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.device_logins import USUAL_WISH, DeviceLogin, DeviceWish, device_name
from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.ids import TenantId
from annex_shared.permissions import Permission


class BeginDeviceLogin(Received):
    """`POST /api/v1/device-authorizations`.

    ``device_name`` is shown to whoever approves, and names the key. Without ``permissions`` all but
    `platform:admin` are asked for; the person who approves gives what they hold and want.
    """

    device_name: str = Field(min_length=1, max_length=200)
    permissions: list[Permission] | None = Field(default=None, min_length=1)
    tenant_id: UUID | None = None

    def to_wish(self) -> DeviceWish:
        permissions = USUAL_WISH if self.permissions is None else frozenset(self.permissions)
        tenant_id = None if self.tenant_id is None else TenantId(self.tenant_id)
        return DeviceWish(device_name(self.device_name), permissions, tenant_id)


class BegunDeviceLogin(Exchanged):
    """The codes, this once: ``device_code`` is for the device alone, ``user_code`` for a person to type."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int

    @classmethod
    def of(cls, begun: BegunLogin, *, verification_uri: str) -> "BegunDeviceLogin":
        written = begun.user_code.written
        return cls(
            device_code=begun.device_code.text,
            user_code=written,
            verification_uri=verification_uri,
            verification_uri_complete=f"{verification_uri}?user_code={written}",
            expires_in=begun.lifetime_seconds,
            interval=begun.interval_seconds,
        )


class AskDeviceToken(Received):
    """`POST /api/v1/device-tokens`."""

    device_code: str = Field(max_length=200)
    grant_type: Literal["urn:ietf:params:oauth:grant-type:device_code"] = (
        "urn:ietf:params:oauth:grant-type:device_code"
    )


class DeviceToken(Exchanged):
    """The key of an approved device, this once. It is sent as `x-api-key` too."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - how it is sent, not what
    expires_in: int
    # Permissions with a blank between.
    scope: str
    key_id: str
    label: str
    tenant_id: str
    tenant_slug: str
    tenant_name: str
    principal_id: str
    name: str
    permissions: list[str]
    expires_at: datetime

    @classmethod
    def of(cls, device: SignedInDevice) -> "DeviceToken":
        listing, tenant = device.issued.listing, device.tenant
        key = listing.key
        if key.expires_at is None or key.label is None:
            raise AssertionError
        permissions = sorted(key.permissions)
        return cls(
            access_token=device.issued.text.reveal(),
            expires_in=int((key.expires_at - key.created_at).total_seconds()),
            scope=" ".join(permissions),
            key_id=key.key_id,
            label=key.label,
            tenant_id=str(key.tenant_id),
            tenant_slug=str(tenant.slug),
            tenant_name=tenant.name,
            principal_id=str(key.principal_id),
            name=listing.principal.name,
            permissions=[*permissions],
            expires_at=key.expires_at,
        )


class DecideDeviceLogin(Received):
    """`POST /api/v1/device-authorizations/{user_code}`.

    Without ``permissions`` the device gets what it asked for as far as the caller holds it.
    """

    decision: Literal["approve", "deny"]
    permissions: list[Permission] | None = Field(default=None, min_length=1)
    days: int | None = Field(default=None, ge=1, le=90)

    def to_decision(self) -> Decision:
        return Decision(
            self.decision == "approve",
            None if self.permissions is None else frozenset(self.permissions),
            None if self.days is None else timedelta(days=self.days),
        )


class DeviceLoginView(Exchanged):
    """A login as the person sees it who decides. ``device_name`` is what the device calls itself."""

    user_code: str
    device_name: str
    status: str
    wanted_permissions: list[str]
    # Those of them that the caller can give.
    givable_permissions: list[str]
    tenant_id: str | None
    created_at: datetime
    expires_at: datetime
    granted_permissions: list[str] | None = None
    key_expires_at: datetime | None = None

    @classmethod
    def of(cls, login: DeviceLogin, user_code: str, identity: Identity) -> "DeviceLoginView":
        wish, grant = login.wish, login.grant
        return cls(
            user_code=user_code,
            device_name=wish.name,
            status=login.status,
            wanted_permissions=sorted(wish.permissions),
            givable_permissions=sorted(wished_permissions(login, identity)),
            tenant_id=None if wish.tenant_id is None else str(wish.tenant_id),
            created_at=login.created_at,
            expires_at=login.expires_at,
            granted_permissions=None if grant is None else sorted(grant.permissions),
            key_expires_at=None if grant is None else grant.key_expires_at,
        )
