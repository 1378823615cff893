"""Say whose tokens of which issuer may publish for a publisher, and take that back."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from annex_registry.actions.change_publisher import refuse_non_owner
from annex_registry.domain.errors import (
    InvalidTrustedPublisher,
    TrustedPublisherLimit,
    TrustedPublisherNotFound,
)
from annex_registry.domain.membership import membership_required, publisher_not_found
from annex_registry.domain.ports import IdTokenIssuers, Records
from annex_registry.domain.trusted_publishing import TrustedPublisher, refuse_loose_claims
from annex_shared.clock import Clock, NewId
from annex_shared.display_text import shown
from annex_shared.names import ExtensionName, PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

log = structlog.get_logger()

# Every exchange reads all of them.
_MOST = 200


@dataclass(frozen=True, slots=True)
class TrustWish:
    """Whom to trust; None is every extension, and the deployment's own audience."""

    publisher: PublisherSlug
    name: ExtensionName | None
    issuer: str
    audience: str | None
    claims: Mapping[str, str]


async def add_trusted_publisher(
    wish: TrustWish,
    *,
    caller: Caller,
    issuers: IdTokenIssuers,
    records: Records,
    clock: Clock,
    new_id: NewId,
) -> TrustedPublisher:
    if wish.issuer not in issuers.allowed:
        raise InvalidTrustedPublisher(
            f'Tokens of the issuer "{shown(wish.issuer, limit=120)}" are not taken here. Name one of: '
            f"{', '.join(sorted(issuers.allowed)) or 'none is configured'}.",
            details={"field": "issuer", "allowed": [*sorted(issuers.allowed)]},
        )
    refuse_loose_claims(wish.issuer, wish.claims)
    trusted = TrustedPublisher(
        id=new_id(),
        publisher=wish.publisher,
        name=wish.name,
        issuer=wish.issuer,
        audience=wish.audience or issuers.audience,
        claims=wish.claims,
        created_at=clock.now(),
    )
    async with records.work() as work:
        await refuse_non_owner(wish.publisher, caller=caller, publishers=work.publishers)
        if len(await work.trusted_publishing.of_publisher(wish.publisher)) >= _MOST:
            raise TrustedPublisherLimit(
                f"{wish.publisher} has {_MOST} trusted publishers, as many as it may. Remove one first.",
                details={"limit": _MOST},
            )
        await work.trusted_publishing.add(trusted, by=caller.principal)
    log.info(
        "trusted_publisher_added",
        publisher=wish.publisher.text,
        trusted_publisher_id=str(trusted.id),
        issuer=wish.issuer,
        principal=caller.principal,
    )
    return trusted


async def list_trusted_publishers(
    slug: PublisherSlug, *, caller: Caller, records: Records
) -> list[TrustedPublisher]:
    """List them to members: what a claim must be is nobody else's business."""
    async with records.work() as work:
        if await work.publishers.find(slug) is None:
            raise publisher_not_found(slug)
        is_member = await work.publishers.role_of(caller.principal, slug) is not None
        if not is_member and not caller.may(Permission.PLATFORM_ADMIN):
            raise membership_required(slug)
        return await work.trusted_publishing.of_publisher(slug)


async def remove_trusted_publisher(
    slug: PublisherSlug, trusted_id: UUID, *, caller: Caller, records: Records, clock: Clock
) -> None:
    """Stop trusting; tokens that were given out for it end at once."""
    async with records.work() as work:
        await refuse_non_owner(slug, caller=caller, publishers=work.publishers)
        if not await work.trusted_publishing.remove(slug, trusted_id, by=caller.principal, at=clock.now()):
            raise TrustedPublisherNotFound(
                f"{slug} has no trusted publisher {trusted_id}. `annex trusted-publisher list` lists them.",
                details={"publisher": slug.text, "id": str(trusted_id)},
            )
    log.info("trusted_publisher_removed", publisher=slug.text, trusted_publisher_id=str(trusted_id))
