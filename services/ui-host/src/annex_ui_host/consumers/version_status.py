"""`version.status`: learn of a block, or of its end, from the registry's listing."""

from collections.abc import Awaitable, Callable

from annex_shared.blocked_versions import BlockedVersions
from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.port import Handler


def version_status_consumer(*, blocked: BlockedVersions, catch_up: Callable[[], Awaitable[None]]) -> Handler:
    """Make the handler; the event is only a wake-up, and one already read asks for nothing."""

    async def consume(event: CloudEvent) -> None:
        if event.serial > blocked.serial:
            await catch_up()

    return consume
