import pytest

from annex_shared.host_patterns import (
    MAX_HOST_PATTERNS,
    HostPattern,
    InvalidHostPattern,
    parse_host_patterns,
    usable_host_patterns,
)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("API.example.com.", "api.example.com"),
        ("https://api.example.com:443", "api.example.com"),
        ("http://api.example.com", "http://api.example.com"),
        ("http://api.example.com:443", "http://api.example.com:443"),
        ("*.example.org", "*.example.org"),
        ("https://*.example.org:8443", "*.example.org:8443"),
        ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_a_pattern_has_one_spelling(text: str, spelled: str) -> None:
    assert str(HostPattern.parse(text)) == spelled
    assert HostPattern.parse(spelled) == HostPattern.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.",
        "*.com",
        "*.127.0.0.1",
        "a.*.example",
        "ftp://a.example",
        "a.example/path",
        "a.example:0",
        "a.example:65536",
        "a.example:",
        "a.example:8o",
        "user@a.example",
        "2130706433",
        "[::1]x:80",
    ],
)
def test_a_pattern_that_names_no_host_or_too_many_is_refused(text: str) -> None:
    with pytest.raises(InvalidHostPattern):
        HostPattern.parse(text)


@pytest.mark.parametrize(
    ("pattern", "url", "is_match"),
    [
        ("a.example", ("https", "a.example", 443), True),
        ("a.example", ("http", "a.example", 80), False),
        ("a.example", ("https", "a.example", 8443), False),
        ("a.example", ("https", "b.a.example", 443), False),
        ("*.example.org", ("https", "a.example.org", 443), True),
        ("*.example.org", ("https", "a.b.example.org", 443), True),
        ("*.example.org", ("https", "example.org", 443), False),
        ("*.example.org", ("https", "badexample.org", 443), False),
    ],
)
def test_a_pattern_matches_scheme_host_and_port(
    *, pattern: str, url: tuple[str, str, int], is_match: bool
) -> None:
    assert HostPattern.parse(pattern).matches(*url) is is_match


@pytest.mark.parametrize(
    ("wide", "narrow", "is_covered"),
    [
        ("*.example.org", "a.example.org", True),
        ("*.example.org", "*.a.example.org", True),
        ("*.example.org", "*.example.org", True),
        ("*.a.example.org", "*.example.org", False),
        ("a.example.org", "*.example.org", False),
        ("*.example.org", "example.org", False),
        ("*.example.org", "http://a.example.org", False),
    ],
)
def test_a_pattern_covers_what_is_narrower(*, wide: str, narrow: str, is_covered: bool) -> None:
    assert HostPattern.parse(wide).covers(HostPattern.parse(narrow)) is is_covered


def test_a_list_holds_each_host_once_and_is_bounded() -> None:
    assert [str(one) for one in parse_host_patterns(["b.example", "a.example", "B.example"])] == [
        "b.example",
        "a.example",
    ]
    with pytest.raises(InvalidHostPattern):
        parse_host_patterns([f"h{number}.example" for number in range(MAX_HOST_PATTERNS + 1)])


def test_what_was_stored_and_is_no_pattern_allows_nothing() -> None:
    assert usable_host_patterns(["*", 7, None, "a.example"]) == (HostPattern.parse("a.example"),)
