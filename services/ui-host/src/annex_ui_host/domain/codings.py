"""Content codings a file is kept in, and which of them an `Accept-Encoding` asks for (RFC 9110 §12.5.3)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType


class Coding(StrEnum):
    """A content coding by its name on the wire, the one we like best first."""

    BR = "br"
    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"


_ANY = "*"
_X_GZIP = "x-gzip"
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Longer ones are no browser's. Every kind of client has one of its own, so few are ever seen.
_MAX_LENGTH = 1024
_KEPT = 512


@lru_cache(maxsize=_KEPT)
def _best(accept_encoding: str, available: tuple[Coding, ...]) -> Coding | None:
    weights = _weights(accept_encoding)
    acceptable = [coding for coding in Coding if coding in available and weights[coding] > 0]
    # The first of those that are liked equally, in the order of the enumeration.
    return max(acceptable, key=lambda coding: weights[coding], default=None)


def chosen_coding(accept_encoding: str | None, available: tuple[Coding, ...]) -> Coding | None:
    """Choose what the client likes best of what there is; None where it takes nothing of it.

    Without the header everything is acceptable, and the plain file is what is meant. A header that cannot be
    read is taken for one that says nothing. Identity is acceptable unless it, or `*`, is ruled out.
    """
    if accept_encoding is None or len(accept_encoding) > _MAX_LENGTH:
        return Coding.IDENTITY
    return _best(accept_encoding, available)


def is_identity_acceptable(accept_encoding: str | None) -> bool:
    return chosen_coding(accept_encoding, (Coding.IDENTITY,)) is not None


def _weights(header: str) -> Mapping[Coding, float]:
    """Read what each coding weighs; identity that is not named weighs least of what is acceptable."""
    named: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        if _TOKEN.fullmatch(name) is None or len(parameters) > 1:
            return _SAYS_NOTHING
        weight = _WEIGHT.fullmatch(parameters[0]) if parameters else None
        if parameters and weight is None:
            return _SAYS_NOTHING
        named[Coding.GZIP.value if name == _X_GZIP else name] = float(weight[1]) if weight else 1.0
    others = named.get(_ANY, 0.0)
    weights = {coding: named.get(coding.value, others) for coding in Coding}
    if Coding.IDENTITY.value not in named:
        weights[Coding.IDENTITY] = 0.0 if named.get(_ANY) == 0 else _LEAST
    return MappingProxyType(weights)


_LEAST = 0.0001
_SAYS_NOTHING: Mapping[Coding, float] = MappingProxyType(
    {coding: 1.0 if coding is Coding.IDENTITY else 0.0 for coding in Coding}
)
