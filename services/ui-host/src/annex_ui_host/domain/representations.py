"""A file as it is sent: its bytes in one coding, under an entity tag of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annex_ui_host.domain.codings import Coding

# A coding is kept only where it is worth its place, and its negotiation.
_WORTH = 0.95
# Below this a coded answer is hardly one packet less; such files are not negotiated about.
LEAST_NEGOTIABLE_BYTES = 256


@dataclass(eq=False, slots=True)
class Representation:
    """``prepared`` holds what an edge made of it once; it goes when the file goes."""

    coding: Coding
    body: bytes
    etag: str
    prepared: dict[object, object] = field(default_factory=dict, repr=False)


def coded_representations(
    plain: Representation, coded: Mapping[Coding, bytes]
) -> Mapping[Coding, Representation]:
    """Keep what is at least a twentieth smaller. A coded tag is the plain one with the coding behind it."""
    stem = plain.etag.removesuffix('"')
    return {
        coding: Representation(coding, body, f'{stem}-{coding}"')
        for coding, body in coded.items()
        if len(body) <= len(plain.body) * _WORTH
    }
