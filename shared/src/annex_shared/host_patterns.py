"""Patterns over hosts: what a manifest declares, a tenant allows and a secret is bound to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.web_hosts import InvalidHost, address_of, normalise_host

Scheme = Literal["http", "https"]
DEFAULT_PORTS: Final[dict[Scheme, int]] = {"http": 80, "https": 443}
MAX_HOST_PATTERNS: Final = 50
_WILDCARD: Final = "*."
_HIGHEST_PORT: Final = 65_535
_LABELS_BELOW_WILDCARD: Final = 2
_PORT_DIGITS: Final = 5


class InvalidHostPattern(AnnexError):
    """A pattern names no host, or more hosts than one may allow at once."""


@dataclass(frozen=True, slots=True)
class HostPattern:
    """One host, or with ``is_wildcard`` every name below it and not itself; one scheme and one port."""

    scheme: Scheme
    host: str
    port: int
    is_wildcard: bool = False

    @classmethod
    def parse(cls, text: str) -> "HostPattern":
        """Read `host`, `*.host`, `host:port` or `scheme://host:port`; without a scheme it is https.

        Raises InvalidHostPattern.
        """
        scheme, separator, rest = text.partition("://")
        if not separator:
            scheme, rest = "https", text
        scheme = scheme.lower()
        if scheme not in DEFAULT_PORTS:
            raise _invalid(text, "its scheme is https or http")
        is_wildcard = rest.startswith(_WILDCARD)
        host, port = split_port(rest.removeprefix(_WILDCARD) if is_wildcard else rest)
        try:
            name = normalise_host(host)
        except InvalidHost as error:
            raise _invalid(text, str(error.details["reason"])) from None
        if is_wildcard and (address_of(name) is not None or name.count(".") + 1 < _LABELS_BELOW_WILDCARD):
            raise _invalid(text, "a wildcard stands before a name of two parts at least, as in *.example.org")
        return cls(scheme, name, _port(text, port, scheme), is_wildcard)

    def matches(self, scheme: str, host: str, port: int) -> bool:
        """Say whether a normalised host is meant."""
        if (scheme, port) != (self.scheme, self.port):
            return False
        return host.endswith("." + self.host) if self.is_wildcard else host == self.host

    def covers(self, other: "HostPattern") -> bool:
        """Say whether everything ``other`` matches is matched by this one too."""
        if (other.scheme, other.port) != (self.scheme, self.port):
            return False
        if other.is_wildcard:
            return self.is_wildcard and (other.host == self.host or other.host.endswith("." + self.host))
        return self.matches(other.scheme, other.host, other.port)

    def __str__(self) -> str:
        scheme = "" if self.scheme == "https" else f"{self.scheme}://"
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{scheme}{_WILDCARD if self.is_wildcard else ''}{self.host}{port}"


def parse_host_patterns(texts: Iterable[str]) -> tuple[HostPattern, ...]:
    """Read a list, each pattern once and in order. Raises InvalidHostPattern."""
    patterns = tuple(dict.fromkeys(HostPattern.parse(text) for text in texts))
    if len(patterns) > MAX_HOST_PATTERNS:
        raise InvalidHostPattern(
            f"{len(patterns)} hosts are named; {MAX_HOST_PATTERNS} are the limit.",
            details={"hosts": len(patterns), "limit": MAX_HOST_PATTERNS},
        )
    return patterns


def usable_host_patterns(texts: Iterable[object]) -> tuple[HostPattern, ...]:
    """Read what was stored; what is no pattern allows nothing and is left out."""
    found: dict[HostPattern, None] = {}
    for text in texts:
        try:
            if isinstance(text, str):
                found[HostPattern.parse(text)] = None
        except InvalidHostPattern:
            continue
    return tuple(found)


def split_port(authority: str) -> tuple[str, str | None]:
    """Cut `host:port`, also where the host is an IPv6 address in brackets."""
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        return host + bracket + ("" if rest.startswith(":") else rest), rest[1:] if rest[:1] == ":" else None
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def port_number(text: str) -> int | None:
    """Read a port of plain digits, None for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > _PORT_DIGITS:
        return None
    number = int(text)
    return number if 1 <= number <= _HIGHEST_PORT else None


def _port(text: str, port: str | None, scheme: Scheme) -> int:
    if port is None:
        return DEFAULT_PORTS[scheme]
    number = port_number(port)
    if number is None:
        raise _invalid(text, "a port is a number from 1 to 65535")
    return number


def _invalid(text: str, reason: str) -> InvalidHostPattern:
    return InvalidHostPattern(
        f'"{shown(text, limit=80)}" names no host that can be allowed: {reason}.',
        details={"host": shown(text, limit=80), "reason": reason},
    )
