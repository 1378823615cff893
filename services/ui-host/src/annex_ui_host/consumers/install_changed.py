"""`install.changed`: read the install anew from its owner."""

from uuid import UUID

from annex_shared.contracts.events import CloudEvent, InstallChanged
from annex_shared.ids import InstallId
from annex_shared.messaging.port import Handler
from annex_ui_host.actions.apply_install_change import apply_install_change
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.ports import Registry


def install_changed_consumer(*, installs: Installs, registry: Registry) -> Handler:
    async def consume(event: CloudEvent) -> None:
        change = event.to_payload(InstallChanged)
        await apply_install_change(
            InstallId(UUID(change.install_id)), change.revision, installs=installs, registry=registry
        )

    return consume
