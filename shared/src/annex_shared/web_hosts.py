"""Host names and addresses in one strict spelling, so that a host is compared as it is connected to."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import idna

from annex_shared.errors import AnnexError

IpAddress = IPv4Address | IPv6Address

_MAX_LENGTH: Final = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# What some resolver or other reads as a number: 127.1, 0x7f.1, 017700000001, 2130706433.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BYTE = r"(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_IPV4 = re.compile(rf"{_BYTE}(\.{_BYTE}){{3}}")


class InvalidHost(AnnexError):
    """A text names no host, or names it in a spelling that others may read differently."""


def normalise_host(text: str) -> str:
    """Return a host in lower case and ASCII: a name, an IPv4 address, or an IPv6 address in brackets.

    Raises InvalidHost.
    """
    if text.startswith("["):
        return _bracketed(text)
    name = (text if text.isascii() else _ascii_form(text)).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > _MAX_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise _invalid("use letters, digits, hyphens and dots")
    if _NUMERIC.fullmatch(labels[-1]) and not _IPV4.fullmatch(name):
        raise _invalid("an IPv4 address is written as four decimal numbers without leading zeros")
    for label in labels:
        if label.startswith("xn--"):
            _require_ulabel(label)
    return name


def address_of(host: str) -> IpAddress | None:
    """Return the address a normalised host is, None for a name."""
    if host.startswith("["):
        return IPv6Address(host[1:-1])
    return IPv4Address(host) if _IPV4.fullmatch(host) else None


def _bracketed(text: str) -> str:
    if not text.endswith("]") or "%" in text or not text.isascii():
        raise _invalid("an IPv6 address stands in brackets, without a zone")
    try:
        return f"[{IPv6Address(text[1:-1]).compressed}]"
    except ValueError:
        raise _invalid("what stands in brackets is no IPv6 address") from None


def _ascii_form(text: str) -> str:
    """Encode by IDNA 2008, without the mappings that turn digits in circles into digits."""
    try:
        return idna.encode(text.lower(), uts46=False, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _invalid("it is no valid internationalised name") from None


def _require_ulabel(label: str) -> None:
    try:
        idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        raise _invalid("it is no valid internationalised name") from None


def _invalid(reason: str) -> InvalidHost:
    return InvalidHost(f"The host is not usable: {reason}.", details={"reason": reason})
