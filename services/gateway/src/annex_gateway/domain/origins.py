"""Origins whose pages may call the gateway across origins: a list of the operator's, never a wildcard."""

import re
from typing import Final

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

# RFC 6454, section 6.2: scheme, host, and a port where it is not the scheme's own.
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


class InvalidOrigin(AnnexError):
    """A text is no origin."""


def parse_origins(text: str) -> frozenset[str]:
    """Read a comma-separated list of origins. Raises InvalidOrigin."""
    return frozenset(_parse(part.strip()) for part in text.split(",") if part.strip())


def _parse(text: str) -> str:
    lowered = text.lower()
    if _ORIGIN.fullmatch(lowered) is None:
        raise InvalidOrigin(
            f'"{shown(text, limit=80)}" is no origin. Write it like https://app.example.com, without a path.'
        )
    return lowered.removesuffix(_DEFAULT_PORTS[lowered.partition(":")[0]])
