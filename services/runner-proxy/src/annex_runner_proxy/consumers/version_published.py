"""`version.published`: have the version compiled before its first call."""

from collections.abc import Callable

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, VersionPublished
from annex_shared.messaging.port import Handler


def on_version_published(wish: Callable[[ContentHash], None]) -> Handler:
    async def handle(event: CloudEvent) -> None:
        published = event.to_payload(VersionPublished)
        if published.has_handler:
            wish(published.content_hash)

    return handle
