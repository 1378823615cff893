from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.addresses import is_private_use, is_public, parse_networks, plain_address


@pytest.mark.parametrize(
    "text",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "172.32.0.1",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "::1/128",
        "::ffff:127.0.0.0/104",
        "::ffff:10.0.0.0/104",
        "::ffff:169.254.0.0/112",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/32",
        "2001:db8::/32",
        "2002:7f00::/24",
        "2002:a9fe::/32",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "::127.0.0.1/128",
        "4000::/3",
    ],
)
def test_no_address_of_a_special_network_is_public(network: str) -> None:
    first, last = ip_network(network)[0], ip_network(network)[-1]

    assert not is_public(first)
    assert not is_public(last)


@given(st.ip_addresses(v=4))
def test_an_address_stays_what_it_is_in_the_spellings_of_ipv6(address: IPv4Address) -> None:
    mapped = IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed)

    assert plain_address(mapped) == address
    assert is_public(mapped) is is_public(address)
    assert is_private_use(mapped) is is_private_use(address)


@given(st.ip_addresses())
def test_what_an_operator_may_open_is_not_public(address: IPv4Address | IPv6Address) -> None:
    assert not (is_public(address) and is_private_use(address))


@pytest.mark.parametrize(
    "text",
    ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::"],  # noqa: S104 - shown to stay closed
)
def test_link_local_and_unspecified_addresses_can_never_be_opened(text: str) -> None:
    assert not is_private_use(ip_address(text))


def test_networks_are_read_strictly() -> None:
    assert parse_networks(["203.0.113.7", "2001:db8::/32"]) == (
        ip_network("203.0.113.7/32"),
        ip_network("2001:db8::/32"),
    )
    with pytest.raises(ValueError, match="host bits"):
        parse_networks(["10.0.0.1/8"])
