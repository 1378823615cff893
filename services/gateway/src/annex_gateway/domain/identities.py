"""Who a token or a session speaks for, put together from what it says and what is known here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from annex_gateway.domain.api_keys import CredentialKind, Holder, Identity, PrincipalKind
from annex_gateway.domain.bearer_tokens import TokenSubject, contradictory
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.roles import ADMIN, permissions_of
from annex_gateway.domain.sessions import Session
from annex_gateway.domain.users import User
from annex_shared.ids import PrincipalId
from annex_shared.permissions import Permission

RolePermissions = Mapping[str, frozenset[Permission]]


@dataclass(frozen=True, slots=True)
class Holding:
    """What is known of the principal of a token; ``own_roles`` are the tenant's own roles that matter."""

    principal_id: PrincipalId
    holder: Holder
    own_roles: RolePermissions = field(default_factory=dict)


def identity_of_token(subject: TokenSubject, holding: Holding, *, key_id: str) -> Identity:
    """Raise PrincipalDisabled, TokenClaimsContradictory."""
    holder = holding.holder
    holder.require_enabled()
    if subject.kind not in (None, holder.kind):
        raise contradictory("it is of another type of user than this principal is here")
    if subject.client_id is not None and holder.client_id not in (None, subject.client_id):
        raise contradictory("it names another client than this principal belongs to here")
    said = _cut(permissions_of(subject.roles, holding.own_roles), subject.ceiling)
    grounds = Grounds(
        subject.tenant_id,
        holding.principal_id,
        permissions=subject.permissions.union(*said.values()),
        roles=frozenset(said),
        client_id=subject.client_id,
        client_name=subject.client_name,
        additional_fields=subject.additional_fields,
    )
    user = _with_name(_user(holder, grounds), subject)
    identity = _identity(grounds, holder, holding.own_roles, user=user, key_id=key_id)
    return replace(identity, credential=CredentialKind.TOKEN, expires_at=subject.expires_at)


def identity_of_session(session: Session, *, key_id: str) -> Identity:
    """Raise PrincipalDisabled. Whether the session is valid was asked before."""
    session.holder.require_enabled()
    grounds = session.grounds
    if grounds.key_id is not None:
        # As the key opens: without roles.
        live = replace(grounds, permissions=session.key_permissions or frozenset())
        holder = replace(session.holder, roles=frozenset())
    else:
        live, holder = grounds, session.holder
    identity = _identity(live, holder, session.own_roles, user=_user(holder, grounds), key_id=key_id)
    return replace(
        identity, credential=CredentialKind.SESSION, expires_at=session.expires_at, grounds=grounds
    )


def _identity(
    grounds: Grounds, holder: Holder, own_roles: RolePermissions, *, user: User | None, key_id: str
) -> Identity:
    roles: dict[str, frozenset[Permission]] = {}
    permissions: frozenset[Permission] = frozenset()
    if holder.kind is not PrincipalKind.CLIENT:
        said = permissions_of(grounds.roles, own_roles)
        roles = _cut(said, grounds.permissions) | permissions_of(holder.roles, own_roles)
        permissions = grounds.permissions.union(*roles.values())
    return Identity(
        grounds.principal_id,
        grounds.tenant_id,
        permissions,
        key_id,
        kind=holder.kind,
        roles=roles,
        user=user,
        grounds=grounds,
    )


def _cut(roles: RolePermissions, ceiling: Iterable[Permission]) -> dict[str, frozenset[Permission]]:
    """Keep of each role what the ceiling leaves; who may not be all that an administrator is, is none."""
    most = frozenset(ceiling)
    return {
        name: permissions & most
        for name, permissions in roles.items()
        if name != ADMIN or permissions <= most
    }


def _user(holder: Holder, grounds: Grounds) -> User | None:
    user = holder.user(grounds.principal_id)
    if user is None:
        return None
    return replace(
        user,
        client_id=grounds.client_id or user.client_id if user.is_client else None,
        client_name=grounds.client_name or user.client_name if user.is_client else user.client_name,
        additional_fields=grounds.additional_fields,
    )


def _with_name(user: User | None, subject: TokenSubject) -> User | None:
    """Take what the token says of the person, which is newer than what is kept."""
    if user is None:
        return None
    return replace(user, name=subject.name or user.name, email=subject.email or user.email)
