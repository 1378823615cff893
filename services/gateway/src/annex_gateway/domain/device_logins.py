"""Logins of devices without a browser of their own (RFC 8628): codes, how often is asked, what is granted."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from annex_gateway.domain.api_keys import RandomBytes
from annex_gateway.domain.errors import (
    DeviceAuthorizationDenied,
    DeviceAuthorizationPending,
    DeviceCodeExpired,
    DeviceCodeUnknown,
    DeviceCodeUsed,
    DevicePollTooFast,
)
from annex_shared.display_text import shown
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission

# Without vowels no word comes out; without 0 1 5 8 B I L O S Z nothing is mistaken for something else.
ALPHABET: Final = "234679CDFGHJKMNPQRTVWXY"
USER_CODE_LENGTH: Final = 8
DEVICE_CODE_PREFIX: Final = "annexdevice_"
MAX_NAME: Final = 80
# One who mistypes needs a few; one who guesses needs thousands of millions.
MAX_GUESSES: Final = 10
GUESS_WINDOW: Final = timedelta(minutes=10)
LONGEST_GRANT: Final = timedelta(days=90)
USUAL_GRANT: Final = timedelta(days=30)
# What a device gets that did not say what it needs: never the right to administer the platform.
USUAL_WISH: Final = frozenset(Permission) - {Permission.PLATFORM_ADMIN}
_SLOWER_SECONDS: Final = 5
_SLOWEST_SECONDS: Final = 60
# A clock and a network of their own: who asks this little too early is not too fast.
_TOLERANCE: Final = timedelta(milliseconds=500)
_DEVICE_SECRET_BYTES: Final = 32
_DEVICE_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class DeviceLoginStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the device keeps and asks with. It is shown to nobody and kept nowhere else."""

    text: str = field(repr=False)

    @classmethod
    def mint(cls, random_bytes: RandomBytes) -> "DeviceCode":
        secret = base64.urlsafe_b64encode(random_bytes(_DEVICE_SECRET_BYTES)).rstrip(b"=").decode()
        return cls(DEVICE_CODE_PREFIX + secret)

    @classmethod
    def parse(cls, text: str) -> "DeviceCode":
        secret = text.removeprefix(DEVICE_CODE_PREFIX)
        if secret == text or _DEVICE_SECRET.fullmatch(secret) is None:
            raise device_code_unknown()
        return cls(text)

    def hashed(self, pepper: bytes) -> bytes:
        return hmac.digest(pepper, b"device\0" + self.text.encode(), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class UserCode:
    """What a person reads from the device and types; ``text`` is without the dash."""

    text: str = field(repr=False)

    @classmethod
    def mint(cls, random_bytes: RandomBytes) -> "UserCode":
        """Draw every letter evenly: a byte past the last whole round of the alphabet is drawn again."""
        letters, most = "", 256 - 256 % len(ALPHABET)
        while len(letters) < USER_CODE_LENGTH:
            letters += "".join(ALPHABET[byte % len(ALPHABET)] for byte in random_bytes(16) if byte < most)
        return cls(letters[:USER_CODE_LENGTH])

    @classmethod
    def parse(cls, text: str) -> "UserCode | None":
        """Read a code as people write it: small letters, blanks, another dash or none."""
        letters = re.sub(r"[\s\-\u2010-\u2015_.]", "", text[:40]).upper()
        is_code = len(letters) == USER_CODE_LENGTH and set(letters) <= set(ALPHABET)
        return cls(letters) if is_code else None

    @property
    def written(self) -> str:
        return f"{self.text[:4]}-{self.text[4:]}"

    def hashed(self, pepper: bytes) -> bytes:
        return hmac.digest(pepper, b"user-code\0" + self.text.encode(), hashlib.sha256)


def device_code_unknown() -> DeviceCodeUnknown:
    return DeviceCodeUnknown("No login waits for this device code. Begin again with annex login.")


def device_name(text: str) -> str:
    """Make what a device calls itself safe to show; nobody vouches for it."""
    return shown(" ".join(text.split()), limit=MAX_NAME) or "a device without a name"


@dataclass(frozen=True, slots=True)
class DeviceWish:
    """What a device asks for; with ``tenant_id`` only people of that tenant may approve."""

    name: str
    permissions: frozenset[Permission]
    tenant_id: TenantId | None = None


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """What a person granted, and who it was."""

    tenant_id: TenantId
    principal_id: PrincipalId
    permissions: frozenset[Permission]
    key_expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """One attempt of a device to be signed in."""

    device_hash: bytes = field(repr=False)
    wish: DeviceWish
    created_at: datetime
    expires_at: datetime
    interval_seconds: int
    status: DeviceLoginStatus = DeviceLoginStatus.PENDING
    polled_at: datetime | None = None
    # Who decided; a denial has nothing but these two.
    decided_by: tuple[TenantId, PrincipalId] | None = None
    grant: DeviceGrant | None = None
    # The key that was handed out, once.
    key_id: str | None = None

    def is_pending(self, now: datetime) -> bool:
        return self.status is DeviceLoginStatus.PENDING and now < self.expires_at

    def is_known_to(self, tenant_id: TenantId, principal_id: PrincipalId, now: datetime) -> bool:
        """Tell whether a person may see it: while it waits whoever has its code, then who decided."""
        return self.is_pending(now) or self.decided_by == (tenant_id, principal_id)

    def polled(self, now: datetime) -> "DeviceLogin":
        """Note that the device asked; who asks too early has to wait longer from now on."""
        interval = self.interval_seconds
        if self.is_polled_too_fast(now):
            interval = min(interval + _SLOWER_SECONDS, _SLOWEST_SECONDS)
        return replace(self, polled_at=now, interval_seconds=interval)

    def is_polled_too_fast(self, now: datetime) -> bool:
        if self.polled_at is None:
            return False
        return now < self.polled_at + timedelta(seconds=self.interval_seconds) - _TOLERANCE

    def require_granted(self, now: datetime, *, is_too_fast: bool) -> DeviceGrant:
        """Say what was granted and not handed out yet. Raises one of RFC 8628's refusals."""
        if self.key_id is not None:
            raise DeviceCodeUsed("This device code was used. Its key is revoked; begin again.")
        if self.status is DeviceLoginStatus.DENIED:
            raise DeviceAuthorizationDenied("The login was denied. Nothing was granted.")
        if now >= self.expires_at:
            raise DeviceCodeExpired("The code expired before anybody approved it. Begin again.")
        if is_too_fast:
            raise DevicePollTooFast(
                f"Asked too early. Wait {self.interval_seconds} s between two questions.",
                retry_after_seconds=self.interval_seconds,
                details={"interval": self.interval_seconds},
            )
        if self.grant is None:
            raise DeviceAuthorizationPending(
                "Nobody has approved or denied this login yet. Ask again.",
                details={"interval": self.interval_seconds},
            )
        return self.grant


def end_of_grant(now: datetime, wished: timedelta | None, limits: Iterable[datetime | None]) -> datetime:
    """Say when the key ends: as wished, within the longest time, never after what approved it."""
    end = now + min(wished or USUAL_GRANT, LONGEST_GRANT)
    return min([end, *(limit for limit in limits if limit is not None)])
