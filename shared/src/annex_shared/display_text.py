"""Make text that came from a user safe to show inside our own sentences."""

import unicodedata

_MAX_SHOWN = 200
# Cc control, Cf format (bidi overrides, zero-width), Cs surrogate, Zl/Zp line and paragraph separators.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shown(text: str, *, limit: int = _MAX_SHOWN) -> str:
    """Strip control and bidi characters and cap the length; the result never breaks a line or a log."""
    kept = "".join(
        character for character in text[: limit * 4] if unicodedata.category(character) not in _UNSHOWN
    )
    return kept if len(kept) <= limit else f"{kept[: limit - 1]}…"
