from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.installs import InstallTable
from unit.runner_proxy.fakes import HASH, INSTALL, OTHER_HASH, OTHER_INSTALL, an_install


@given(st.permutations(list(range(1, 7))))
def test_newest_revision_wins_in_whatever_order_they_come(revisions: list[int]) -> None:
    table = InstallTable()

    for revision in [*revisions, *revisions]:
        table.apply(an_install(revision=revision))

    install = table.get(INSTALL)
    assert install is not None
    assert install.revision == 6


def test_repeat_is_not_taken() -> None:
    table = InstallTable()

    assert table.apply(an_install(revision=3))
    assert not table.apply(an_install(revision=3, is_enabled=False))


def test_late_change_does_not_bring_an_uninstalled_one_back() -> None:
    table = InstallTable()
    table.apply(an_install(revision=1))
    table.forget(INSTALL, revision=3)

    table.apply(an_install(revision=2))

    assert table.get(INSTALL) is None
    assert table.known_revision(INSTALL) == 3


def test_install_that_came_again_after_its_end_is_taken() -> None:
    table = InstallTable()
    table.forget(INSTALL, revision=3)

    assert table.apply(an_install(revision=4))


def test_late_end_does_not_remove_a_newer_install() -> None:
    table = InstallTable()
    table.apply(an_install(revision=4))

    table.forget(INSTALL, revision=3)

    assert table.get(INSTALL) is not None


def test_rebuild_removes_what_the_listing_lacks() -> None:
    table = InstallTable()
    table.apply(an_install())
    table.apply(an_install(install_id=OTHER_INSTALL))

    table.begin_rebuild()
    table.apply(an_install())
    gone = table.finish_rebuild()

    assert list(gone) == [OTHER_INSTALL]
    assert len(table) == 1


def test_install_made_during_a_rebuild_stays() -> None:
    table = InstallTable()

    table.begin_rebuild()
    table.apply(an_install(install_id=OTHER_INSTALL))
    table.finish_rebuild()

    assert table.get(OTHER_INSTALL) is not None


def test_projection_is_filled_by_its_first_whole_rebuild() -> None:
    table = InstallTable()
    table.begin_rebuild()
    before = table.is_filled

    table.finish_rebuild()

    assert (before, table.is_filled) == (False, True)


def test_installed_bundles_are_named_once() -> None:
    table = InstallTable()
    table.apply(an_install())
    table.apply(an_install(install_id=OTHER_INSTALL))

    assert list(table.content_hashes()) == [HASH]
    table.apply(an_install(install_id=OTHER_INSTALL, revision=2, content_hash=OTHER_HASH))
    assert set(table.content_hashes()) == {HASH, OTHER_HASH}


def test_default_capabilities_need_no_grant() -> None:
    install = an_install(grants=frozenset({"cap:secrets.get"}))

    assert install.may("cap:log.emit")
    assert install.may("cap:secrets.get")
    assert not install.may("cap:http.fetch")


def test_sealed_secrets_are_not_shown() -> None:
    assert "ciphertext" not in repr(an_install())


def test_what_changed_is_given_once_and_again_when_it_is_put_back() -> None:
    table = InstallTable()
    install, gone = an_install(), an_install(install_id=OTHER_INSTALL)
    for one in (install, gone):
        table.apply(one)
    table.forget(gone.install_id, revision=2)

    first, second = table.take_changed(), table.take_changed()
    table.put_back(first)
    third = table.take_changed()

    assert (first, second, third) == ([install], [], [install])
