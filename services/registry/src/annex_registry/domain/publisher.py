"""Publishers: who may publish under a slug, and whose keys sign for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from annex_registry.domain.errors import InvalidKeyWindow
from annex_shared.names import PublisherSlug


class MemberRole(StrEnum):
    """Members publish; maintainers also decide about versions; owners also about members and keys."""

    OWNER = "owner"
    MAINTAINER = "maintainer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class KeyWindow:
    """When a key may sign for new versions: ``begin`` included, ``end`` not; None is no limit."""

    begin: datetime | None = None
    end: datetime | None = None

    def refuse_empty(self) -> None:
        """Raise InvalidKeyWindow for a window in which no moment lies."""
        if self.begin is not None and self.end is not None and self.begin >= self.end:
            raise InvalidKeyWindow(
                "The key would never be valid: valid_until must be later than valid_from.",
                details={"field": "valid_until"},
            )


@dataclass(frozen=True, slots=True)
class PublisherKey:
    """An Ed25519 public key in PEM that signs for a publisher in its window, until it is revoked."""

    key_id: str
    public_key_pem: str
    added_at: datetime
    revoked_at: datetime | None = None
    window: KeyWindow = KeyWindow()
    log_index: int | None = None

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    def reason_not_to_trust(self, at: datetime) -> str | None:
        """Say why the key counts for nothing at a moment; None when it counts."""
        if self.revoked_at is not None:
            return "revoked"
        if self.window.begin is not None and at < self.window.begin:
            return "not valid yet"
        if self.window.end is not None and at >= self.window.end:
            return "expired"
        return None


@dataclass(frozen=True, slots=True)
class Publisher:
    """A namespace of extensions."""

    slug: PublisherSlug
    created_at: datetime
    keys: tuple[PublisherKey, ...]

    @property
    def active_keys(self) -> tuple[PublisherKey, ...]:
        return tuple(key for key in self.keys if key.is_active)
