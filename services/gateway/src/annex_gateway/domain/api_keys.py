"""API keys: ``annex_<keyid>_<secret><crc>``, what is kept of one, and who a valid one speaks for."""

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from annex_gateway.domain.errors import (
    ApiKeyExpired,
    ApiKeyMalformed,
    ApiKeyRefused,
    ApiKeyRevoked,
    ClientUserRefused,
    PermissionDenied,
    PrincipalDisabled,
    TenantMismatch,
)
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.installs import Install
from annex_gateway.domain.ui_tokens import InstallBounds
from annex_gateway.domain.users import User
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# Gives ``count`` unpredictable bytes; ``secrets.token_bytes`` outside tests.
RandomBytes = Callable[[int], bytes]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KEY_ID_BYTES, _KEY_ID_LENGTH = 8, 16
_SECRET_BYTES, _SECRET_LENGTH = 32, 43
_CRC_LENGTH = 6
_FORM = re.compile(
    rf"annex_([0-9a-f]{{{_KEY_ID_LENGTH}}})_([0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{6}})"
)
_USE_IS_NOTED_EVERY = timedelta(hours=1)


class PrincipalKind(StrEnum):
    USER = "user"
    SERVICE = "service"
    # A person of one of the tenant's clients: reaches what has a place in the client portal, nothing else.
    CLIENT = "client"


