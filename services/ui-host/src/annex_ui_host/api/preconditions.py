"""If-Match and If-None-Match (RFC 9110 §13.1): lists of entity tags, or ``*`` for any."""

import re
from collections.abc import Sequence

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"'
_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_ANY = "*"


def matches(lines: Sequence[str], etag: str, *, is_weak_enough: bool) -> bool:
    """Compare every line of one header with a strong ``etag``; a list that is malformed matches nothing.

    A weak tag equals a strong one of the same text only where the weak comparison is enough.
    """
    value = ", ".join(lines).strip()
    if value == _ANY:
        return True
    if _LIST.fullmatch(value) is None:
        return False
    tags = re.findall(_TAG, value)
    return etag in tags or (is_weak_enough and f"W/{etag}" in tags)
