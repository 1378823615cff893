from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.ids import InstallId
from annex_ui_host.domain.installs import Install, Installs
from unit.ui_host.fakes import EXTENSION, HASH, INSTALL, OTHER_HASH, OTHER_TENANT, TENANT, an_install


def shown(installs: Installs) -> bool:
    return installs.is_shown(TENANT, EXTENSION, HASH)


def test_enabled_install_is_shown_to_its_tenant_only() -> None:
    installs = Installs()

    installs.apply(an_install())

    assert shown(installs)
    assert not installs.is_shown(OTHER_TENANT, EXTENSION, HASH)


@pytest.mark.parametrize(
    "change", [an_install(revision=2, is_enabled=False), an_install(revision=2, content_hash=OTHER_HASH)]
)
def test_disabled_or_upgraded_install_no_longer_shows_the_hash(change: Install) -> None:
    installs = Installs()
    installs.apply(an_install())

    installs.apply(change)

    assert not shown(installs)


def test_older_change_is_ignored() -> None:
    installs = Installs()
    installs.apply(an_install(revision=3, is_enabled=False))

    installs.apply(an_install(revision=2))

    assert not shown(installs)


def test_uninstalled_one_is_not_brought_back_by_an_older_answer() -> None:
    installs = Installs()
    installs.apply(an_install(revision=3))
    installs.drop(INSTALL, revision=4)

    installs.apply(an_install(revision=3))

    assert not shown(installs)


def test_listing_drops_what_its_owner_no_longer_has() -> None:
    installs = Installs()
    installs.apply(an_install())

    installs.take_listing([], as_of=9, known_before=installs.revisions())

    assert not shown(installs)
    assert installs.as_of == 9


def test_listing_keeps_what_was_installed_while_it_was_read() -> None:
    installs = Installs()
    known_before = installs.revisions()
    installs.apply(an_install())

    installs.take_listing([], as_of=9, known_before=known_before)

    assert shown(installs)


def test_listing_keeps_what_changed_while_it_was_read() -> None:
    installs = Installs()
    installs.apply(an_install(revision=1))
    known_before = installs.revisions()
    installs.apply(an_install(revision=2))

    installs.take_listing([], as_of=9, known_before=known_before)

    assert shown(installs)


@given(st.permutations([1, 2, 3, 4, 5]), st.lists(st.integers(1, 5)))
def test_last_revision_wins_in_any_order_and_however_often(order: list[int], repeats: list[int]) -> None:
    installs = Installs()

    for revision in [*order, *repeats]:
        installs.apply(an_install(revision=revision, is_enabled=revision != 5))

    assert not shown(installs)


def test_tombstones_are_bounded() -> None:
    installs = Installs()
    installs.drop(INSTALL, revision=9)

    for number in range(10_000):
        installs.drop(InstallId(UUID(int=number)), revision=1)
    installs.apply(an_install(revision=1))

    assert shown(installs)
