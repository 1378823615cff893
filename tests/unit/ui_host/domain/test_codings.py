import pytest

from annex_ui_host.domain.codings import Coding, chosen_coding, is_identity_acceptable

ALL = tuple(Coding)


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "identity"),
        ("", "identity"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("br ; q=0.500, zstd;Q=0.5", "br"),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("identity, br;q=0.9", "identity"),
        ("identity;q=0, br", "br"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("*;q=0, identity", "identity"),
        ("br;q=0, gzip;q=0, zstd;q=0", "identity"),
        ("deflate", "identity"),
        ("br;q=2", "identity"),
        ("br;q=0.1234", "identity"),
        ("br;level=5;q=1", "identity"),
        ("br gzip", "identity"),
        (", ,br,", "br"),
        ("br," * 400, "identity"),
    ],
)
def test_coding_is_what_the_client_likes_best(header: str | None, chosen: str | None) -> None:
    assert chosen_coding(header, ALL) == chosen


def test_coding_that_is_not_kept_is_not_chosen() -> None:
    assert chosen_coding("br, gzip", (Coding.GZIP, Coding.IDENTITY)) is Coding.GZIP


@pytest.mark.parametrize(
    ("header", "is_acceptable"), [("br", True), ("identity;q=0", False), ("*;q=0", False), (None, True)]
)
def test_identity_is_acceptable_unless_it_is_ruled_out(header: str | None, is_acceptable: bool) -> None:  # noqa: FBT001 - a claim
    assert is_identity_acceptable(header) is is_acceptable
