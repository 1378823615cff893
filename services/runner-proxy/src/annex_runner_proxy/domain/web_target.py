"""Where a request goes: one strict reading of an address, which everything after it relies on."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from annex_shared.host_patterns import DEFAULT_PORTS, Scheme, port_number, split_port
from annex_shared.web_hosts import InvalidHost, normalise_host

_MAX_LENGTH: Final = 8_192
# RFC 3986: what may stand in a path or a query as it is; the rest is percent-encoded.
_KEPT: Final = "!$&'()*+,;=:@/?-._~%"
_BACKSLASH: Final = "\\"


class InvalidUrl(Exception):
    """A text is no address, or one that two programs may read in two ways."""


@dataclass(frozen=True, slots=True)
class Target:
    """``host`` is normalised; ``path`` begins with a slash; ``query`` comes without its question mark."""

    scheme: Scheme
    host: str
    port: int
    path: str
    query: str | None

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """What the header `host` says."""
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def resource(self) -> str:
        """What the request line says."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.resource}"


def parse_target(url: str) -> Target:
    """Read an absolute http or https address. Raises InvalidUrl."""
    if len(url) > _MAX_LENGTH:
        raise InvalidUrl(f"it is longer than {_MAX_LENGTH} characters")
    if any(char <= " " or "\x7f" <= char <= "\x9f" or char == _BACKSLASH for char in url):
        raise InvalidUrl("it holds a space, a control character or a backslash")
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in DEFAULT_PORTS:
        raise InvalidUrl("it does not begin with https:// or http://")
    end = min((position for mark in "/?#" if (position := rest.find(mark)) >= 0), default=len(rest))
    host, port = _authority(rest[:end], scheme)
    path, question, query = rest[end:].partition("#")[0].partition("?")
    return Target(scheme, host, port, _encoded(path) or "/", _encoded(query) if question else None)


def _authority(text: str, scheme: Scheme) -> tuple[str, int]:
    if "@" in text:
        raise InvalidUrl("it holds a user name or password")
    host, port = split_port(text)
    try:
        name = normalise_host(host)
    except InvalidHost as error:
        raise InvalidUrl(str(error.details["reason"])) from None
    # "host:" with nothing behind the colon means the scheme's own port (RFC 3986).
    number = port_number(port) if port else DEFAULT_PORTS[scheme]
    if number is None:
        raise InvalidUrl("its port is no number from 1 to 65535")
    return name, number


def _encoded(text: str) -> str:
    try:
        return quote(text, safe=_KEPT)
    except UnicodeEncodeError:
        raise InvalidUrl("it is not text") from None
