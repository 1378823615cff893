"""Publishers, their members and keys, and the builds they trust."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from annex_registry.domain.publisher import MemberRole, Publisher, PublisherKey
from annex_registry.domain.trusted_publishing import PublishGrant, TrustedOnlyFact, TrustedPublisher
from annex_shared.ids import ExtensionId
from annex_shared.issued_tokens import IssuerKey
from annex_shared.names import PublisherSlug


class Publishers(Protocol):
    """Publishers, their members and keys."""

    async def find(self, slug: PublisherSlug) -> Publisher | None: ...

    async def page(self, *, after: str | None, limit: int) -> list[Publisher]: ...

    async def state(self) -> int:
        """Return a number that grows with every change of what ``page`` shows."""
        ...

    async def add(self, slug: PublisherSlug, *, by: str, at: datetime) -> bool:
        """Return False when the slug is taken."""
        ...

    async def role_of(self, principal: str, slug: PublisherSlug) -> MemberRole | None: ...

    async def slugs_of(self, principal: str) -> list[PublisherSlug]: ...

    async def set_member(
        self, slug: PublisherSlug, principal: str, role: MemberRole, *, at: datetime
    ) -> None: ...

    async def add_key(self, slug: PublisherSlug, key: PublisherKey, *, by: str) -> bool:
        """Return False when the publisher has, or had, that key."""
        ...

    async def revoke_key(self, slug: PublisherSlug, key_id: str, *, at: datetime) -> bool:
        """Return False when the publisher has no such active key."""
        ...


class TrustedPublishing(Protocol):
    """Identities at issuers that may publish, their tokens, and who may publish besides them."""

    async def add(self, trusted: TrustedPublisher, *, by: str) -> None: ...

    async def of_publisher(self, slug: PublisherSlug) -> list[TrustedPublisher]:
        """List those that were not removed, oldest first."""
        ...

    async def remove(self, slug: PublisherSlug, trusted_id: UUID, *, by: str, at: datetime) -> bool:
        """Return False when the publisher has no such one."""
        ...

    async def spend(self, issuer: str, jti: str, *, forget_at: datetime) -> bool:
        """Take an id token. False means that it was exchanged before; waits for whoever is doing it now."""
        ...

    async def add_grant(self, grant: PublishGrant) -> None: ...

    async def grant(self, token_id: UUID) -> PublishGrant | None:
        """Return what a token stands for, also when expired; None once its trusted publisher is gone."""
        ...

    async def forget(self, *, spent_before: datetime, tokens_before: datetime) -> int: ...

    async def say_trusted_only(self, extension_id: ExtensionId, fact: TrustedOnlyFact) -> None:
        """Append a fact; the caller holds the extension's head."""
        ...

    async def is_trusted_only(self, extension_id: ExtensionId) -> bool: ...

    async def trusted_only_facts(self, extension_id: ExtensionId, *, limit: int) -> list[TrustedOnlyFact]:
        """List what was said, newest first."""
        ...


class IdTokenIssuers(Protocol):
    """The issuers the operator allows. Its methods raise IssuerUnavailable."""

    @property
    def allowed(self) -> frozenset[str]: ...

    @property
    def audience(self) -> str:
        """The audience a token must be made for where a trusted publisher names none."""
        ...

    async def key(self, issuer: str, key_id: str | None) -> IssuerKey | None:
        """Return an allowed issuer's key; None when it publishes no such key."""
        ...
