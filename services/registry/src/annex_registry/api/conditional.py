"""Conditional requests: whether the caller holds a representation already."""

from aiohttp import hdrs, web

_WEAK = "W/"


def holds(request: web.Request, tag: str) -> bool:
    """Compare If-None-Match weakly (RFC 9110 §13.1.2); ``tag`` is quoted."""
    sent = request.headers.get(hdrs.IF_NONE_MATCH, "")
    tags = [part.strip().removeprefix(_WEAK) for part in sent.split(",")]
    return "*" in tags or tag in tags


def known_tag(request: web.Request) -> str | None:
    """Return the one tag the caller names."""
    sent = request.headers.get(hdrs.IF_NONE_MATCH)
    return None if sent is None else sent.strip().removeprefix(_WEAK)


def not_modified(tag: str, *, cache_control: str) -> web.Response:
    return web.Response(status=304, headers={hdrs.ETAG: tag, hdrs.CACHE_CONTROL: cache_control})
