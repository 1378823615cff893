import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.names import (
    ExtensionName,
    ExtensionRef,
    InvalidExtensionName,
    InvalidPublisherName,
    PublisherSlug,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("acme", "acme"),
        ("Your Org", "your-org"),
        ("  Your   Org, Inc. ", "your-org-inc"),
        ("A", "a"),
        ("com.acme", "com-acme"),
        ("under_score", "under-score"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_publisher_has_one_slug(name: str, slug: str) -> None:
    assert PublisherSlug.of(name).text == slug


@pytest.mark.parametrize("name", ["", "  ", "---", "Ünï", "acme\u202e", "\u212aelvin", "x" * 65])
def test_a_publisher_without_slug_is_refused(name: str) -> None:
    with pytest.raises(InvalidPublisherName):
        PublisherSlug.of(name)


@given(st.text(max_size=80))
def test_a_slug_is_its_own_slug_and_holds_no_separator(name: str) -> None:
    try:
        slug = PublisherSlug.of(name)
    except InvalidPublisherName:
        return

    assert PublisherSlug.of(slug.text) == slug
    assert not set(slug.text) & set("./ ")


@pytest.mark.parametrize("name", ["a", "com.acme.notes", "Notes", "a_b-c.d", "0", "n" * 128])
def test_a_name_is_lower_cased(name: str) -> None:
    assert ExtensionName.parse(name).text == name.lower()


@pytest.mark.parametrize(
    "name", ["", ".a", "a.", "-a", "a_", "a b", "a/b", "a\n", "ä", "\u212aelvin", "n" * 129, "a\u0000b"]
)
def test_a_name_of_other_letters_is_refused(name: str) -> None:
    with pytest.raises(InvalidExtensionName):
        ExtensionName.parse(name)


def test_names_that_people_confuse_share_a_key() -> None:
    assert ExtensionName.parse("a.b_c-d").key == ExtensionName.parse("A-b-c.d").key
    assert ExtensionName.parse("ab").key != ExtensionName.parse("a-b").key


def test_a_reference_is_read_in_both_forms() -> None:
    expected = ExtensionRef(PublisherSlug("acme"), ExtensionName("com.acme.notes"))

    assert ExtensionRef.parse("acme/com.acme.notes") == expected
    assert ExtensionRef.parse("acme.com.acme.notes") == expected
    assert ExtensionRef.parse("ACME/Com.Acme.Notes") == expected
    assert str(expected) == "acme/com.acme.notes"
    assert ExtensionRef.parse(expected.segment) == expected


@pytest.mark.parametrize("text", ["", "acme", "acme/", "/notes", "acme/a/b", "acme."])
def test_a_reference_needs_both_parts(text: str) -> None:
    with pytest.raises((InvalidExtensionName, InvalidPublisherName)):
        ExtensionRef.parse(text)
