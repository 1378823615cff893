"""What tokens (JWT) of the operator's issuers say: which tenant, who, and no more than the issuer may."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from annex_gateway.domain.api_keys import PrincipalKind
from annex_gateway.domain.errors import (
    TokenAudienceMismatch,
    TokenClaimsContradictory,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
    TokenRefused,
    TokenTenantRefused,
)
from annex_shared.errors import AnnexError
from annex_shared.ids import TenantId, parse_uuid
from annex_shared.issued_tokens import (
    IssuedToken,
    IssuerKey,
    TokenFault,
    TokenTerms,
    TokenTooEarly,
    TokenTooOld,
    TokenUnreadable,
    audiences_of,
    expiry_of,
)
from annex_shared.permissions import Permission

MAX_TOKEN_BYTES: Final = 8 * 1024
LEEWAY: Final = timedelta(seconds=30)
_MAX_TEXT: Final = 256
_MAX_NAMES: Final = 64
_USER_TYPES: Final = {
    "internal": PrincipalKind.USER,
    "user": PrincipalKind.USER,
    "client": PrincipalKind.CLIENT,
    "service": PrincipalKind.SERVICE,
}


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Under which names an issuer says what; a dot goes into an object where no claim has the whole name.

    Roles and permissions are read only where the operator names their claims: "admin" elsewhere is not ours.
    """

    tenant: str = "tenant_id"
    roles: str | None = None
    permissions: str | None = None
    email: str = "email"
    name: str = "name"
    user_type: str = "user_type"
    client_id: str = "portal_client_id"
    client_name: str = "portal_client_name"


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """An issuer the operator trusts, and how far.

    ``tenant`` is the one tenant it speaks for; without it the token's claim says which, out of ``tenants``
    where those are listed. ``ceiling`` is the most that its word is worth.
    """

    issuer: str
    audiences: frozenset[str]
    tenant: TenantId | None = None
    tenants: frozenset[TenantId] | None = None
    algorithms: frozenset[str] | None = None
    types: frozenset[str] = frozenset({"jwt", "at+jwt"})
    names: ClaimNames = ClaimNames()
    additional_fields: tuple[str, ...] = ()
    ceiling: frozenset[Permission] = frozenset(Permission) - {Permission.PLATFORM_ADMIN}
    max_lifetime: timedelta = timedelta(hours=24)

    def subject(self, token: IssuedToken, key: IssuerKey, *, now: datetime) -> "TokenSubject":
        """Verify a token and read it; raise what of Token… is wrong with it."""
        self._require_kind(token)
        terms = TokenTerms(LEEWAY, self.max_lifetime)
        try:
            claims = token.claims(key, terms=terms, now=now)
            audiences = audiences_of(claims)
            expires_at = expiry_of(claims, terms=terms, now=now)
        except TokenFault as fault:
            raise refusal_of(fault) from None
        if self.audiences.isdisjoint(audiences):
            raise TokenAudienceMismatch("The token was made for another audience. Ask for one that is ours.")
        return self._read(claims, expires_at=expires_at)

    def _require_kind(self, token: IssuedToken) -> None:
        if self.algorithms is not None and token.algorithm not in self.algorithms:
            raise refused("its algorithm is not one of this issuer's")
        kind = (token.kind or "").lower().removeprefix("application/")
        if kind not in self.types:
            raise refused("its type (typ) is not that of a token for us")

    def _read(self, claims: Mapping[str, Any], *, expires_at: datetime) -> "TokenSubject":
        names, read = self.names, _Claims(claims)
        kind = _kind(read.text(names.user_type))
        client_id, client_name = read.text(names.client_id), read.text(names.client_name)
        roles = read.names(names.roles)
        permissions = read.names(names.permissions)
        if kind is not PrincipalKind.CLIENT and client_id is not None:
            raise contradictory("it names a client, and is not a client's")
        if kind is PrincipalKind.CLIENT and (roles or permissions):
            raise contradictory("it is a client's, and names roles or permissions")
        email = None if claims.get("email_verified") is False else read.text(names.email)
        return TokenSubject(
            issuer=self.issuer,
            subject=read.required_text("sub"),
            tenant_id=self._tenant(read),
            kind=kind,
            roles=roles,
            permissions=frozenset(p for p in Permission if p.value in permissions) & self.ceiling,
            ceiling=self.ceiling,
            expires_at=expires_at,
            name=read.text(names.name) or "",
            email=email or "",
            client_id=client_id,
            client_name=client_name,
            additional_fields={
                name: value for name in self.additional_fields if (value := read.text(name)) is not None
            },
        )

    def _tenant(self, read: "_Claims") -> TenantId:
        claimed = read.text(self.names.tenant)
        if claimed is None:
            if self.tenant is None:
                raise tenant_refused("it names none")
            return self.tenant
        try:
            tenant_id = TenantId(parse_uuid(claimed.lower(), field="tenant"))
        except AnnexError:
            raise tenant_refused("what it names is not a tenant's id") from None
        if self.tenant not in (None, tenant_id):
            raise contradictory("it names another tenant than its issuer speaks for")
        if self.tenants is not None and tenant_id not in self.tenants:
            raise tenant_refused("its issuer does not speak for that one")
        return tenant_id


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """Whom a verified token speaks for. ``kind`` is None where it does not say."""

    issuer: str
    subject: str
    tenant_id: TenantId
    kind: PrincipalKind | None
    roles: frozenset[str]
    permissions: frozenset[Permission]
    ceiling: frozenset[Permission]
    expires_at: datetime
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    client_id: str | None = None
    client_name: str | None = field(default=None, repr=False)
    additional_fields: Mapping[str, str] = field(default_factory=dict, repr=False)


