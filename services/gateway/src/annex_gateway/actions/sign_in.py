"""Sign in with a browser: a credential or a one-time link becomes a session, and the session ends."""

from dataclasses import dataclass, field
from datetime import datetime

from annex_gateway.actions.administer import Minting
from annex_gateway.actions.administer_identity import found_principal
from annex_gateway.actions.identify_session import SessionReader
from annex_gateway.domain.api_keys import CredentialKind, Identity
from annex_gateway.domain.errors import SignInUnavailable
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.identity_changes import Actor, Change, IdentityChange
from annex_gateway.domain.identity_ports import IdentityDirectory, IdentityWork
from annex_gateway.domain.sessions import (
    LINK_PREFIX,
    SessionSecret,
    SessionTimes,
    link_hash,
    link_refused,
    new_secret,
)
from annex_shared.ids import PrincipalId
from annex_shared.permissions import Permission


@dataclass(frozen=True, slots=True)
class SignIn:
    """What signing in and out works with."""

    work: IdentityWork
    minting: Minting
    reader: SessionReader
    times: SessionTimes


@dataclass(frozen=True, slots=True)
class StartedSession:
    """A new session; ``secret`` is for the cookie and nowhere else."""

    secret: SessionSecret = field(repr=False)
    csrf_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A one-time link's token; whoever has it is signed in by it."""

    token: str = field(repr=False)
    principal_id: PrincipalId
    expires_at: datetime


async def start_session(
    identity: Identity, *, old: SessionSecret | None, request_id: str, sign_in: SignIn
) -> StartedSession:
    """Make a session of a credential; this browser's earlier one is ended. Raises SignInUnavailable."""
    actor = Actor.of(identity, request_id=request_id)
    return await _start(_grounds(identity), actor=actor, old=old, sign_in=sign_in)


async def redeem_link(
    token: str, *, old: SessionSecret | None, request_id: str, sign_in: SignIn
) -> StartedSession:
    """Make a session of a sign-in link, once. Raises SignInLinkRefused."""
    token_hash = link_hash(token, sign_in.minting.pepper)
    now = sign_in.minting.clock.now()
    async with sign_in.work.beside_others() as directory:
        grounds = await directory.sessions.take_link(token_hash, at=now)
    if grounds is None:
        raise link_refused()
    actor = Actor(grounds.principal_id, grounds.tenant_id, "sign_in_link", request_id)
    return await _start(grounds, actor=actor, old=old, sign_in=sign_in)


async def _start(
    grounds: Grounds, *, actor: Actor, old: SessionSecret | None, sign_in: SignIn
) -> StartedSession:
    minting = sign_in.minting
    now, secret = minting.clock.now(), SessionSecret(new_secret(minting.random_bytes))
    session_hash, expires_at = secret.hashed(minting.pepper), now + sign_in.times.absolute
    async with sign_in.work.beside_others() as directory:
        if old is not None:
            await _end(old.hashed(minting.pepper), actor=actor, at=now, directory=directory, sign_in=sign_in)
        await directory.sessions.add(session_hash, grounds, at=now, expires_at=expires_at)
        await directory.note(
            IdentityChange(
                Change.SESSION_STARTED, grounds.tenant_id, f"principal:{grounds.principal_id}", actor, now
            )
        )
    return StartedSession(secret, secret.csrf_token(minting.pepper), expires_at)


async def end_session(secret: SessionSecret, identity: Identity, *, request_id: str, sign_in: SignIn) -> None:
    """Sign out; the cookie opens nothing from now on, elsewhere within seconds."""
    actor = Actor.of(identity, request_id=request_id)
    now = sign_in.minting.clock.now()
    async with sign_in.work.beside_others() as directory:
        session_hash = secret.hashed(sign_in.minting.pepper)
        await _end(session_hash, actor=actor, at=now, directory=directory, sign_in=sign_in)


async def _end(
    session_hash: bytes, *, actor: Actor, at: datetime, directory: IdentityDirectory, sign_in: SignIn
) -> None:
    grounds = await directory.sessions.end(session_hash, at=at)
    sign_in.reader.forget(session_hash)
    if grounds is not None:
        subject = f"principal:{grounds.principal_id}"
        await directory.note(IdentityChange(Change.SESSION_ENDED, grounds.tenant_id, subject, actor, at))


async def issue_link(
    identity: Identity, principal_id: PrincipalId | None, *, request_id: str, sign_in: SignIn
) -> SignInLink:
    """Make a sign-in link for oneself, or as a platform administrator for a principal of one's tenant.

    One's own stands on what the credential stands on, another's on that principal's roles alone. Raises
    PermissionDenied, PrincipalNotFound, SignInUnavailable.
    """
    now = sign_in.minting.clock.now()
    token = LINK_PREFIX + new_secret(sign_in.minting.random_bytes)
    expires_at = now + sign_in.times.link
    actor = Actor.of(identity, request_id=request_id)
    if principal_id is None or principal_id == identity.principal_id:
        grounds = _grounds(identity)
    else:
        identity.require(Permission.PLATFORM_ADMIN)
        grounds = Grounds(identity.tenant_id, principal_id)
    async with sign_in.work.beside_others() as directory:
        await found_principal(grounds.tenant_id, grounds.principal_id, directory=directory)
        hashed = link_hash(token, sign_in.minting.pepper)
        await directory.sessions.add_link(hashed, grounds, at=now, expires_at=expires_at)
        await directory.note(
            IdentityChange(
                Change.LINK_ISSUED, grounds.tenant_id, f"principal:{grounds.principal_id}", actor, now
            )
        )
    return SignInLink(token, grounds.principal_id, expires_at)


def _grounds(identity: Identity) -> Grounds:
    if identity.grounds is None or identity.credential is CredentialKind.SESSION:
        # A session that makes sessions would never be over.
        raise SignInUnavailable("Sign in with an API key, a token or a link; a session makes no other.")
    return identity.grounds
