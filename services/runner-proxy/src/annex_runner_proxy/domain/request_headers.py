"""Headers a guest may send: what frames a message or names its host is ours alone."""

import re
from collections.abc import Iterable
from typing import Final

from annex_runner_proxy.domain.egress import EgressFailed
from annex_runner_proxy.domain.execution import HeaderPairs

MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 32 * 1024
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
HOP_BY_HOP: Final = frozenset(
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
# Ours: where the request goes, where its body ends, how the answer is packed, what waits for an answer.
_OURS: Final = HOP_BY_HOP | {"accept-encoding", "content-length", "expect", "host", "http2-settings"}
# Never sent to another origin than the one the guest wrote them for.
_FOR_ONE_ORIGIN: Final = frozenset({"authorization", "cookie", "x-api-key", "x-auth-token"})


def sendable_headers(pairs: Iterable[tuple[str, str]]) -> HeaderPairs:
    """Return the guest's headers in lower case, without those that are ours. Raises EgressFailed."""
    headers = tuple((name.lower(), value.strip(" \t")) for name, value in pairs)
    check_headers(headers)
    return tuple((name, value) for name, value in headers if name not in _OURS)


def check_headers(headers: HeaderPairs) -> None:
    """Raise EgressFailed for what would end a line, or the patience of a server."""
    if len(headers) > MAX_HEADERS or sum(len(n) + len(v.encode("utf-8", "replace")) for n, v in headers) > (
        MAX_HEADER_BYTES
    ):
        raise EgressFailed("not-allowed", "the request has too many headers")
    for name, value in headers:
        if _TOKEN.fullmatch(name) is None:
            raise EgressFailed("not-allowed", "a header name is no token")
        if _UNSENDABLE.search(value) is not None:
            raise EgressFailed("not-allowed", "a header value holds a control character")


def for_another_origin(headers: HeaderPairs) -> HeaderPairs:
    return tuple((name, value) for name, value in headers if name not in _FOR_ONE_ORIGIN)
