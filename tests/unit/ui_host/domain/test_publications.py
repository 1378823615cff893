import pytest

from annex_ui_host.domain.publications import Publications
from unit.ui_host.fakes import EXTENSION, HASH, OTHER_HASH, a_publication


@pytest.mark.parametrize("segment", ["acme.notes", str(EXTENSION)])
def test_hash_is_found_under_both_names_of_its_extension(segment: str) -> None:
    publications = Publications()
    publications.add(a_publication())

    assert publications.find(HASH, segment) == a_publication()


@pytest.mark.parametrize(
    "segment", ["acme.other", "ACME.notes", str(EXTENSION).upper(), "notes", "acme/notes", ""]
)
def test_hash_is_not_found_under_any_other_spelling(segment: str) -> None:
    publications = Publications()
    publications.add(a_publication())

    assert publications.find(HASH, segment) is None


def test_hash_of_another_version_is_not_found() -> None:
    publications = Publications()
    publications.add(a_publication())

    assert publications.find(OTHER_HASH, "acme.notes") is None


def test_same_bytes_of_two_publishers_are_found_under_each() -> None:
    publications = Publications()

    for segment in ("acme.notes", "acme.notes", "rival.notes"):
        publications.add(a_publication(segment=segment))

    found = [publications.find(HASH, segment) for segment in ("acme.notes", "rival.notes")]
    assert found == [a_publication(), a_publication(segment="rival.notes")]


def test_serial_never_goes_back() -> None:
    publications = Publications()

    publications.advance_to(7)
    publications.advance_to(3)

    assert publications.serial == 7
