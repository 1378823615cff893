"""The one reading of a request path: decoded once, segment by segment, or refused."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from annex_gateway.domain.errors import PathRefused

_MAX_SEGMENTS = 64
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Unreserved characters stand for themselves, so a path of nothing else has been read once it is seen.
_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*+", re.ASCII)
_PLAIN_SEGMENTS = re.compile(r"[A-Za-z0-9._~/-]*+", re.ASCII)
# RFC 3986 pchar without the unreserved, which ``quote`` keeps anyway.
_KEPT_IN_SEGMENT = "!$&'()*+,;=:@"
_FIRST_PRINTABLE, _DELETE = 0x20, 0x7F


@dataclass(frozen=True, slots=True)
class SafePath:
    """Decoded segments of which none is empty, climbs or hides a separator."""

    segments: tuple[str, ...]

    @classmethod
    def parse(cls, raw: str) -> "SafePath":
        """Read a raw path as it stood in the request line. ``""`` and ``/`` are the root."""
        if raw in ("", "/"):
            return cls(())
        if not raw.startswith("/"):
            raise PathRefused("The path must begin with a slash.")
        parts = raw[1:].split("/")
        if len(parts) > _MAX_SEGMENTS:
            raise PathRefused(f"The path has more than {_MAX_SEGMENTS} segments.")
        return cls(tuple(_decoded(part) for part in parts))

    def after(self, count: int) -> "SafePath":
        """Return the path without its first segments."""
        return SafePath(self.segments[count:])

    def __str__(self) -> str:
        """Write the canonical form: equal paths have equal text, and only one reading."""
        joined = "/".join(self.segments)
        if _PLAIN_SEGMENTS.fullmatch(joined):
            return f"/{joined}"
        return "/" + "/".join(quote(segment, safe=_KEPT_IN_SEGMENT) for segment in self.segments)


def _decoded(part: str) -> str:
    if _PLAIN_SEGMENT.fullmatch(part):
        return part
    if not part:
        raise PathRefused("The path holds an empty segment. Remove the doubled or trailing slash.")
    if _BAD_ESCAPE.search(part) or not part.isascii():
        raise PathRefused("The path holds a byte that must be written as %XX.")
    try:
        segment = unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        raise PathRefused("The path is not UTF-8 once decoded.") from None
    if "/" in segment or "\\" in segment:
        raise PathRefused("The path holds an encoded slash or a backslash.")
    if any(ord(character) < _FIRST_PRINTABLE or ord(character) == _DELETE for character in segment):
        raise PathRefused("The path holds a control character.")
    if segment in (".", ".."):
        raise PathRefused("The path holds a dot segment. Write the path it leads to.")
    return segment
