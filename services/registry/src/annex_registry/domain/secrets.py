"""Secrets of an install: sealed one by one, with an end of use and an age they must not pass."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from annex_registry.domain.errors import InvalidSecretExpiry, InvalidSecretName
from annex_shared.display_text import shown
from annex_shared.secret_envelope import SealedSecrets

MAX_SECRETS = 100
# Of sealed text, which is a third longer than what it seals.
MAX_SECRETS_BYTES = 384 * 1024
MAX_EXPIRY = timedelta(days=3660)
_SECRET_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class OverduePolicy(StrEnum):
    """What happens with a secret that is too old: it is shown as such, or also withheld."""

    WARN = "warn"
    REFUSE = "refuse"


class SecretStatus(StrEnum):
    """``refused`` is overdue and withheld for it."""

    ACTIVE = "active"
    OVERDUE = "overdue"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A sealed value and when it was set; nothing here can open it.

    ``hosts`` are those it may be put into requests to, without the extension seeing it.
    """

    name: str
    sealed: SealedSecrets
    set_at: datetime
    set_by: str
    expires_at: datetime | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RotationPolicy:
    """How old secrets may become; None is no limit."""

    max_age_days: int | None = None
    overdue: OverduePolicy = OverduePolicy.WARN

    def tightened(self, max_age_days: int | None, overdue: OverduePolicy | None = None) -> "RotationPolicy":
        """Add a limit of somebody else's; nobody can loosen what another asks for."""
        limits = [days for days in (self.max_age_days, max_age_days) if days is not None]
        is_refused = OverduePolicy.REFUSE in (self.overdue, overdue)
        return RotationPolicy(
            min(limits, default=None), OverduePolicy.REFUSE if is_refused else OverduePolicy.WARN
        )

    def overdue_at(self, set_at: datetime) -> datetime | None:
        return None if self.max_age_days is None else set_at + timedelta(days=self.max_age_days)

    def usable_until(self, set_at: datetime, expires_at: datetime | None) -> datetime | None:
        """Return when the secret is handed out for the last time; None is no end."""
        withheld = self.overdue_at(set_at) if self.overdue is OverduePolicy.REFUSE else None
        return min((end for end in (expires_at, withheld) if end is not None), default=None)

    def status(self, set_at: datetime, expires_at: datetime | None, now: datetime) -> SecretStatus:
        overdue_at = self.overdue_at(set_at)
        if expires_at is not None and expires_at <= now:
            return SecretStatus.EXPIRED
        if overdue_at is None or now < overdue_at:
            return SecretStatus.ACTIVE
        return SecretStatus.REFUSED if self.overdue is OverduePolicy.REFUSE else SecretStatus.OVERDUE


def accepted_secret_name(name: str) -> str:
    """Return the name if it is well formed. Raises InvalidSecretName."""
    if _SECRET_NAME.fullmatch(name) is None:
        raise InvalidSecretName(
            f'Secret name "{shown(name, limit=80)}" is not allowed: use letters, digits, "_", "." and "-", '
            "128 characters at most.",
            details={"name": shown(name)},
        )
    return name


def accepted_expiry(expires_at: datetime | None, *, now: datetime) -> datetime | None:
    """Return the end of use if it lies ahead, and not too far. Raises InvalidSecretExpiry."""
    if expires_at is not None and not now < expires_at <= now + MAX_EXPIRY:
        raise InvalidSecretExpiry(
            f"expires_at is {expires_at.isoformat()}: it must lie in the future, ten years ahead at most. "
            "Nothing was changed.",
            details={"expires_at": expires_at.isoformat()},
        )
    return expires_at


def names_of(secrets: Iterable[StoredSecret], envelope: SealedSecrets | None) -> tuple[str, ...]:
    """Name what is sealed, each by itself or all in one older envelope."""
    return tuple(sorted({*(secret.name for secret in secrets), *(envelope.names if envelope else ())}))


def sealed_bytes(secret: StoredSecret) -> int:
    return len(secret.sealed.ciphertext_b64)
