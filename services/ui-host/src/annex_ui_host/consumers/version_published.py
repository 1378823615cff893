"""`version.published`: read the feed up to its end, so that the version can be shown, and fetch its UI."""

from collections.abc import Callable

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, VersionPublished
from annex_shared.messaging.port import Handler
from annex_ui_host.actions.catch_up_publications import catch_up_publications
from annex_ui_host.domain.ports import Registry
from annex_ui_host.domain.publications import Publications


def version_published_consumer(
    *,
    publications: Publications,
    registry: Registry,
    prefetch: Callable[[ContentHash], None] = lambda _hash: None,
) -> Handler:
    """Make the handler; the event is only a wake-up, and one already read asks for nothing.

    The UI is fetched beside it: an event waits for no download.
    """

    async def consume(event: CloudEvent) -> None:
        if event.serial > publications.serial:
            await catch_up_publications(publications=publications, registry=registry)
        published = event.to_payload(VersionPublished)
        if published.has_ui:
            prefetch(published.content_hash)

    return consume
