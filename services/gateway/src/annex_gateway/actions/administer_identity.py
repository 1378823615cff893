"""Administer principals, roles and keys: in a tenant for its administrators, anywhere for the platform's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from annex_gateway.actions.administer import IssuedKey, KeyWanted, Minting
from annex_gateway.domain.api_keys import (
    ApiKey,
    ApiKeyText,
    CredentialKind,
    Identity,
    KeyListing,
    PrincipalKind,
    new_principal,
)
from annex_gateway.domain.errors import (
    ApiKeyExpired,
    ApiKeyNotFound,
    ApiKeyRevoked,
    PermissionDenied,
    PrincipalAlreadyExists,
    PrincipalNotFound,
    RoleLimitReached,
    RoleNotFound,
    TenantMismatch,
    TenantNotFound,
)
from annex_gateway.domain.identity_changes import Actor, Change, IdentityChange
from annex_gateway.domain.identity_ports import (
    IdentityDirectory,
    IdentityWork,
    NewPrincipal,
    PrincipalListing,
)
from annex_gateway.domain.roles import (
    ADMIN,
    BUILT_IN,
    MAX_ROLES,
    Role,
    own_role_name,
    permissions_of,
    require_may_give,
)
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission

_MOST_KEYS = 1_000


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who administers which tenant: their own, or any for a platform administrator."""

    identity: Identity
    tenant_id: TenantId
    actor: Actor

    @classmethod
    def of(cls, identity: Identity, asked: TenantId | None, *, request_id: str) -> "Administrator":
        """Raise PermissionDenied for who administers nothing, TenantMismatch for another's tenant."""
        identity.require_no_client()
        if not identity.is_tenant_admin:
            raise PermissionDenied(
                f"This takes {Permission.PLATFORM_ADMIN}, or the role {ADMIN} in your tenant.",
                details={"permissions": [Permission.PLATFORM_ADMIN], "roles": [ADMIN]},
            )
        if asked not in (None, identity.tenant_id) and not is_platform(identity):
            raise TenantMismatch("You administer your own tenant only. Leave tenant_id out.")
        return cls(identity, asked or identity.tenant_id, Actor.of(identity, request_id=request_id))

    def change(
        self, change: Change, subject: str, *, at: datetime, details: Mapping[str, JsonValue] | None = None
    ) -> IdentityChange:
        return IdentityChange(change, self.tenant_id, subject, self.actor, at, details or {})


def is_platform(identity: Identity) -> bool:
    return Permission.PLATFORM_ADMIN in identity.permissions


async def create_principal(
    admin: Administrator, wanted: NewPrincipal, *, work: IdentityWork, at: datetime
) -> PrincipalListing:
    """Add a principal, before its first sight if it has a subject. Raises PrincipalAlreadyExists."""
    principal = wanted.principal
    async with work.alone() as directory:
        if await directory.find_tenant(admin.tenant_id) is None:
            raise TenantNotFound("There is no such tenant.", details={"tenant_id": str(admin.tenant_id)})
        if not await directory.people.add(wanted):
            raise PrincipalAlreadyExists(
                "The tenant has a principal of this name, or for this subject, already."
            )
        details: dict[str, JsonValue] = {"kind": principal.kind.value, "issuer": wanted.issuer}
        subject = f"principal:{principal.principal_id}"
        await directory.note(admin.change(Change.PRINCIPAL_CREATED, subject, at=at, details=details))
        return await found_principal(admin.tenant_id, principal.principal_id, directory=directory)


def wanted_principal(
    admin: Administrator, *, name: str, kind: PrincipalKind, minting: Minting
) -> NewPrincipal:
    return NewPrincipal(new_principal(admin.tenant_id, name=name, kind=kind, new_id=minting.new_id()))


async def found_principal(
    tenant_id: TenantId, principal_id: PrincipalId, *, directory: IdentityDirectory
) -> PrincipalListing:
    listing = await directory.people.find(tenant_id, principal_id)
    if listing is None:
        raise PrincipalNotFound(
            "There is no such principal in this tenant.", details={"principal_id": str(principal_id)}
        )
    return listing


async def require_may_administer(
    admin: Administrator, principal_id: PrincipalId, *, directory: IdentityDirectory, at: datetime
) -> None:
    """Let nobody act on, or as, a principal that may do more than they. Raises GrantRefused."""
    if is_platform(admin.identity):
        return
    listing = await directory.people.find(admin.tenant_id, principal_id)
    own = {role.name: role.permissions for role in await directory.roles.own(admin.tenant_id)}
    given = permissions_of(() if listing is None else listing.roles, own).values()
    keys = await directory.key_ring.of_principal(admin.tenant_id, principal_id, limit=_MOST_KEYS)
    live = [key.permissions for key in keys if key.is_live(at)]
    require_may_give(admin.identity, frozenset().union(*given, *live))


