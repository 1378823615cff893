"""`version.status`: learn of a block, or of its end, from the registry's listing."""

from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.port import Handler


def on_version_status(*, blocked: BlockedVersions, records: InstallRecords) -> Handler:
    """Make the handler; the event is only a wake-up, and one already read asks for nothing."""

    async def handle(event: CloudEvent) -> None:
        if event.serial > blocked.serial:
            await blocked.catch_up(records.version_statuses)

    return handle
