"""What a request makes its answer depend on (RFC 9110 §13), in the order of §13.2.2.

Files have no date, so `If-Modified-Since` and `If-Unmodified-Since` mean nothing here, and a date in
`If-Range` never holds.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

from annex_ui_host.api.asked import Asked

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"'
_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_ANY = "*"


class Verdict(Enum):
    """What the preconditions come to."""

    FAILED = auto()
    NOT_MODIFIED = auto()
    PROCEED = auto()


def verdict_on(asked: Asked, etag: str) -> Verdict:
    """Weigh `If-Match`, then `If-None-Match`, against the representation that would be sent."""
    if asked.if_match and not matches(asked.if_match, etag, is_weak_enough=False):
        return Verdict.FAILED
    if asked.if_none_match and matches(asked.if_none_match, etag, is_weak_enough=True):
        return Verdict.NOT_MODIFIED
    return Verdict.PROCEED


def is_range_wanted(asked: Asked, etag: str) -> bool:
    """Whether `Range` is heeded: `If-Range`, where there is one, has to be this very tag."""
    return asked.range is not None and (asked.if_range is None or asked.if_range.strip() == etag)


def matches(lines: Sequence[str], etag: str, *, is_weak_enough: bool) -> bool:
    """Compare every line of one header with a strong ``etag``; a list that is malformed matches nothing.

    A weak tag equals a strong one of the same text only where the weak comparison is enough.
    """
    value = ", ".join(lines).strip()
    if value in (_ANY, etag):
        return True
    if _LIST.fullmatch(value) is None:
        return False
    tags = re.findall(_TAG, value)
    return etag in tags or (is_weak_enough and f"W/{etag}" in tags)
