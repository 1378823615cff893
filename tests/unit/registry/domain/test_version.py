"""The refusal of a spent number, and the number suggested instead."""

import pytest

from annex_registry.domain.version import suggested_version, version_already_exists
from annex_shared.content_hash import ContentHash
from annex_shared.version_number import VersionNumber
from unit.registry.builders import EXTENSION, a_version


def test_the_sentence_names_the_number_and_what_to_do() -> None:
    error = version_already_exists(
        EXTENSION.ref,
        VersionNumber("1.4.0"),
        a_version("1.4.0"),
        content_hash=ContentHash.of(b"other"),
        suggested=VersionNumber("1.4.1"),
    )

    assert error.message == (
        'Version "1.4.0" of acme/invoice-notes is already published and cannot be changed. '
        "Choose a new version number and publish again."
    )
    assert error.extension_id == str(EXTENSION.id)
    assert error.details == {
        "extension": "acme/invoice-notes",
        "version": "1.4.0",
        "existing_version": "1.4.0",
        "published_at": "2026-11-20T12:00:00Z",
        "content_hash": str(ContentHash.of(b"1.4.0")),
        "same_content": False,
        "log_index": None,
        "suggested_version": "1.4.1",
    }


def test_both_numbers_are_named_when_only_build_metadata_differs() -> None:
    error = version_already_exists(
        EXTENSION.ref,
        VersionNumber("1.4.0+b"),
        a_version("1.4.0+a"),
        content_hash=ContentHash.of(b"1.4.0+a"),
        suggested=VersionNumber("1.4.1"),
    )

    assert 'Version "1.4.0+b" of acme/invoice-notes is already published as "1.4.0+a" and' in error.message
    assert error.details["same_content"] is True


@pytest.mark.parametrize(
    ("number", "highest", "suggested"),
    [
        ("1.4.0", None, "1.4.1"),
        ("1.4.0", 0, "1.4.1"),
        ("1.4.0", 7, "1.4.8"),
        ("1.4.9", 7, "1.4.10"),
        ("1.4.0-rc.1", None, "1.4.1"),
        ("1.4.0+build", 0, "1.4.1"),
        ("0.0.0", 99999999999999999999, "0.0.100000000000000000000"),
    ],
)
def test_the_suggested_number_is_the_next_free_patch(
    number: str, highest: int | None, suggested: str
) -> None:
    assert suggested_version(VersionNumber.parse(number), highest).text == suggested
