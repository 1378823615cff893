from datetime import UTC, datetime

from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged, VersionPublished
from annex_ui_host.consumers.install_changed import install_changed_consumer
from annex_ui_host.consumers.version_published import version_published_consumer
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.publications import Publications
from unit.ui_host.fakes import EXTENSION, HASH, INSTALL, TENANT, MemoryRegistry, a_publication, an_install

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_published_event(serial: int) -> CloudEvent:
    payload = VersionPublished(
        extension="acme/notes",
        extension_id=str(EXTENSION),
        publisher="acme",
        name="notes",
        version_id=str(INSTALL),
        version="1.0.0",
        content_hash=HASH,
        size_bytes=1,
        published_at=NOW,
        signer=None,
        has_ui=True,
        has_handler=False,
    )
    return CloudEvent.of(payload, serial=serial, time=NOW)


def an_install_event(revision: int) -> CloudEvent:
    payload = InstallChanged(
        change=InstallChange.INSTALLED,
        tenant_id=str(TENANT),
        install_id=str(INSTALL),
        extension="acme/notes",
        extension_id=str(EXTENSION),
        version_id=str(INSTALL),
        version="1.0.0",
        content_hash=HASH,
        is_enabled=True,
        revision=revision,
        config_version=0,
    )
    return CloudEvent.of(payload, serial=1, time=NOW)


async def test_published_version_is_read_from_the_feed() -> None:
    publications, registry = Publications(), MemoryRegistry(feed=[a_publication()])
    consume = version_published_consumer(publications=publications, registry=registry)

    await consume(a_published_event(1))

    assert publications.find(HASH, "acme.notes") == a_publication()


async def test_event_already_read_asks_for_nothing() -> None:
    publications, registry = Publications(), MemoryRegistry(feed=[a_publication()])
    consume = version_published_consumer(publications=publications, registry=registry)
    await consume(a_published_event(1))
    registry.asked.clear()

    await consume(a_published_event(1))

    assert registry.asked == {}


async def test_changed_install_is_read_from_its_owner() -> None:
    installs, registry = Installs(), MemoryRegistry(listed=[an_install(revision=3)])
    consume = install_changed_consumer(installs=installs, registry=registry)

    await consume(an_install_event(revision=2))

    assert installs.revisions() == {INSTALL: 3}