async def require_may_issue(
    admin: Administrator, wanted: KeyWanted, *, work: IdentityWork, at: datetime
) -> None:
    """Let nobody issue a key that opens more than they may, or that acts as somebody who may do more."""
    require_may_give(admin.identity, wanted.permissions)
    async with work.reading() as directory:
        principal_id = wanted.principal_id or await directory.people.id_of(admin.tenant_id, wanted.name)
        if principal_id is not None:
            await require_may_administer(admin, principal_id, directory=directory, at=at)


async def change_principal(
    admin: Administrator,
    principal_id: PrincipalId,
    *,
    is_enabled: bool | None,
    client_id: str | None,
    work: IdentityWork,
    at: datetime,
) -> PrincipalListing:
    """Switch a principal off or on, or say whose client it is; what is None stays."""
    async with work.alone() as directory:
        listing = await found_principal(admin.tenant_id, principal_id, directory=directory)
        await require_may_administer(admin, principal_id, directory=directory, at=at)
        disabled_at = listing.disabled_at
        if is_enabled is not None:
            disabled_at = None if is_enabled else disabled_at or at
        client = listing.client_id if client_id is None else client_id
        await directory.people.change(
            admin.tenant_id, principal_id, client_id=client, disabled_at=disabled_at
        )
        details: dict[str, JsonValue] = {"enabled": disabled_at is None, "client_id": client}
        subject = f"principal:{principal_id}"
        await directory.note(admin.change(Change.PRINCIPAL_CHANGED, subject, at=at, details=details))
        return replace(listing, client_id=client, disabled_at=disabled_at)


async def put_role(admin: Administrator, role: Role, *, work: IdentityWork, at: datetime) -> Role:
    """Make or change a role. Raises InvalidRoleName, RoleIsBuiltIn, GrantRefused, RoleLimitReached."""
    own_role_name(role.name)
    require_may_give(admin.identity, role.permissions)
    async with work.alone() as directory:
        if await directory.find_tenant(admin.tenant_id) is None:
            raise TenantNotFound("There is no such tenant.", details={"tenant_id": str(admin.tenant_id)})
        known = {own.name: own.permissions for own in await directory.roles.own(admin.tenant_id)}
        # Who cannot give what it gives must not take it away from those who have it either.
        require_may_give(admin.identity, known.get(role.name, frozenset()))
        if role.name not in known and len(known) >= MAX_ROLES:
            raise RoleLimitReached(f"A tenant has at most {MAX_ROLES} roles of its own.")
        await directory.roles.put(admin.tenant_id, role, at=at)
        details: dict[str, JsonValue] = {"permissions": [*sorted(role.permissions)]}
        await directory.note(admin.change(Change.ROLE_SET, f"role:{role.name}", at=at, details=details))
    return role


async def remove_role(admin: Administrator, name: str, *, work: IdentityWork, at: datetime) -> None:
    """Remove a role and take it from whoever has it. Raises RoleNotFound and those of ``put_role``."""
    own_role_name(name)
    async with work.alone() as directory:
        known = {own.name: own.permissions for own in await directory.roles.own(admin.tenant_id)}
        require_may_give(admin.identity, known.get(name, frozenset()))
        if not await directory.roles.remove(admin.tenant_id, name):
            raise _no_role(name)
        await directory.note(admin.change(Change.ROLE_REMOVED, f"role:{name}", at=at))


async def assign_role(
    admin: Administrator, principal_id: PrincipalId, name: str, *, work: IdentityWork, at: datetime
) -> PrincipalListing:
    """Give a principal a role; doing so again changes nothing. Raises GrantRefused, …NotFound."""
    async with work.alone() as directory:
        await found_principal(admin.tenant_id, principal_id, directory=directory)
        require_may_give(admin.identity, await _given_by(admin.tenant_id, name, directory=directory))
        if await directory.roles.assign(admin.tenant_id, principal_id, name, at=at):
            subject = f"principal:{principal_id}"
            await directory.note(admin.change(Change.ROLE_ASSIGNED, subject, at=at, details={"role": name}))
        return await found_principal(admin.tenant_id, principal_id, directory=directory)


