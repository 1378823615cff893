"""Sign in a device without a browser: it asks, a person who is signed in decides, it gets a key once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from annex_gateway.actions.administer import IssuedKey, KeyWanted, Minting, add_key
from annex_gateway.actions.administer_identity import found_principal
from annex_gateway.domain.api_keys import CredentialKind, Identity
from annex_gateway.domain.device_logins import (
    GUESS_WINDOW,
    MAX_GUESSES,
    DeviceCode,
    DeviceGrant,
    DeviceLogin,
    DeviceLoginStatus,
    DeviceWish,
    UserCode,
    device_code_unknown,
    end_of_grant,
)
from annex_gateway.domain.errors import (
    DeviceApproverRefused,
    DeviceLoginDecided,
    DeviceLoginsExceeded,
    GrantRefused,
    TenantMismatch,
    UserCodeGuessesExceeded,
    UserCodeUnknown,
)
from annex_gateway.domain.identity_changes import Actor, Change, IdentityChange
from annex_gateway.domain.identity_ports import IdentityDirectory, IdentityWork
from annex_gateway.domain.roles import require_may_give
from annex_gateway.domain.tenants import Tenant
from annex_shared.permissions import Permission


@dataclass(frozen=True, slots=True)
class DeviceLimits:
    """How long a login waits, how often it is asked about, how many wait at once."""

    lifetime: timedelta = timedelta(minutes=10)
    interval_seconds: int = 5
    at_most: int = 1_000


@dataclass(frozen=True, slots=True)
class DeviceDesk:
    """What logins of devices work with."""

    work: IdentityWork
    minting: Minting
    limits: DeviceLimits


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """What the device is told, once."""

    device_code: DeviceCode = field(repr=False)
    user_code: UserCode = field(repr=False)
    lifetime_seconds: int
    interval_seconds: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides; without ``permissions`` whatever was wished and they may give."""

    is_approved: bool
    permissions: frozenset[Permission] | None = None
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """A key for the device, and the tenant it is for."""

    issued: IssuedKey
    tenant: Tenant


async def begin_device_login(wish: DeviceWish, *, desk: DeviceDesk) -> BegunLogin:
    """Begin a login that anybody may ask for. Raises DeviceLoginsExceeded."""
    minting, limits = desk.minting, desk.limits
    device_code = DeviceCode.mint(minting.random_bytes)
    user_code = UserCode.mint(minting.random_bytes)
    now = minting.clock.now()
    login = DeviceLogin(
        device_code.hashed(minting.pepper), wish, now, now + limits.lifetime, limits.interval_seconds
    )
    async with desk.work.beside_others() as directory:
        is_added = await directory.devices.add(
            login, user_code.hashed(minting.pepper), at_most=limits.at_most
        )
    if not is_added:
        raise DeviceLoginsExceeded(
            "Too many logins wait at this moment. Try again in a minute, or use an API key.",
            retry_after_seconds=60,
        )
    return BegunLogin(device_code, user_code, int(limits.lifetime.total_seconds()), limits.interval_seconds)


async def ask_device_login(text: str, *, request_id: str, desk: DeviceDesk) -> SignedInDevice:
    """Hand out the key of an approved login, once.

    A code that comes a second time was stolen, or the answer with the key was lost: either way the key is
    nobody's and is revoked. Raises DeviceCodeUnknown and what ``DeviceLogin.require_granted`` does.
    """
    minting = desk.minting
    device_hash, now = DeviceCode.parse(text).hashed(minting.pepper), minting.clock.now()
    is_too_fast = False
    async with desk.work.beside_others() as directory:
        login = await directory.devices.of_device(device_hash)
        if login is not None:
            is_too_fast, login = login.is_polled_too_fast(now), login.polled(now)
            await directory.devices.note_poll(login)
            if login.key_id is not None:
                await _revoke(login, login.key_id, at=now, request_id=request_id, directory=directory)
            elif login.grant is not None and now < login.expires_at:
                return await _handed_out(
                    login, login.grant, request_id=request_id, directory=directory, minting=minting
                )
    # Refused only here: what was noted stays noted.
    if login is None:
        raise device_code_unknown()
    login.require_granted(now, is_too_fast=is_too_fast)
    raise AssertionError


async def show_device_login(text: str, identity: Identity, *, desk: DeviceDesk) -> DeviceLogin:
    """Show a login to who has its code. Raises UserCodeUnknown, UserCodeGuessesExceeded, …Refused."""
    require_person(identity)
    now = desk.minting.clock.now()
    async with desk.work.beside_others() as directory:
        login, refusal = await _found(text, identity, at=now, directory=directory, desk=desk)
    if login is None:
        raise refusal
    return login


async def decide_device_login(
    text: str, identity: Identity, decision: Decision, *, request_id: str, desk: DeviceDesk
) -> DeviceLogin:
    """Approve or deny a login, once.

    Raises what ``show_device_login`` does, DeviceLoginDecided, TenantMismatch and GrantRefused.
    """
    require_person(identity)
    now = desk.minting.clock.now()
    actor = Actor.of(identity, request_id=request_id)
    async with desk.work.beside_others() as directory:
        login, refusal = await _found(text, identity, at=now, directory=directory, desk=desk)
        if login is not None:
            _require_open(login, identity, now)
            grant = None
            if decision.is_approved:
                grant = await _grant(login, identity, decision, at=now, directory=directory)
            by = identity.tenant_id, identity.principal_id
            await directory.devices.decide(login.device_hash, by, grant)
            await directory.note(_decided(login, grant, actor, at=now))
            found = await directory.devices.of_device(login.device_hash)
            login = found or login
    if login is None:
        raise refusal
    return login


