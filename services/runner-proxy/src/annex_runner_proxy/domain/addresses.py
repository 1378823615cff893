"""Which addresses lie on the public internet: our own list, so that no library's opinion opens a network."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

from annex_shared.web_hosts import IpAddress

IpNetwork = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[IpNetwork, ...]:
    return tuple(ip_network(text) for text in texts)


# RFC 6890 and its successors; each line has one reason.
NOT_PUBLIC: Final = _networks(
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
    "::/128",
    "::1/128",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    # Protocol assignments, Teredo (2001::/32) and ORCHID among them.
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
# What is allocated for unicast at all; the rest of IPv6 has no business in an answer.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# What an operator may open by naming a host: networks of their own. Link-local is never among them, for
# there live the metadata services of clouds.
_PRIVATE_USE: Final = _networks(
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"
)


def plain_address(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that an IPv6 spelling of one stands for."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def is_public(address: IpAddress) -> bool:
    plain = plain_address(address)
    if isinstance(plain, IPv6Address):
        if plain not in _GLOBAL_UNICAST:
            return False
        if plain.sixtofour is not None and not is_public(plain.sixtofour):
            return False
    return not is_in(plain, NOT_PUBLIC)


def is_private_use(address: IpAddress) -> bool:
    return is_in(plain_address(address), _PRIVATE_USE)


def is_in(address: IpAddress, networks: Sequence[IpNetwork]) -> bool:
    plain = plain_address(address)
    return any(plain.version == network.version and plain in network for network in networks)


def parse_networks(texts: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Read networks as in 10.1.0.0/16, or single addresses. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)
