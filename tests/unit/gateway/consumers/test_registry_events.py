from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.projections import Projections
from annex_gateway.consumers.registry_events import RegistryEvents
from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged, VersionPublished
from annex_shared.ids import VersionId
from support.version_statuses import a_status, status_event
from unit.gateway.builders import NOW, a_version, an_install, uuid
from unit.gateway.fakes import MemoryRegistry, StoppedMonotonic


def a_change(change: InstallChange, *, revision: int) -> CloudEvent:
    install = an_install()
    payload = InstallChanged(
        change=change,
        tenant_id=str(install.tenant_id),
        install_id=str(install.install_id),
        extension="acme/notes",
        extension_id=str(install.extension_id),
        version_id=str(install.version_id),
        version="1.0.0",
        content_hash=install.content_hash,
        is_enabled=True,
        revision=revision,
        config_version=1,
    )
    return CloudEvent.of(payload, serial=1, time=NOW)


def a_publication() -> CloudEvent:
    install = an_install()
    payload = VersionPublished(
        extension="acme/notes",
        extension_id=str(install.extension_id),
        publisher="acme",
        name="notes",
        version_id=str(install.version_id),
        version="1.0.0",
        content_hash=install.content_hash,
        size_bytes=1,
        published_at=NOW,
        signer=None,
        has_ui=False,
        has_handler=True,
    )
    return CloudEvent.of(payload, serial=1, time=NOW)


def listening_to(registry: MemoryRegistry) -> tuple[RegistryEvents, Projections]:
    projections = Projections(registry, AskOnce(keep_seconds=1, monotonic=StoppedMonotonic()))
    return RegistryEvents(projections), projections


async def test_a_changed_install_is_read_from_the_registry() -> None:
    registry = MemoryRegistry()
    registry.put(an_install(revision=2))
    events, projections = listening_to(registry)

    await events.handle(a_change(InstallChange.INSTALLED, revision=1))

    assert list(projections.installs) == [an_install(revision=2)]


async def test_an_uninstall_removes() -> None:
    events, projections = listening_to(MemoryRegistry())
    projections.installs.apply(an_install())

    await events.handle(a_change(InstallChange.UNINSTALLED, revision=2))

    assert len(projections.installs) == 0


async def test_a_published_version_is_read_from_the_registry() -> None:
    registry = MemoryRegistry(published=[a_version()])
    events, projections = listening_to(registry)

    await events.handle(a_publication())

    assert VersionId(uuid(3)) in projections.versions


async def test_a_block_is_read_from_the_registry() -> None:
    said = a_status("blocked", serial=1, version_id=uuid(3))
    registry = MemoryRegistry(said=[said])
    events, projections = listening_to(registry)

    await events.handle(status_event(said))

    assert projections.blocked.reason(str(uuid(3))) == "It loses notes."


async def test_an_event_of_another_type_is_left_alone() -> None:
    registry = MemoryRegistry()
    events, _ = listening_to(registry)

    await events.handle(a_publication().model_copy(update={"type": "version.forgotten"}))

    assert registry.asked == []
