import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.web_target import InvalidUrl, parse_target


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://api.example.com", "https://api.example.com/"),
        ("HTTPS://API.example.com.:443/a?b=c#d", "https://api.example.com/a?b=c"),
        ("http://api.example.com:8080?x", "http://api.example.com:8080/?x"),
        ("https://api.example.com:/", "https://api.example.com/"),
        ("https://api.example.com/ä?q=ü", "https://api.example.com/%C3%A4?q=%C3%BC"),
        ("https://api.example.com/a%2fb", "https://api.example.com/a%2fb"),
        ("https://api.example.com/?q={{secret:A}}", "https://api.example.com/?q=%7B%7Bsecret:A%7D%7D"),
        ("http://127.0.0.1#allowed.com", "http://127.0.0.1/"),
        ("http://[::FFFF:7F00:1]:81/", "http://[::ffff:7f00:1]:81/"),
    ],
)
def test_an_address_is_read_in_one_way(url: str, read: str) -> None:
    assert str(parse_target(url)) == read


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//api.example.com/",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "https:/api.example.com/",
        "https:api.example.com",
        "https://",
        "https:///path",
        "https://?q",
        "http://allowed.com@127.0.0.1/",
        "http://user:password@api.example.com/",
        "http://api.example.com\\@127.0.0.1/",
        "http:\\\\api.example.com/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.0.1.example.0x1/",
        "http://①②⑦.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://api.example.com:0/",
        "http://api.example.com:65536/",
        "http://api.example.com:８０/",  # noqa: RUF001 - the same
        "http://api.example.com:80:80/",
        " https://api.example.com/",
        "https://api.example.com/a b",
        "https://api.example.com/\r\nx: y",
        "https://api.example.com/\x00",
        "https://api.example.com/\x85",
        "https://api%2eexample.com/",
        "https://api.example.com/\ud800",
        "https://api.example.com/" + "a" * 9_000,
    ],
)
def test_what_two_programs_may_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        parse_target(url)


@given(st.text(alphabet=st.sampled_from("htps:/.@\\#?[]%a1x \r\n\x00é0"), max_size=40))
def test_whatever_is_read_can_be_sent_in_one_line(tail: str) -> None:
    try:
        target = parse_target(f"https://{tail}")
    except InvalidUrl:
        return

    assert all("!" <= char <= "~" for char in str(target))
    assert target.path.startswith("/")
    assert parse_target(str(target)) == target
