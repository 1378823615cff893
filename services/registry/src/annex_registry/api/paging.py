"""Limits and cursors of listings; a cursor is opaque to callers and carries one place in an order."""

import base64
import binascii
import json
from typing import Any

from aiohttp import web

from annex_registry.domain.errors import InvalidCursor
from annex_shared.display_text import shown
from annex_shared.http.problems import InvalidRequest

MAX_PUBLIC_PAGE = 100
# Whoever checks a list against the log needs all of it; ten thousand rows are ten answers.
MAX_VERSIONS_PAGE = 1000
MAX_INTERNAL_PAGE = 1000
MAX_SERIAL = 2**63 - 1


def limit_of(request: web.Request, *, default: int, maximum: int) -> int:
    """Read `?limit`. Raises InvalidRequest outside 1 to ``maximum``."""
    limit = integer_of(request, "limit", default=default)
    if not 1 <= limit <= maximum:
        raise InvalidRequest(f'"limit" must be between 1 and {maximum}.', details={"field": "limit"})
    return limit


def integer_of(request: web.Request, name: str, *, default: int) -> int:
    """Read a non-negative whole number of the query. Raises InvalidRequest."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > MAX_SERIAL:
        raise InvalidRequest(f'"{name}" must be a whole number.', details={"field": name})
    return int(text)


def write_cursor(place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Any:
    """Read back what ``write_cursor`` wrote; the caller checks its shape. Raises InvalidCursor."""
    try:
        return json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise invalid_cursor(text) from None


def invalid_cursor(text: str) -> InvalidCursor:
    return InvalidCursor(
        f'"{shown(text, limit=40)}" is not a cursor of this listing. Begin without one.',
        details={"cursor": shown(text, limit=80)},
    )
