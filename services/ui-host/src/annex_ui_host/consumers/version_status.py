"""`version.status`: learn of a block, or of its end, from the registry's listing."""

from annex_shared.blocked_versions import BlockedVersions
from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.port import Handler
from annex_ui_host.domain.ports import Registry


def version_status_consumer(*, blocked: BlockedVersions, registry: Registry) -> Handler:
    """Make the handler; the event is only a wake-up, and one already read asks for nothing."""

    async def consume(event: CloudEvent) -> None:
        if event.serial > blocked.serial:
            await blocked.catch_up(registry.version_statuses)

    return consume
