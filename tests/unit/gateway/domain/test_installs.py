from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.errors import ExtensionAmbiguous, InstallDisabled
from annex_gateway.domain.installs import Install, InstallListing, InstallProjection
from annex_shared.ids import ExtensionId, InstallId
from unit.gateway.builders import OTHER_TENANT, TENANT, an_install, uuid


def a_projection(*installs: Install) -> InstallProjection:
    projection = InstallProjection()
    for install in installs:
        projection.apply(install)
    return projection


@pytest.mark.parametrize(
    "extension",
    [str(uuid(1)), str(uuid(2)), "acme.notes", "Acme.Notes", "notes", str(uuid(1)).upper()],
)
def test_an_install_is_found_by_each_of_its_spellings(extension: str) -> None:
    install = an_install()

    assert a_projection(install).find(TENANT, extension) == install


@pytest.mark.parametrize("extension", ["other", "acme.other", "notes.acme", "", ".", "acme.", "a b", "é"])
def test_a_name_that_fits_nothing_finds_nothing(extension: str) -> None:
    assert a_projection(an_install()).find(TENANT, extension) is None


def test_dots_in_a_name_belong_to_the_name() -> None:
    install = an_install(name="invoice.notes")

    assert a_projection(install).find(TENANT, "acme.invoice.notes") == install
    assert a_projection(install).find(TENANT, "invoice.notes") == install


def test_another_tenants_install_is_not_there() -> None:
    projection = a_projection(an_install())

    assert projection.find(OTHER_TENANT, str(uuid(1))) is None
    assert projection.find(OTHER_TENANT, "acme.notes") is None


def test_a_bare_name_of_two_publishers_is_ambiguous_and_the_qualified_one_is_not() -> None:
    other = an_install(install_id=InstallId(uuid(11)), extension_id=ExtensionId(uuid(12)), publisher="bolt")
    projection = a_projection(an_install(), other)

    with pytest.raises(ExtensionAmbiguous) as refusal:
        projection.find(TENANT, "notes")

    assert refusal.value.details["candidates"] == ["acme.notes", "bolt.notes"]
    assert projection.find(TENANT, "bolt.notes") == other


def test_an_extension_named_like_an_id_does_not_hide_that_id() -> None:
    named = an_install(install_id=InstallId(uuid(11)), extension_id=ExtensionId(uuid(12)), name=str(uuid(1)))

    assert a_projection(named, an_install()).find(TENANT, str(uuid(1))) == an_install()


def test_an_older_revision_changes_nothing() -> None:
    newer = an_install(revision=5, is_enabled=False)
    projection = a_projection(newer)

    assert not projection.apply(an_install(revision=4))
    assert projection.find(TENANT, "notes") == newer


def test_a_gone_install_stays_gone_for_what_was_known_before() -> None:
    projection = a_projection(an_install(revision=3))

    projection.remove(InstallId(uuid(1)), revision=4)

    assert not projection.apply(an_install(revision=4))
    assert projection.find(TENANT, "notes") is None


def test_a_renamed_install_is_not_found_by_its_old_name() -> None:
    projection = a_projection(an_install(revision=1), an_install(revision=2, name="memos"))

    assert projection.find(TENANT, "notes") is None
    assert projection.find(TENANT, "memos") is not None


def test_a_disabled_install_is_refused_by_name() -> None:
    with pytest.raises(InstallDisabled):
        an_install(is_enabled=False).require_enabled()


def test_a_listing_removes_what_it_does_not_name() -> None:
    projection = a_projection(an_install())

    projection.replace(InstallListing((), as_of=9), mark=projection.mark())

    assert len(projection) == 0
    assert projection.as_of == 9


def test_what_changed_while_a_listing_was_read_is_kept() -> None:
    projection = InstallProjection()
    mark = projection.mark()
    projection.apply(an_install())

    projection.replace(InstallListing((), as_of=9), mark=mark)

    assert projection.find(TENANT, "notes") == an_install()


def test_what_went_away_while_a_listing_was_read_stays_away() -> None:
    projection = a_projection(an_install(revision=3))
    mark = projection.mark()
    projection.remove(InstallId(uuid(1)), revision=4)

    projection.replace(InstallListing((an_install(revision=3),), as_of=9), mark=mark)

    assert len(projection) == 0


def test_tombstones_do_not_pile_up() -> None:
    projection = InstallProjection()
    for number in range(50):
        projection.apply(an_install(install_id=InstallId(uuid(100 + number))))
        projection.remove(InstallId(uuid(100 + number)))

    for serial in (1, 2):
        projection.replace(InstallListing((), as_of=serial), mark=projection.mark())

    assert projection.revision(InstallId(uuid(100))) == 0


# A history: install number, and what became of it at each revision (None: uninstalled, the end).
_STATES = st.lists(st.booleans(), min_size=1, max_size=4)
_HISTORY = st.dictionaries(st.integers(1, 4), st.tuples(_STATES, st.booleans()), max_size=4)


def _changes(history: dict[int, tuple[list[bool], bool]]) -> list[tuple[InstallId, int, Install | None]]:
    changes: list[tuple[InstallId, int, Install | None]] = []
    for number, (states, ends) in history.items():
        install_id = InstallId(uuid(number))
        for revision, is_enabled in enumerate(states, start=1):
            install = an_install(
                install_id=install_id,
                extension_id=ExtensionId(uuid(1000 + number)),
                name=f"n{number}",
                revision=revision,
                is_enabled=is_enabled,
            )
            changes.append((install_id, revision, install))
        if ends:
            changes.append((install_id, len(states) + 1, None))
    return changes


def _feed(projection: InstallProjection, changes: list[tuple[InstallId, int, Install | None]]) -> None:
    for install_id, revision, install in changes:
        if install is None:
            projection.remove(install_id, revision=revision)
        else:
            projection.apply(install)


def _truth(history: dict[int, tuple[list[bool], bool]]) -> dict[InstallId, Install]:
    latest: dict[InstallId, Install] = {}
    for install_id, _, install in _changes(history):
        if install is None:
            del latest[install_id]
        else:
            latest[install_id] = install
    return latest


def _shown(projection: InstallProjection) -> dict[InstallId, Install]:
    assert all(projection.find(TENANT, install.name) == install for install in projection)
    return {install.install_id: install for install in projection}


@given(_HISTORY, st.randoms(use_true_random=False))
def test_events_in_any_order_and_any_number_end_at_the_truth(
    history: dict[int, tuple[list[bool], bool]], random: Random
) -> None:
    changes = _changes(history) * 2
    random.shuffle(changes)
    projection = InstallProjection()

    _feed(projection, changes)

    assert _shown(projection) == _truth(history)


@given(_HISTORY, st.randoms(use_true_random=False), st.booleans())
def test_after_any_lost_events_a_repair_equals_a_fresh_read(
    history: dict[int, tuple[list[bool], bool]],
    random: Random,
    is_late: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    changes = [change for change in _changes(history) * 2 if random.random() < 0.6]
    random.shuffle(changes)
    half = len(changes) // 2
    projection = InstallProjection()
    _feed(projection, changes[:half])
    mark = projection.mark()
    _feed(projection, changes[half:] if is_late else [])

    projection.replace(InstallListing(tuple(_truth(history).values()), as_of=1), mark=mark)
    _feed(projection, [] if is_late else changes[half:])
    # Late news of installs that are gone may be kept until the next listing, never longer.
    projection.replace(InstallListing(tuple(_truth(history).values()), as_of=1), mark=projection.mark())

    assert _shown(projection) == _truth(history)
