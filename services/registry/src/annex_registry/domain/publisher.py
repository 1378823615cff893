"""Publishers: who may publish under a slug, and whose keys sign for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from annex_shared.names import PublisherSlug


class MemberRole(StrEnum):
    """Members publish; maintainers also decide about versions; owners also about members and keys."""

    OWNER = "owner"
    MAINTAINER = "maintainer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class PublisherKey:
    """An Ed25519 public key in PEM that signs for a publisher until it is revoked."""

    key_id: str
    public_key_pem: str
    added_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class Publisher:
    """A namespace of extensions."""

    slug: PublisherSlug
    created_at: datetime
    keys: tuple[PublisherKey, ...]

    @property
    def active_keys(self) -> tuple[PublisherKey, ...]:
        return tuple(key for key in self.keys if key.is_active)
