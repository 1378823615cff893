from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.web_hosts import InvalidHost, address_of, normalise_host


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.Com.", "example.com"),
        ("a_b.example", "a_b.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::FFFF:7f00:1]", "[::ffff:7f00:1]"),
        ("[2001:0db8:0:0::1]", "[2001:db8::1]"),
    ],
)
def test_a_host_has_one_spelling(text: str, host: str) -> None:
    assert normalise_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "a.example..",
        "-a.example",
        "a-.example",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0X7F.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "256.0.0.1",
        "1.2.3.4.5",
        "host.1",
        "host.0x",
        "①②⑦.0.0.1",
        "１２７.0.0.1",  # noqa: RUF001 - the same
        "exa\u200dmple.com",
        "exa\u00admple.com",
        "xn--a.example",
        "a b",
        "a%2eb",
        "a/b",
        "a@b",
        "a\\b",
        "a\x00b",
        "::1",
        "[::1",
        "[fe80::1%eth0]",
        "[::1]x",
        "[127.0.0.1]",
        "a" * 64,
        ".".join(["a" * 60] * 5),
    ],
)
def test_what_others_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(InvalidHost):
        normalise_host(text)


@given(st.ip_addresses())
def test_every_address_is_read_back_as_itself(address: IPv4Address | IPv6Address) -> None:
    text = f"[{address}]" if isinstance(address, IPv6Address) else str(address)

    assert address_of(normalise_host(text)) == address


@given(st.text(alphabet="0123456789abcdefx.", max_size=20))
def test_what_ends_in_a_number_is_a_plain_address_or_nothing(text: str) -> None:
    try:
        host = normalise_host(text)
    except InvalidHost:
        return

    last = host.rpartition(".")[2]
    assert (address_of(host) is not None) or not (last.isdigit() or last.startswith("0x"))
    assert normalise_host(host) == host
