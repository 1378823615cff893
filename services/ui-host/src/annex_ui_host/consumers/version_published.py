"""`version.published`: read the feed up to its end, so that the new version can be shown."""

from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.port import Handler
from annex_ui_host.actions.catch_up_publications import catch_up_publications
from annex_ui_host.domain.ports import Registry
from annex_ui_host.domain.publications import Publications


def version_published_consumer(*, publications: Publications, registry: Registry) -> Handler:
    """Make the handler; the event is only a wake-up, and one already read asks for nothing."""

    async def consume(event: CloudEvent) -> None:
        if event.serial > publications.serial:
            await catch_up_publications(publications=publications, registry=registry)

    return consume