def wished_permissions(login: DeviceLogin, identity: Identity) -> frozenset[Permission]:
    """Say what of the wish a person can give."""
    if Permission.PLATFORM_ADMIN in identity.permissions:
        return login.wish.permissions
    return login.wish.permissions & identity.permissions


async def _found(
    text: str, identity: Identity, *, at: datetime, directory: IdentityDirectory, desk: DeviceDesk
) -> tuple[DeviceLogin | None, UserCodeUnknown | UserCodeGuessesExceeded]:
    """Look a code up, counting it as a guess until it was found.

    The refusal is returned and raised by the caller outside the transaction, so that the count is kept.
    """
    unknown = UserCodeUnknown("No login waits under this code. Compare it with what the device shows.")
    since, guesses = await directory.devices.count_guess(identity.tenant_id, identity.principal_id, at=at)
    if guesses > MAX_GUESSES:
        seconds = max(1, int((since + GUESS_WINDOW - at).total_seconds()) + 1)
        return None, UserCodeGuessesExceeded(
            f"Too many codes that do not exist. Try again in {seconds} s.", retry_after_seconds=seconds
        )
    code = UserCode.parse(text)
    login = None if code is None else await directory.devices.of_user_code(code.hashed(desk.minting.pepper))
    if login is None or not login.is_known_to(identity.tenant_id, identity.principal_id, at):
        return None, unknown
    await directory.devices.forgive_guess(identity.tenant_id, identity.principal_id)
    return login, unknown


def require_person(identity: Identity) -> None:
    """Raise DeviceApproverRefused for a program: whoever decides is somebody who looked."""
    identity.require_no_client()
    if identity.credential is CredentialKind.API_KEY:
        # A key that makes keys would never end.
        raise DeviceApproverRefused(
            "An API key cannot decide about a device. Sign in with a browser and open /device there."
        )


def _require_open(login: DeviceLogin, identity: Identity, now: datetime) -> None:
    if not login.is_pending(now):
        raise DeviceLoginDecided(
            f"This login was {login.status} before. A device that needs another begins again.",
            details={"status": login.status.value},
        )
    if login.wish.tenant_id not in (None, identity.tenant_id):
        raise TenantMismatch("The device asks for another tenant than the one you are signed in to.")


async def _grant(
    login: DeviceLogin,
    identity: Identity,
    decision: Decision,
    *,
    at: datetime,
    directory: IdentityDirectory,
) -> DeviceGrant:
    permissions = decision.permissions
    if permissions is None:
        permissions = wished_permissions(login, identity)
    require_may_give(identity, permissions)
    if not permissions or not permissions <= login.wish.permissions:
        raise GrantRefused(
            "A device gets at least one of the permissions it asks for, and no other.",
            details={"permissions": [*sorted(login.wish.permissions)]},
        )
    # What was approved with a key of its own end is over with that key at the latest.
    ends: Iterable[datetime | None] = ()
    if identity.grounds is not None and identity.grounds.key_id is not None:
        key = await directory.key_ring.find(identity.tenant_id, identity.grounds.key_id)
        ends = (None if key is None else key.expires_at,)
    end = end_of_grant(at, decision.lifetime, ends)
    return DeviceGrant(identity.tenant_id, identity.principal_id, permissions, end)


def _decided(login: DeviceLogin, grant: DeviceGrant | None, actor: Actor, *, at: datetime) -> IdentityChange:
    if actor.tenant_id is None or actor.principal_id is None:
        raise AssertionError
    change = Change.DEVICE_DENIED if grant is None else Change.DEVICE_APPROVED
    subject = f"principal:{actor.principal_id}"
    details: dict[str, JsonValue] = {"device": login.wish.name}
    if grant is not None:
        details["permissions"] = [*sorted(grant.permissions)]
        details["expires_at"] = grant.key_expires_at.isoformat()
    return IdentityChange(change, actor.tenant_id, subject, actor, at, details)


async def _handed_out(
    login: DeviceLogin,
    grant: DeviceGrant,
    *,
    request_id: str,
    directory: IdentityDirectory,
    minting: Minting,
) -> SignedInDevice:
    listing = await found_principal(grant.tenant_id, grant.principal_id, directory=directory)
    tenant = await directory.find_tenant(grant.tenant_id)
    if tenant is None:
        raise AssertionError
    wanted = KeyWanted(
        listing.principal.name,
        grant.permissions,
        principal_id=grant.principal_id,
        expires_at=grant.key_expires_at,
        label=login.wish.name,
    )
    actor = Actor(grant.principal_id, grant.tenant_id, "device_login", request_id)
    issued = await add_key(listing.principal, wanted, actor=actor, directory=directory, minting=minting)
    await directory.devices.note_key(login.device_hash, issued.text.key_id)
    return SignedInDevice(issued, tenant)


async def _revoke(
    login: DeviceLogin, key_id: str, *, at: datetime, request_id: str, directory: IdentityDirectory
) -> None:
    if login.decided_by is None or login.status is not DeviceLoginStatus.APPROVED:
        raise AssertionError
    tenant_id, principal_id = login.decided_by
    key = await directory.key_ring.find(tenant_id, key_id)
    if key is None or key.revoked_at is not None:
        return
    await directory.revoke_key(key_id, at=at)
    actor = Actor(principal_id, tenant_id, "device_login", request_id)
    await directory.note(
        IdentityChange(
            Change.KEY_REVOKED, tenant_id, f"api_key:{key_id}", actor, at, {"reason": "device code repeated"}
        )
    )
