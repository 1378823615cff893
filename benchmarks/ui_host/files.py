"""The files that are served, the same at every server."""

import random
from collections.abc import Mapping
from typing import Final

KIB: Final = 1024
_WORDS = (
    "const",
    "let",
    "return",
    "export",
    "function",
    "await",
    "tenant",
    "invoice",
    "render",
    "state",
    "=>",
)


def script(size_bytes: int) -> bytes:
    """Write text that compresses about as well as a script does; the same in every run."""
    drawn = random.Random(size_bytes)  # noqa: S311 - filler
    text = ""
    while len(text) < size_bytes:
        text += f"{drawn.choice(_WORDS)} {drawn.choice(_WORDS)}{drawn.randrange(10**6)};\n"
    return text[:size_bytes].encode()


FILES: Final[Mapping[str, bytes]] = {
    "1k.js": script(KIB),
    "4k.js": script(4 * KIB),
    "64k.js": script(64 * KIB),
    "1m.js": script(KIB * KIB),
}
