"""What a request target may name, judged letter by letter before anything is looked up.

Every file has one path and hardly a second spelling: escapes are decoded exactly once, per segment, and
whatever another decoder, proxy or file system could read differently is refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Never
from urllib.parse import unquote_to_bytes

from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.errors import PathRefused

PREFIX = "/ext-ui/"

# A bundle's path has at most 1,024 bytes, 32 levels and 255 bytes per level (annex_shared.bundle.limits);
# escaped, one byte takes three.
_MAX_TARGET_LENGTH = 4096
_MAX_DEPTH = 32
_MAX_SEGMENT_BYTES = 255

# Longer targets are read anew each time, so that what is kept stays small.
_MAX_KEPT_LENGTH = 512
_KEPT = 8192

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# RFC 3986 §2.3: unreserved characters need no escape, so an escaped one is a disguise; the dot above all.
_ESCAPED_UNRESERVED = re.compile(r"%(2[deDE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])")
_FORBIDDEN = re.compile(r"[/\\%;]")
# Control, format (bidi overrides, zero-width), surrogate, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class AssetAddress:
    """One file of one extension's bundle; ``path`` is decoded, below ``ui/``, and empty for the root."""

    extension: str
    content_hash: ContentHash
    path: str

    @classmethod
    def parse(cls, target: str) -> "AssetAddress":
        """Parse a request target as it came over the wire. Raises PathRefused and InvalidContentHash."""
        if "#" in target:
            _refuse("fragment", "a fragment")
        path = target.partition("?")[0]
        return _parsed(path) if len(path) <= _MAX_KEPT_LENGTH else cls.of_path(path)

    @classmethod
    def of_path(cls, path: str) -> "AssetAddress":
        """Parse a target without its query. Raises PathRefused and InvalidContentHash."""
        if not path.startswith(PREFIX):
            _refuse("form", "another form than a plain path")
        if len(path) > _MAX_TARGET_LENGTH:
            _refuse("length", f"more than {_MAX_TARGET_LENGTH} characters")
        segments = path.removeprefix(PREFIX).split("/")
        if len(segments) < 3 or len(segments) > _MAX_DEPTH + 2:  # noqa: PLR2004 - extension, hash, path
            _refuse("depth", f"no file, or one more than {_MAX_DEPTH} levels deep")
        extension, content_hash, *rest = segments
        return cls(
            extension=_decoded(extension),
            content_hash=ContentHash.parse(_decoded(content_hash)),
            path="" if rest == [""] else "/".join(map(_decoded, rest)),
        )

    @property
    def is_page_like(self) -> bool:
        """Could be a place inside a single-page application: its last segment has no file extension."""
        return "." not in self.path.rpartition("/")[2]


@lru_cache(maxsize=_KEPT)
def _parsed(path: str) -> AssetAddress:
    """Read what is asked for again and again once; the letters alone decide, so it stays right."""
    return AssetAddress.of_path(path)


def is_plain_path(path: str) -> bool:
    """Whether a file's path could be asked for as it stands, and means the same to a file system."""
    segments = path.split("/")
    if len(segments) > _MAX_DEPTH:
        return False
    try:
        for segment in segments:
            _check_text(segment)
    except PathRefused:
        return False
    return True


def _decoded(segment: str) -> str:
    if not segment.isascii() or _BAD_ESCAPE.search(segment):
        _refuse("escape", "a malformed escape")
    if _ESCAPED_UNRESERVED.search(segment):
        _refuse("needless_escape", "an escaped character that needs no escape")
    try:
        text = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        _refuse("encoding", "an escape that is not UTF-8")
    _check_text(text)
    return text


def _check_text(text: str) -> None:
    if not text:
        _refuse("empty_segment", "an empty segment")
    if text.startswith("."):
        _refuse("dot", "a segment beginning with a dot")
    if text[-1] in ". ":
        _refuse("trailing_dot", "a segment ending with a dot or space")
    if _FORBIDDEN.search(text):
        _refuse("separator", "a slash, backslash, semicolon or percent sign inside a segment")
    if any(unicodedata.category(letter) in _INVISIBLE for letter in text):
        _refuse("invisible", "a control or invisible character")
    if len(text.encode()) > _MAX_SEGMENT_BYTES:
        _refuse("length", f"a segment of more than {_MAX_SEGMENT_BYTES} bytes")


def _refuse(reason: str, what: str) -> Never:
    raise PathRefused(
        f"The address holds {what}. UI files are served by their plain path only.", details={"reason": reason}
    )
