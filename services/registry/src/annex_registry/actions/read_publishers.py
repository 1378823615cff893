"""Read publishers and the keys that sign for them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from annex_registry.domain.authority import require
from annex_registry.domain.membership import publisher_not_found
from annex_registry.domain.ports import Records
from annex_registry.domain.publisher import Publisher
from annex_shared.names import PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def read_publisher(slug: PublisherSlug, *, caller: Caller, records: Records) -> Publisher:
    require(caller, Permission.EXTENSION_READ)
    async with records.work() as work:
        publisher = await work.publishers.find(slug)
    if publisher is None:
        raise publisher_not_found(slug)
    return publisher


@dataclass(frozen=True, slots=True)
class PublisherPage:
    """A page of publishers; ``publishers`` is None when the caller's copy is still right."""

    tag: str
    publishers: Sequence[Publisher] | None = None
    next_after: str | None = None


async def read_publishers(
    *, after: str | None, limit: int, known_tag: str | None, caller: Caller, records: Records
) -> PublisherPage:
    """Read one page in order of slug, and where the next one begins."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work(is_one_state=True) as work:
        place = hashlib.sha256(f"{after!r} {limit}".encode()).hexdigest()[:12]
        tag = f'"p{await work.publishers.state()}-{place}"'
        if tag == known_tag:
            return PublisherPage(tag)
        found = await work.publishers.page(after=after, limit=limit + 1)
    page = found[:limit]
    return PublisherPage(tag, page, page[-1].slug.text if len(found) > limit else None)
