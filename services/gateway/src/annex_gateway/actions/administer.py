"""Administer tenants and API keys; a key's secret leaves this module once and is kept nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from annex_gateway.domain.api_keys import (
    ApiKey,
    ApiKeyText,
    KeyListing,
    Principal,
    PrincipalKind,
    RandomBytes,
    new_principal,
)
from annex_gateway.domain.errors import (
    PrincipalNotFound,
    TenantAlreadyExists,
    TenantNotFound,
)
from annex_gateway.domain.identity_changes import BOOTSTRAP, Actor, Change, IdentityChange
from annex_gateway.domain.ports import Directory, DirectoryWork
from annex_gateway.domain.tenants import Tenant, TenantSlug
from annex_shared.clock import Clock, NewId
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission


@dataclass(frozen=True, slots=True)
class KeyWanted:
    """A key to be made: for an existing principal, or for a new or known one of this name."""

    name: str
    permissions: frozenset[Permission]
    kind: PrincipalKind = PrincipalKind.SERVICE
    principal_id: PrincipalId | None = None
    expires_at: datetime | None = None
    # What it is for, such as the name of a device.
    label: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; ``text`` is shown to its holder now and never again."""

    listing: KeyListing
    text: ApiKeyText = field(repr=False)


@dataclass(frozen=True, slots=True)
class Minting:
    """What new keys are made with."""

    pepper: bytes = field(repr=False)
    clock: Clock
    new_id: NewId
    random_bytes: RandomBytes


@dataclass(frozen=True, slots=True)
class TenantAndKey:
    """What a first start needs to go on; ``api_key`` is absent when the principal has a valid key already."""

    tenant_id: TenantId
    principal_id: PrincipalId
    key_id: str
    api_key: str | None = field(repr=False)


async def create_tenant(
    slug: str,
    name: str,
    *,
    tenant_id: TenantId | None,
    actor: Actor,
    work: DirectoryWork,
    minting: Minting,
) -> Tenant:
    """Make a tenant. Raises InvalidTenantSlug, TenantAlreadyExists."""
    tenant = Tenant(tenant_id or TenantId(minting.new_id()), TenantSlug.parse(slug), name)
    async with work.alone() as directory:
        await _add_tenant(tenant, actor, directory=directory, clock=minting.clock)
    return tenant


async def _add_tenant(tenant: Tenant, actor: Actor, *, directory: Directory, clock: Clock) -> None:
    await directory.add_tenant(tenant)
    subject = f"tenant:{tenant.tenant_id}"
    await directory.note(
        IdentityChange(
            Change.TENANT_CREATED, tenant.tenant_id, subject, actor, clock.now(), {"slug": str(tenant.slug)}
        )
    )


async def issue_key(
    tenant_id: TenantId, wanted: KeyWanted, *, actor: Actor, work: DirectoryWork, minting: Minting
) -> IssuedKey:
    """Make a key. Raises TenantNotFound, PrincipalNotFound."""
    async with work.alone() as directory:
        if await directory.find_tenant(tenant_id) is None:
            raise TenantNotFound("There is no such tenant.", details={"tenant_id": str(tenant_id)})
        principal = await _principal_for(tenant_id, wanted, directory=directory, minting=minting)
        return await add_key(principal, wanted, actor=actor, directory=directory, minting=minting)


async def ensure_tenant_and_key(
    slug: str,
    *,
    tenant_id: TenantId | None,
    tenant_name: str,
    principal_name: str,
    permissions: Iterable[Permission],
    is_renewed: bool,
    work: DirectoryWork,
    minting: Minting,
) -> TenantAndKey:
    """Make sure a tenant, a principal in it and a valid key of that principal exist, once.

    ``is_renewed`` revokes the principal's keys and makes another: the way back when a key was lost.
    """
    wanted = KeyWanted(name=principal_name, permissions=frozenset(permissions))
    async with work.alone() as directory:
        tenant = await _ensured_tenant(slug, tenant_id, tenant_name, directory=directory, minting=minting)
        principal = await _principal_for(tenant.tenant_id, wanted, directory=directory, minting=minting)
        now = minting.clock.now()
        valid = await directory.valid_key_ids(principal.principal_id, at=now)
        if valid and not is_renewed:
            return TenantAndKey(tenant.tenant_id, principal.principal_id, valid[0], None)
        for key_id in valid:
            await directory.revoke_key(key_id, at=now)
            await directory.note(
                IdentityChange(Change.KEY_REVOKED, tenant.tenant_id, f"api_key:{key_id}", BOOTSTRAP, now)
            )
        issued = await add_key(principal, wanted, actor=BOOTSTRAP, directory=directory, minting=minting)
        return TenantAndKey(
            tenant.tenant_id, principal.principal_id, issued.text.key_id, issued.text.reveal()
        )


async def _ensured_tenant(
    slug: str, tenant_id: TenantId | None, name: str, *, directory: Directory, minting: Minting
) -> Tenant:
    tenant = await directory.find_tenant_by_slug(TenantSlug.parse(slug))
    if tenant is None:
        tenant = Tenant(tenant_id or TenantId(minting.new_id()), TenantSlug.parse(slug), name)
        await _add_tenant(tenant, BOOTSTRAP, directory=directory, clock=minting.clock)
    elif tenant_id not in (None, tenant.tenant_id):
        raise TenantAlreadyExists(
            f'Tenant "{tenant.slug}" exists with the id {tenant.tenant_id}. Leave the id out or use this one.'
        )
    return tenant


async def _principal_for(
    tenant_id: TenantId, wanted: KeyWanted, *, directory: Directory, minting: Minting
) -> Principal:
    if wanted.principal_id is None:
        return await directory.add_principal(
            new_principal(tenant_id, name=wanted.name, kind=wanted.kind, new_id=minting.new_id())
        )
    principal = await directory.find_principal(wanted.principal_id)
    if principal is None or principal.tenant_id != tenant_id:
        raise PrincipalNotFound(
            "There is no such principal in this tenant.", details={"principal_id": str(wanted.principal_id)}
        )
    return principal


async def add_key(
    principal: Principal, wanted: KeyWanted, *, actor: Actor, directory: Directory, minting: Minting
) -> IssuedKey:
    """Make a key of a principal within a change that is under way."""
    text = ApiKeyText.mint(minting.random_bytes)
    key = ApiKey(
        key_id=text.key_id,
        principal_id=principal.principal_id,
        tenant_id=principal.tenant_id,
        secret_hash=text.secret_hash(minting.pepper),
        permissions=wanted.permissions,
        created_at=minting.clock.now(),
        expires_at=wanted.expires_at,
        label=wanted.label,
    )
    await directory.add_key(key)
    details: dict[str, JsonValue] = {
        "principal_id": str(principal.principal_id),
        "permissions": [*sorted(wanted.permissions)],
        "expires_at": None if wanted.expires_at is None else wanted.expires_at.isoformat(),
    }
    await directory.note(
        IdentityChange(
            Change.KEY_ISSUED, principal.tenant_id, f"api_key:{key.key_id}", actor, key.created_at, details
        )
    )
    return IssuedKey(KeyListing(key, principal), text)
