"""What of a guest's answer reaches the caller: untrusted headers on a trusted origin."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from annex_gateway.domain.errors import GuestResponseInvalid, ResponseTooLarge
from annex_shared.contracts.execute import ExecuteResponse

Pairs = list[tuple[str, str]]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# They would speak for the gateway's origin, its caches or its connection instead of for the extension.
_OURS = frozenset(
    {
        "age",
        "alt-svc",
        "cache-control",
        "clear-site-data",
        "content-length",
        "content-security-policy",
        "content-security-policy-report-only",
        "date",
        "document-policy",
        "expires",
        "feature-policy",
        "idempotency-replayed",
        "nel",
        "origin-agent-cluster",
        "permissions-policy",
        "pragma",
        "public-key-pins",
        "ratelimit",
        "ratelimit-policy",
        "referrer-policy",
        "refresh",
        "report-to",
        "reporting-endpoints",
        "server",
        "server-timing",
        "service-worker-allowed",
        "set-cookie",
        "set-cookie2",
        "speculation-rules",
        "strict-transport-security",
        "surrogate-control",
        "via",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
        "x-quota-degraded",
        "x-request-id",
        "x-xss-protection",
    }
)
_OUR_PREFIXES = ("access-control-", "cdn-", "cross-origin-", "proxy-", "sec-", "x-accel-", "x-annex-")
# What a browser may show as a page, with scripts and all.
_PAGES = frozenset({"application/xhtml+xml", "application/xml", "image/svg+xml", "text/html", "text/xml"})
_SHARED_CACHE_DIRECTIVES = frozenset({"public", "immutable", "s-maxage", "private"})
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED})
_MIN_STATUS, _MAX_STATUS = 200, 599
_MAX_HEADERS = 100
_MAX_HEADER_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class GuestAnswer:
    """An answer that is safe to send."""

    status: int
    headers: Pairs
    body: bytes


def safe_answer(response: ExecuteResponse, *, max_body_bytes: int) -> GuestAnswer:
    """Filter a guest's answer. Raises GuestResponseInvalid or ResponseTooLarge."""
    if not _MIN_STATUS <= response.status <= _MAX_STATUS:
        raise GuestResponseInvalid(
            f"The extension answered with status {response.status}, which is not an HTTP answer."
        )
    body = b"" if response.status in _NO_BODY else _body_of(response)
    if len(body) > max_body_bytes:
        raise too_large(max_body_bytes)
    return GuestAnswer(response.status, safe_headers(response.header_pairs(), has_body=bool(body)), body)


def too_large(max_body_bytes: int) -> ResponseTooLarge:
    return ResponseTooLarge(
        f"The extension's answer is larger than {max_body_bytes} bytes.", details={"limit": max_body_bytes}
    )


def safe_headers(sent: Iterable[tuple[str, str]], *, has_body: bool) -> Pairs:
    """Keep end-to-end headers in order, with repeats, and add the ones that keep the origin safe."""
    headers = [(name.lower(), value) for name, value in sent]
    _require_sendable(headers)
    named_in_connection = {
        token.strip().lower() for name, value in headers if name == "connection" for token in value.split(",")
    }
    kept = [
        (name, value)
        for name, value in headers
        if name not in _HOP_BY_HOP
        and name not in _OURS
        and name not in named_in_connection
        and not name.startswith(_OUR_PREFIXES)
    ]
    kept = _as_download(_with_one_content_type(kept, has_body=has_body))
    cache_control = _cache_control([value for name, value in headers if name == "cache-control"])
    if "no-store" not in cache_control:
        kept.append(("vary", "authorization, x-api-key"))
    return [
        *kept,
        ("cache-control", cache_control),
        ("x-content-type-options", "nosniff"),
        # HTML on the gateway's origin would otherwise act as the console; other types ignore it.
        ("content-security-policy", "sandbox"),
    ]


def _body_of(response: ExecuteResponse) -> bytes:
    if response.body_b64 is None:
        return b""
    try:
        return base64.b64decode(response.body_b64, validate=True)
    except (binascii.Error, ValueError):
        raise GuestResponseInvalid("The extension's answer has a body that is not base64.") from None


def _require_sendable(headers: Pairs) -> None:
    if (
        len(headers) > _MAX_HEADERS
        or sum(len(name) + len(value) for name, value in headers) > _MAX_HEADER_BYTES
    ):
        raise GuestResponseInvalid("The extension's answer has too many or too long headers.")
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or _UNSENDABLE.search(value) or not _is_encodable(value):
            raise GuestResponseInvalid("The extension's answer has a header that HTTP cannot carry.")


def _is_encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _with_one_content_type(headers: Pairs, *, has_body: bool) -> Pairs:
    """Keep the first type only: two are read differently by different clients. A body is never typeless."""
    types = [pair for pair in headers if pair[0] == "content-type"][:1]
    if not types and has_body:
        types = [("content-type", "application/octet-stream")]
    return [*types, *(pair for pair in headers if pair[0] != "content-type")]


def _as_download(headers: Pairs) -> Pairs:
    """Have a page saved when somebody opens its address: it would be shown on the gateway's own origin.

    Programs and the bridge of extension pages read it as before.
    """
    media_type = next((value for name, value in headers if name == "content-type"), "")
    if media_type.partition(";")[0].strip().lower() not in _PAGES:
        return headers
    own = [value for name, value in headers if name == "content-disposition"]
    if len(own) == 1 and own[0].partition(";")[0].strip().lower() == "attachment":
        return headers
    others = [pair for pair in headers if pair[0] != "content-disposition"]
    return [*others, ("content-disposition", "attachment")]


def _cache_control(values: list[str]) -> str:
    """Let a guest speak to the caller's own cache only; silence means no storing."""
    if not values:
        return "no-store"
    directives = [part.strip() for value in values for part in value.split(",") if part.strip()]
    own = [
        directive
        for directive in directives
        if directive.partition("=")[0].strip().lower() not in _SHARED_CACHE_DIRECTIVES
    ]
    if any(directive.lower() == "no-store" for directive in own):
        return "no-store"
    return ", ".join(["private", *own])
