"""API keys: ``annex_<keyid>_<secret><crc>``, what is kept of one, and who a valid one speaks for."""

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from annex_gateway.domain.errors import (
    ApiKeyExpired,
    ApiKeyMalformed,
    ApiKeyRefused,
    ApiKeyRevoked,
    PermissionDenied,
    TenantMismatch,
)
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


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone or something that acts within one tenant; keys come and go, the principal stays."""

    principal_id: PrincipalId
    tenant_id: TenantId
    kind: PrincipalKind
    name: str


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
    key_id: str

    def to_caller(self) -> Caller:
        return Caller(
            principal=str(self.principal_id), tenant_id=self.tenant_id, permissions=self.permissions
        )

    def require(self, *permissions: Permission) -> None:
        """Insist on one of the permissions."""
        if self.permissions.isdisjoint(permissions):
            raise PermissionDenied(
                f"This takes {' or '.join(permissions)}, which this API key does not hold.",
                details={"permissions": [*permissions]},
            )

    def require_tenant(self, claims: tuple[str, ...]) -> None:
        """Refuse a request whose headers name another tenant; a header is never an authority."""
        for claim in claims:
            if claim.strip().lower() != str(self.tenant_id):
                raise TenantMismatch(
                    "x-tenant-id names another tenant than the API key belongs to. "
                    "Leave the header out or use a key of that tenant."
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

    def identity(self) -> Identity:
        return Identity(self.principal_id, self.tenant_id, self.permissions, self.key_id)

    def require_secret(self, secret_hash: bytes) -> None:
        if not hmac.compare_digest(self.secret_hash, secret_hash):
            raise ApiKeyRefused("The API key is not known here. Check which deployment it was made for.")

    def require_valid(self, now: datetime) -> None:
        if self.revoked_at is not None:
            raise ApiKeyRevoked("The API key was revoked. Ask an administrator of your tenant for a new one.")
        if self.expires_at is not None and self.expires_at <= now:
            raise ApiKeyExpired(
                f"The API key expired at {self.expires_at:%Y-%m-%d %H:%M} UTC. Ask for a new one."
            )

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
