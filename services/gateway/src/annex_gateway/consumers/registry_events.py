"""Follow what the registry announces; an event is a hint, the registry's answer is the truth."""

from annex_gateway.actions.projections import Projections
from annex_shared.contracts import events
from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged
from annex_shared.ids import InstallId, TenantId, parse_uuid


class RegistryEvents:
    """Turns events into reads of the registry."""

    def __init__(self, projections: Projections) -> None:
        self._projections = projections

    async def handle(self, event: CloudEvent) -> None:
        match event.type:
            case events.INSTALL_CHANGED:
                await self.install_changed(event)
            case events.VERSION_PUBLISHED:
                await self.version_published(event)
            case events.VERSION_STATUS:
                await self.version_status_changed(event)

    async def install_changed(self, event: CloudEvent) -> None:
        changed = event.to_payload(InstallChanged)
        install_id = InstallId(parse_uuid(changed.install_id, field="install_id"))
        self._projections.expect_change(TenantId(parse_uuid(changed.tenant_id, field="tenant_id")))
        if changed.change is InstallChange.UNINSTALLED:
            await self._projections.note_uninstalled(install_id, revision=changed.revision)
        else:
            await self._projections.note_install_changed(install_id, revision=changed.revision)

    async def version_published(self, _event: CloudEvent) -> None:
        await self._projections.read_versions()

    async def version_status_changed(self, _event: CloudEvent) -> None:
        await self._projections.read_version_statuses()