async def unassign_role(
    admin: Administrator, principal_id: PrincipalId, name: str, *, work: IdentityWork, at: datetime
) -> None:
    """Take a role away; one that the principal has not is not there to take. Raises …NotFound."""
    async with work.alone() as directory:
        await found_principal(admin.tenant_id, principal_id, directory=directory)
        require_may_give(admin.identity, await _given_by(admin.tenant_id, name, directory=directory))
        if not await directory.roles.unassign(admin.tenant_id, principal_id, name):
            raise _no_role(name)
        subject = f"principal:{principal_id}"
        await directory.note(admin.change(Change.ROLE_UNASSIGNED, subject, at=at, details={"role": name}))


async def _given_by(tenant_id: TenantId, name: str, *, directory: IdentityDirectory) -> frozenset[Permission]:
    own = {role.name: role.permissions for role in await directory.roles.own(tenant_id)}
    found = permissions_of([name], own)
    if not found:
        raise _no_role(name)
    return found[name]


def _no_role(name: str) -> RoleNotFound:
    known = ", ".join(BUILT_IN)
    return RoleNotFound(f"There is no such role here. Built in are {known}.", details={"role": name[:64]})


async def revoke_key(
    identity: Identity, key_id: str, *, actor: Actor, work: IdentityWork, at: datetime
) -> None:
    """Revoke a key; doing so again changes nothing.

    A key may revoke itself, and a person their own keys. Raises PermissionDenied, ApiKeyNotFound,
    GrantRefused.
    """
    async with work.alone() as directory:
        tenant_id = None if is_platform(identity) else identity.tenant_id
        key = await directory.key_ring.find(tenant_id, key_id)
        if key is None or not _is_own(identity, key):
            # Who administers nothing is not told which keys there are.
            Administrator.of(identity, None, request_id=actor.request_id)
            key = await _key(identity, key_id, directory=directory)
            require_may_give(identity, key.permissions)
        await directory.revoke_key(key_id, at=at)
        if key.revoked_at is None:
            entry = IdentityChange(Change.KEY_REVOKED, key.tenant_id, f"api_key:{key_id}", actor, at)
            await directory.note(entry)


def _is_own(identity: Identity, key: ApiKey) -> bool:
    if identity.credential is CredentialKind.API_KEY:
        return identity.key_id == key.key_id
    return identity.kind is not PrincipalKind.CLIENT and identity.principal_id == key.principal_id


@dataclass(frozen=True, slots=True)
class Rotation:
    """How long the old secret still opens, and a new end of the key if one is named."""

    overlap: timedelta
    expires_at: datetime | None = None


async def rotate_key(
    identity: Identity,
    key_id: str,
    rotation: Rotation,
    *,
    actor: Actor,
    work: IdentityWork,
    minting: Minting,
) -> IssuedKey:
    """Give a key a new secret: its own holder may, and who may issue a key like it.

    A holder changes nothing else: only administrators move the key's end. The secret before the last one is
    over at once. Raises ApiKeyNotFound, ApiKeyRevoked, ApiKeyExpired, PermissionDenied, GrantRefused.
    """
    is_own = identity.grounds is not None and identity.grounds.key_id == key_id
    if rotation.expires_at is not None or not is_own:
        Administrator.of(identity, None, request_id=actor.request_id)
    now = minting.clock.now()
    async with work.beside_others() as directory:
        key = await _key(identity, key_id, directory=directory)
        if not is_own:
            require_may_give(identity, key.permissions)
        _require_rotatable(key, now)
        text = ApiKeyText(key_id, ApiKeyText.mint(minting.random_bytes).secret)
        overlap_until = now + rotation.overlap
        expires_at = rotation.expires_at or key.expires_at
        await directory.key_ring.rotate(
            key,
            text.secret_hash(minting.pepper),
            at=now,
            overlap_until=overlap_until,
            expires_at=expires_at,
        )
        details: dict[str, JsonValue] = {"overlap_until": overlap_until.isoformat()}
        await directory.note(
            IdentityChange(Change.KEY_ROTATED, key.tenant_id, f"api_key:{key_id}", actor, now, details)
        )
        listing = await found_principal(key.tenant_id, key.principal_id, directory=directory)
    rotated = replace(key, expires_at=expires_at, previous_until=overlap_until, rotated_at=now)
    return IssuedKey(KeyListing(rotated, listing.principal), text)


def _require_rotatable(key: ApiKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise ApiKeyRevoked("The API key was revoked. Issue another one.")
    if key.expires_at is not None and key.expires_at <= now:
        raise ApiKeyExpired("The API key expired. Issue another one.")


async def _key(identity: Identity, key_id: str, *, directory: IdentityDirectory) -> ApiKey:
    """Find a key of the caller's tenant; a platform administrator finds any."""
    key = await directory.key_ring.find(None if is_platform(identity) else identity.tenant_id, key_id)
    if key is None:
        raise ApiKeyNotFound("There is no API key with this id.")
    return key
