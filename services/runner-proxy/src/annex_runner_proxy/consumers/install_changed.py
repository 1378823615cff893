"""`install.changed`: copy the install's new state and have its version ready."""

from collections.abc import Callable
from uuid import UUID

from annex_runner_proxy.actions.follow_installs import follow_install
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.ports import InstallRecords
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged
from annex_shared.ids import InstallId
from annex_shared.messaging.port import Handler


def on_install_changed(
    *, installs: InstallTable, records: InstallRecords, wish: Callable[[ContentHash], None]
) -> Handler:
    async def handle(event: CloudEvent) -> None:
        changed = event.to_payload(InstallChanged)
        install_id = InstallId(UUID(changed.install_id))
        if changed.change is InstallChange.UNINSTALLED:
            installs.forget(install_id, revision=changed.revision)
            return
        install = await follow_install(
            install_id, revision=changed.revision, installs=installs, records=records
        )
        if install is not None and install.is_enabled:
            wish(install.content_hash)

    return handle
