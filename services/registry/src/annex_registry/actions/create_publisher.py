"""Create a publisher; whoever creates it owns it."""

import structlog

from annex_registry.domain.authority import require
from annex_registry.domain.errors import PublisherAlreadyExists
from annex_registry.domain.ports import Records
from annex_registry.domain.publisher import MemberRole, Publisher
from annex_shared.clock import Clock
from annex_shared.names import PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

log = structlog.get_logger()


async def create_publisher(name: str, *, caller: Caller, records: Records, clock: Clock) -> Publisher:
    """Take a slug for ever. Namespaces are given out by administrators, so that nobody squats on names."""
    require(caller, Permission.PLATFORM_ADMIN)
    slug, now = PublisherSlug.of(name), clock.now()
    async with records.work() as work:
        if not await work.publishers.add(slug, by=caller.principal, at=now):
            raise PublisherAlreadyExists(
                f"The publisher {slug} exists already. Choose another name, or ask its owners to add you.",
                details={"publisher": slug.text},
            )
        await work.publishers.set_member(slug, caller.principal, MemberRole.OWNER, at=now)
    log.info("publisher_created", publisher=slug.text)
    return Publisher(slug, now, ())
