"""Read the parts of a request every route needs: raw path, credentials, claims, the body within limits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import BodyTooSlow, PathRefused
from annex_gateway.domain.paths import SafePath
from annex_gateway.domain.sessions import Browser
from annex_shared.http.problems import BodyTooLarge
from annex_shared.http.request_id import REQUEST_ID

# "", "api", "ext", the extension, and what belongs to the guest.
_EXTENSION_PART, _GUEST_PART = 3, 4
# How aiohttp hands out header bytes that are not UTF-8.
_FIRST_SURROGATE, _LAST_SURROGATE = "\udc80", "\udcff"
_CLAIM_HEADERS = ("x-tenant-id", "x-alga-tenant")
CSRF_HEADER: Final = "x-csrf-token"


def split_call_path(request: web.Request) -> tuple[str, SafePath]:
    """Read `/api/<word>/{extension}{/path}` as it stood in the request line, not as a router decoded it."""
    parts = request.rel_url.raw_path.split("/", _GUEST_PART)
    rest = parts[_GUEST_PART] if len(parts) > _GUEST_PART else ""
    return SafePath.parse(f"/{parts[_EXTENSION_PART]}").segments[0], SafePath.parse(f"/{rest}")


def target_of(request: web.Request) -> str:
    """Write path and query for the service behind us: the path in its one reading, the query as it came."""
    path = str(SafePath.parse(request.rel_url.raw_path))
    query = _raw_query(request)
    return f"{path}?{query}" if query else path


def query_of(request: web.Request) -> list[tuple[str, str]]:
    _raw_query(request)
    return list(request.rel_url.query.items())


def _raw_query(request: web.Request) -> str:
    query = request.rel_url.raw_query_string
    if not query.isascii():
        raise PathRefused("The query holds a byte that must be written as %XX.")
    return query


def headers_of(request: web.Request) -> list[tuple[str, str]]:
    """Return the headers in order, with repeats; bytes that are not UTF-8 are read as Latin-1."""
    return [(name, _readable(value)) for name, value in request.headers.items()]


def _readable(value: str) -> str:
    if value.isascii() or not any(_FIRST_SURROGATE <= character <= _LAST_SURROGATE for character in value):
        return value
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def credentials_of(request: web.Request) -> Credentials:
    return Credentials(
        tuple(request.headers.getall("x-api-key", ())),
        tuple(request.headers.getall(hdrs.AUTHORIZATION, ())),
        session_cookies_of(request),
        browser_of(request),
    )


def session_cookies_of(request: web.Request) -> tuple[str, ...]:
    """Return every value of the session's cookie; a jar that sends two is refused, not chosen from."""
    if hdrs.COOKIE not in request.headers:
        return ()
    name = request.app[DEPENDENCIES].identity.cookie_name
    pairs = (
        pair.strip().partition("=")
        for line in request.headers.getall(hdrs.COOKIE)
        for pair in line.split(";")
    )
    return tuple(value for key, _, value in pairs if key == name)


def browser_of(request: web.Request) -> Browser:
    headers = request.headers
    return Browser(
        method=request.method,
        host=headers.get(hdrs.HOST, ""),
        origins=tuple(headers.getall(hdrs.ORIGIN, ())),
        fetch_sites=tuple(headers.getall("sec-fetch-site", ())),
        csrf_tokens=tuple(headers.getall(CSRF_HEADER, ())),
    )


def claimed_tenants_of(request: web.Request) -> tuple[str, ...]:
    return tuple(value for name in _CLAIM_HEADERS for value in request.headers.getall(name, ()))


def request_id_of(request: web.Request) -> str:
    return request[REQUEST_ID]


async def wait_with_continue(_request: web.Request) -> None:
    """Answer an Expect header when the body is wanted, not before the policies have agreed."""


async def body_of(request: web.Request, *, max_bytes: int, deadline: Deadline) -> bytes:
    """Read a body whole, within a size and a time. Raises BodyTooLarge or BodyTooSlow."""
    if request.content_length is not None and request.content_length > max_bytes:
        raise _too_large(max_bytes)
    if not request.can_read_body and hdrs.EXPECT not in request.headers:
        return b""
    try:
        async with asyncio.timeout(deadline.remaining_seconds()):
            await _say_continue(request)
            return await _read(request, max_bytes)
    except TimeoutError:
        raise BodyTooSlow("The body did not arrive within the time of this request.") from None


async def streamed_body_of(request: web.Request) -> AsyncIterator[bytes]:
    """Pass a body through as it arrives; nothing waits here, so memory stays flat."""
    await _say_continue(request)
    async for chunk in request.content.iter_any():
        yield chunk


async def _read(request: web.Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


async def _say_continue(request: web.Request) -> None:
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue" or request.version < HttpVersion11:
        return
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    # The interim answer is no part of the answer whose size is counted.
    request.writer.output_size = 0


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is larger than the limit of {max_bytes} bytes. Nothing was run.",
        details={"limit": max_bytes},
    )
