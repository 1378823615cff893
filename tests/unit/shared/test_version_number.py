import pytest

from annex_shared.version_number import InvalidVersionNumber, VersionNumber


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0",
        "1.4.0",
        "10.20.30",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-0A.is.legal",
        "1.0.0+build.1",
        "1.0.0-a+b",
    ],
)
def test_semver_numbers_are_kept_as_written(text: str) -> None:
    assert str(VersionNumber.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "v1.2.3",
        "1.2.*",
        "1.2.x",
        "01.2.3",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3+",
        " 1.2.3",
        "1.2.3\n",
        "1.2.\u0663",
        "1.2.3-" + "a" * 123,
        "1.2.3.4",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersionNumber):
        VersionNumber.parse(text)


def test_the_longest_number_has_128_characters() -> None:
    assert len(str(VersionNumber.parse("1.2.3-" + "a" * 122))) == 128


def test_build_metadata_is_not_part_of_what_is_spent() -> None:
    assert VersionNumber.parse("1.4.0+linux").key == VersionNumber.parse("1.4.0+mac").key == "1.4.0"
    assert VersionNumber.parse("1.4.0-rc.1+linux").key == "1.4.0-rc.1"


@pytest.mark.parametrize(
    ("text", "following"),
    [("1.4.0", "1.4.1"), ("1.4.0+build", "1.4.1"), ("1.4.0-rc.1", "1.4.1"), ("0.0.9", "0.0.10")],
)
def test_the_next_patch_is_a_number_nobody_spent_by_publishing_this_one(text: str, following: str) -> None:
    assert VersionNumber.parse(text).next_patch() == VersionNumber(following)
