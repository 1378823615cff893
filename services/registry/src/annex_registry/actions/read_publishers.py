"""Read publishers and the keys that sign for them."""

from collections.abc import Sequence

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


async def read_publishers(
    *, after: str | None, limit: int, caller: Caller, records: Records
) -> tuple[Sequence[Publisher], str | None]:
    """Read one page in order of slug, and where the next one begins."""
    require(caller, Permission.EXTENSION_READ)
    async with records.work() as work:
        found = await work.publishers.page(after=after, limit=limit + 1)
    page = found[:limit]
    return page, page[-1].slug.text if len(found) > limit else None