class CredentialKind(StrEnum):
    """How a caller showed who they are."""

    API_KEY = "api_key"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    SESSION = "session"
    UI_TOKEN = "ui_token"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone or something that acts within one tenant; keys come and go, the principal stays."""

    principal_id: PrincipalId
    tenant_id: TenantId
    kind: PrincipalKind
    name: str


@dataclass(frozen=True, slots=True)
class Holder:
    """What is known of a principal when its credential is judged; ``roles`` are the assigned ones."""

    kind: PrincipalKind
    name: str
    tenant_name: str
    email: str = field(default="", repr=False)
    client_id: str | None = None
    is_disabled: bool = False
    roles: frozenset[str] = frozenset()

    def require_enabled(self) -> None:
        if self.is_disabled:
            raise PrincipalDisabled("This principal was switched off. Ask an administrator of your tenant.")

    def user(self, principal_id: PrincipalId) -> User | None:
        """Say which person acts; a service is none."""
        if self.kind is PrincipalKind.SERVICE:
            return None
        return User(
            user_id=str(principal_id),
            name=self.name,
            email=self.email,
            is_client=self.kind is PrincipalKind.CLIENT,
            client_name=self.tenant_name,
            client_id=self.client_id,
        )


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A key as its holder has it. The secret never enters a log, a repr or the database."""

    key_id: str
    secret: str

    @classmethod
    def mint(cls, random_bytes: RandomBytes) -> "ApiKeyText":
        secret = _base62(int.from_bytes(random_bytes(_SECRET_BYTES)), _SECRET_LENGTH)
        return cls(random_bytes(_KEY_ID_BYTES).hex(), secret)

    @classmethod
    def parse(cls, text: str) -> "ApiKeyText":
        """Read a key; the checksum names a mistyped one without asking the database."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ApiKeyMalformed("The API key is not of the form annex_<id>_<secret>. Copy it again.")
        key = cls(match[1], match[2])
        if match[3] != key._checksum():
            raise ApiKeyMalformed("The API key's checksum is wrong: it was mistyped or cut. Copy it again.")
        return key

    def reveal(self) -> str:
        """Write the key out, for its holder only."""
        return f"annex_{self.key_id}_{self.secret}{self._checksum()}"

    def secret_hash(self, pepper: bytes) -> bytes:
        """Hash what is kept; a 256-bit random secret needs no slow hash, the pepper guards a stolen table."""
        return hmac.digest(pepper, self.secret.encode(), hashlib.sha256)

    def _checksum(self) -> str:
        return _base62(zlib.crc32(f"{self.key_id}_{self.secret}".encode()), _CRC_LENGTH)

    def __repr__(self) -> str:
        return f"ApiKeyText({self.key_id})"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls: the only source of a request's tenant."""

    principal_id: PrincipalId
    tenant_id: TenantId
    permissions: frozenset[Permission]
    # Names the credential in records: a key's id, or a word for a token or a session; never a secret.
    key_id: str
    kind: PrincipalKind = PrincipalKind.SERVICE
    credential: CredentialKind = CredentialKind.API_KEY
    # What each role gives; an API key has its own permissions and no roles.
    roles: Mapping[str, frozenset[Permission]] = field(default_factory=dict)
    user: User | None = None
    expires_at: datetime | None = None
    grounds: Grounds | None = None
    # A credential of an extension's page opens that extension alone.
    confined_to: InstallBounds | None = None

    @property
    def is_tenant_admin(self) -> bool:
        return "admin" in self.roles or Permission.PLATFORM_ADMIN in self.permissions

    def require_no_client(self) -> None:
        """Refuse users of the client portal, who reach extensions only."""
        if self.kind is PrincipalKind.CLIENT:
            raise ClientUserRefused("Users of the client portal reach its extensions and nothing else.")

    def to_caller(self) -> Caller:
        return Caller(
            principal=str(self.principal_id), tenant_id=self.tenant_id, permissions=self.permissions
        )

    def require(self, *permissions: Permission) -> None:
        """Insist on one of the permissions."""
        if self.permissions.isdisjoint(permissions):
            raise PermissionDenied(
                f"This takes {' or '.join(permissions)}, which you do not hold.",
                details={"permissions": [*permissions]},
            )

    def require_install(self, install: Install) -> None:
        """Refuse a credential that is for another install, or for another version of it."""
        if self.confined_to is not None:
            self.confined_to.require(install)

    def require_tenant(self, claims: tuple[str, ...]) -> None:
        """Refuse a request whose headers name another tenant; a header is never an authority."""
        for claim in claims:
            if claim.strip().lower() != str(self.tenant_id):
                raise TenantMismatch(
                    "x-tenant-id names another tenant than your credential belongs to. "
                    "Leave the header out or use a credential of that tenant."
                )


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key."""

    key_id: str
    principal_id: PrincipalId
    tenant_id: TenantId
    secret_hash: bytes
    permissions: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used: datetime | None = None
    # The secret before the last rotation opens until then.
    previous_hash: bytes | None = None
    previous_until: datetime | None = None
    rotated_at: datetime | None = None
    # Known where the key is used, not where keys are listed.
    holder: Holder | None = None

    def identity(self) -> Identity:
        holder = self.holder
        if holder is None:
            return Identity(self.principal_id, self.tenant_id, self.permissions, self.key_id)
        is_client = holder.kind is PrincipalKind.CLIENT
        return Identity(
            self.principal_id,
            self.tenant_id,
            frozenset() if is_client else self.permissions,
            self.key_id,
            kind=holder.kind,
            user=holder.user(self.principal_id),
            expires_at=self.expires_at,
            grounds=Grounds(self.tenant_id, self.principal_id, key_id=self.key_id),
        )

    def require_secret(self, secret_hash: bytes, now: datetime) -> None:
        """Insist on the secret, or on the one before it while both count."""
        is_current = hmac.compare_digest(self.secret_hash, secret_hash)
        is_previous = self.previous_hash is not None and hmac.compare_digest(self.previous_hash, secret_hash)
        if is_current:
            return
        if not is_previous:
            raise ApiKeyRefused("The API key is not known here. Check which deployment it was made for.")
        if self.previous_until is None or self.previous_until <= now:
            raise ApiKeyRevoked("The API key was rotated and this secret of it is over. Use the new one.")

    def require_valid(self, now: datetime) -> None:
        if self.revoked_at is not None:
            raise ApiKeyRevoked("The API key was revoked. Ask an administrator of your tenant for a new one.")
        if self.expires_at is not None and self.expires_at <= now:
            raise ApiKeyExpired(
                f"The API key expired at {self.expires_at:%Y-%m-%d %H:%M} UTC. Ask for a new one."
            )
        if self.holder is not None:
            self.holder.require_enabled()

    def is_live(self, now: datetime) -> bool:
        """Tell whether it opens anything, whoever holds it."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def is_use_worth_noting(self, now: datetime) -> bool:
        """Tell whether ``last_used`` is old enough to be written again; it is coarse on purpose."""
        return self.last_used is None or now - self.last_used >= _USE_IS_NOTED_EVERY


@dataclass(frozen=True, slots=True)
class KeyListing:
    """A key with the name of its principal, as administrators list it."""

    key: ApiKey
    principal: Principal


def new_principal(tenant_id: TenantId, *, name: str, kind: PrincipalKind, new_id: UUID) -> Principal:
    return Principal(PrincipalId(new_id), tenant_id, kind, name)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
