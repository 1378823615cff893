"""What a request asks for besides its address: the headers an asset's answer depends on, and no others."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

TENANT_HEADER: Final = "x-tenant-id"
_HTML = "text/html"
_NAVIGATE = "navigate"
_SERVICE_WORKER_SCRIPT = "script"
_ZERO_WEIGHT = re.compile(r"q[ \t]*=[ \t]*0*\.?0*", re.IGNORECASE)

HeaderLines = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The values of one request; lists of values are as they came, line by line."""

    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()
    if_range: str | None = None
    range: str | None = None
    accept_encoding: str | None = None
    is_navigation: bool = False
    is_service_worker: bool = False
    tenants: tuple[str, ...] = ()

    @classmethod
    def of(cls, lines: HeaderLines) -> "Asked":
        """Read the headers. A `Range` that is there twice is no range; nor is an `If-Range`."""
        return cls(
            if_match=tuple(lines("if-match")),
            if_none_match=tuple(lines("if-none-match")),
            if_range=_only(lines("if-range"), otherwise=""),
            range=_only(lines("range"), otherwise=""),
            accept_encoding=", ".join(lines("accept-encoding")) if lines("accept-encoding") else None,
            is_navigation=_is_navigation(lines),
            is_service_worker=[line.strip().lower() for line in lines("service-worker")]
            == [_SERVICE_WORKER_SCRIPT],
            tenants=tuple(lines(TENANT_HEADER)),
        )


def _only(lines: Sequence[str], *, otherwise: str) -> str | None:
    if not lines:
        return None
    return lines[0] if len(lines) == 1 else otherwise


def _is_navigation(lines: HeaderLines) -> bool:
    """Tell a browser that wants a page from a script or a fetch, which may claim to accept HTML too."""
    mode = lines("sec-fetch-mode")
    return _accepts_html(lines("accept")) and (not mode or list(mode) == [_NAVIGATE])


def _accepts_html(accept: Sequence[str]) -> bool:
    """Look for HTML by its name: a page is asked for so, while scripts and fetches accept anything."""
    for line in accept:
        for choice in line.split(","):
            media_type, *parameters = (part.strip() for part in choice.split(";"))
            if media_type.lower() == _HTML and not any(map(_ZERO_WEIGHT.fullmatch, parameters)):
                return True
    return False
