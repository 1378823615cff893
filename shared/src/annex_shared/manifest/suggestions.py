"""The "Did you mean …?" of a mistyped field."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word a person most likely meant, or None when nothing is close."""
    by_folded = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.7)
    return by_folded[matches[0]] if matches else None