class _Claims:
    """Reads claims of the forms that issuers use; an odd one is refused, not guessed at."""

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self._claims = claims

    def text(self, name: str) -> str | None:
        value = self._find(name)
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
            raise contradictory(f'its claim "{name}" is not one short text')
        return value

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise refused(f'it has no claim "{name}"')
        return value

    def names(self, name: str | None) -> frozenset[str]:
        value = None if name is None else self._find(name)
        if value is None:
            return frozenset()
        found = value.split() if isinstance(value, str) else value
        if not isinstance(found, list) or len(found) > _MAX_NAMES:
            raise refused(f'its claim "{name}" is no list of names, or too long')
        if not all(isinstance(one, str) and len(one) <= _MAX_TEXT for one in found):
            raise refused(f'its claim "{name}" is no list of names')
        return frozenset(found)

    def _find(self, name: str) -> Any:
        if name in self._claims:
            return self._claims[name]
        value: Any = self._claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


def _kind(user_type: str | None) -> PrincipalKind | None:
    if user_type is None:
        return None
    if user_type not in _USER_TYPES:
        raise refused("its user type is none that is known here")
    return _USER_TYPES[user_type]


def read_token(text: str) -> IssuedToken:
    """Read a token without believing it. Raises TokenMalformed, TokenRefused."""
    if len(text) > MAX_TOKEN_BYTES:
        raise TokenMalformed(f"The token is longer than {MAX_TOKEN_BYTES} bytes.")
    try:
        token = IssuedToken.read(text)
    except TokenFault as fault:
        raise refusal_of(fault) from None
    if not token.key_id:
        raise TokenMalformed("The token does not name its key (kid).")
    return token


def refusal_of(fault: TokenFault) -> AnnexError:
    match fault:
        case TokenTooOld(moment=moment):
            return TokenExpired(f"The token expired at {moment:%Y-%m-%d %H:%M:%S} UTC. Sign in again.")
        case TokenTooEarly(moment=moment):
            return TokenNotYetValid(
                f"The token is valid from {moment:%Y-%m-%d %H:%M:%S} UTC. One of the two clocks is wrong."
            )
        case TokenUnreadable(reason=reason):
            return TokenMalformed(f"The token cannot be read: {reason}.")
        case _:
            return refused(fault.reason)


def refused(reason: str) -> TokenRefused:
    return TokenRefused(f"The token does not count: {reason}.", details={"reason": reason})


def contradictory(reason: str) -> TokenClaimsContradictory:
    return TokenClaimsContradictory(f"The token contradicts itself: {reason}.", details={"reason": reason})


def tenant_refused(reason: str) -> TokenTenantRefused:
    return TokenTenantRefused(f"The token opens no tenant: {reason}.", details={"reason": reason})


def principal_name(issuer: str, subject: str) -> str:
    """Name a principal that came by a token; names are unique in a tenant, those of people are not."""
    return "oidc-" + hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:40]
