import asyncio

import pytest

from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.projections import Projections
from annex_gateway.domain.errors import (
    ExtensionNotInstalled,
    InstallNotReady,
    RegistryUnavailable,
)
from annex_gateway.domain.paths import SafePath
from annex_shared.ids import InstallId, VersionId
from unit.gateway.builders import OTHER_TENANT, TENANT, a_version, an_install, uuid
from unit.gateway.fakes import MemoryRegistry, StoppedMonotonic


@pytest.fixture
def registry() -> MemoryRegistry:
    return MemoryRegistry()


@pytest.fixture
def now() -> StoppedMonotonic:
    return StoppedMonotonic()


@pytest.fixture
def projections(registry: MemoryRegistry, now: StoppedMonotonic) -> Projections:
    return Projections(registry, AskOnce(keep_seconds=1, monotonic=now))


async def test_a_known_install_is_answered_without_the_registry(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install())
    await projections.repair()
    registry.is_away = True

    assert await projections.resolve_install(TENANT, "acme.notes") == an_install()


async def test_an_unknown_install_is_asked_for_once(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install())

    found = await asyncio.gather(*(projections.resolve_install(TENANT, "notes") for _ in range(5)))

    assert found == [an_install()] * 5
    assert registry.asked == ["installs_of", "install"]


async def test_what_does_not_exist_is_not_asked_for_again_at_once(
    projections: Projections, registry: MemoryRegistry
) -> None:
    for extension in ("notes", "memos", "notes"):
        with pytest.raises(ExtensionNotInstalled):
            await projections.resolve_install(TENANT, extension)

    assert registry.asked == ["installs_of"]


async def test_an_install_made_through_us_is_found_right_after_a_miss(
    projections: Projections, registry: MemoryRegistry
) -> None:
    with pytest.raises(ExtensionNotInstalled):
        await projections.resolve_install(TENANT, "notes")
    registry.put(an_install())
    projections.expect_change(TENANT)

    assert await projections.resolve_install(TENANT, "notes") == an_install()


async def test_what_a_tenant_changed_through_us_is_known_before_it_is_told(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install(revision=1))
    await projections.repair()
    registry.put(an_install(revision=2))

    await projections.learn_changes(TENANT)

    assert projections.installs.revision(InstallId(uuid(1))) == 2


async def test_a_change_is_answered_also_when_it_cannot_be_read_back(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install(revision=1))
    await projections.repair()
    registry.is_away = True

    await projections.learn_changes(TENANT)

    assert projections.installs.revision(InstallId(uuid(1))) == 1


async def test_an_install_made_elsewhere_is_found_after_a_moment(
    projections: Projections, registry: MemoryRegistry, now: StoppedMonotonic
) -> None:
    with pytest.raises(ExtensionNotInstalled):
        await projections.resolve_install(TENANT, "notes")
    registry.put(an_install())
    now.seconds += 1.1

    assert await projections.resolve_install(TENANT, "notes") == an_install()


async def test_another_tenants_install_is_not_installed(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install())

    with pytest.raises(ExtensionNotInstalled):
        await projections.resolve_install(OTHER_TENANT, str(uuid(1)))


async def test_an_unknown_name_is_not_called_absent_while_the_registry_is_away(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.is_away = True

    with pytest.raises(RegistryUnavailable):
        await projections.resolve_install(TENANT, "notes")


async def test_a_hint_is_followed_by_a_read(projections: Projections, registry: MemoryRegistry) -> None:
    registry.put(an_install(revision=3))

    await projections.note_install_changed(InstallId(uuid(1)), revision=2)

    assert projections.installs.revision(InstallId(uuid(1))) == 3


async def test_a_hint_about_the_past_is_not_followed(
    projections: Projections, registry: MemoryRegistry
) -> None:
    projections.installs.apply(an_install(revision=3))

    await projections.note_install_changed(InstallId(uuid(1)), revision=3)

    assert registry.asked == []


async def test_a_hint_about_an_install_that_is_gone_removes_it(projections: Projections) -> None:
    projections.installs.apply(an_install(revision=3))

    await projections.note_install_changed(InstallId(uuid(1)), revision=4)

    assert len(projections.installs) == 0


async def test_an_uninstall_needs_no_read(projections: Projections, registry: MemoryRegistry) -> None:
    projections.installs.apply(an_install(revision=3))

    await projections.note_uninstalled(InstallId(uuid(1)), revision=4)

    assert len(projections.installs) == 0
    assert registry.asked == []


async def test_a_missed_version_is_read_when_it_is_needed(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.published = [a_version(("GET", "/notes"))]

    tree = await projections.endpoints(VersionId(uuid(3)))

    assert tree.match("GET", SafePath.parse("/notes")).path == "/notes"


async def test_a_version_nobody_knows_is_not_ready(projections: Projections) -> None:
    with pytest.raises(InstallNotReady):
        await projections.endpoints(VersionId(uuid(3)))


async def test_versions_are_read_page_by_page_to_the_end(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.published = [
        a_version(serial=number, version_id=VersionId(uuid(number))) for number in range(1, 1202)
    ]

    await projections.read_versions()

    assert len(projections.versions) == 1201
    assert registry.asked == ["versions"] * 3


async def test_a_repair_makes_good_for_everything_missed(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install())
    await projections.repair()
    registry.put(an_install(revision=2, is_enabled=False))
    registry.published = [a_version()]

    await projections.repair()

    assert not (await projections.resolve_install(TENANT, "notes")).is_enabled
    assert VersionId(uuid(3)) in projections.versions
    assert projections.is_filled


async def test_a_repair_removes_what_was_uninstalled(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install())
    await projections.repair()
    registry.drop(InstallId(uuid(1)))

    await projections.repair()

    assert len(projections.installs) == 0


async def test_a_repair_that_fails_leaves_the_last_known_state(
    projections: Projections, registry: MemoryRegistry
) -> None:
    registry.put(an_install())
    await projections.repair()
    registry.is_away = True

    with pytest.raises(RegistryUnavailable):
        await projections.repair()

    assert await projections.resolve_install(TENANT, "notes") == an_install()
